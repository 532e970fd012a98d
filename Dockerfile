FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/mutq/bin:$PATH

# Packages first: they change more rarely than the code.
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/mutq \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/requirements.lock

WORKDIR /srv/mutq
COPY . .

# The settings want values to be read at all; none of these stays in the image.
RUN MUTQ_ENV=production SECRET_KEY=only-for-the-build DATABASE_URL=postgresql://none@127.0.0.1/none \
    python manage.py collectstatic --no-input

RUN useradd --system --uid 10001 --no-create-home mutq && install --directory --owner mutq /data
USER mutq
VOLUME /data
EXPOSE 8000

CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
