"""Settings, all of them from the environment; see docs/settings.md."""

import os
from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()  # generic forms and admins at run time as in the type checker

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MUTQ_ENV = env.str("MUTQ_ENV", default="production")
if MUTQ_ENV not in {"local", "test", "production"}:
    raise ImproperlyConfigured("MUTQ_ENV must be local, test or production.")
IS_PRODUCTION = MUTQ_ENV == "production"
MUTQ_DATA = Path(env.str("MUTQ_DATA", default=str(BASE_DIR / ".mutq"))).resolve()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_fsm",
    "django_htmx",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "common",
    "students",
    "courses",
    "access",
    "billing",
    "refunds",
    "reconciliation",
    "config.backoffice",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# The database. The owner migrates, the app role serves; manage.py chooses (docs/database-roles.md).
DB_ROLE = env.str("MUTQ_DB_ROLE", default="app")
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="mutq_app")
DATABASES = {
    "default": {
        **env.db_url("DATABASE_OWNER_URL" if DB_ROLE == "owner" else "DATABASE_URL"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 3,
            "application_name": f"mutq-{DB_ROLE}",
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=15s",
        },
    }
}
if DB_ROLE == "owner":
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=10s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(MUTQ_DATA / "cache"),
        }
    )
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="hy")
LANGUAGES = [("hy", _("Armenian")), ("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Yerevan"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MUTQ_DATA / "files"},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="school@example.am")
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = str(MUTQ_DATA / "mails")

SCHOOL_NAME = env.str("SCHOOL_NAME", default="Mutq")
SCHOOL_CONTACT = env.str("SCHOOL_CONTACT", default="")
REMINDER_QUIET_HOURS = env.str("REMINDER_QUIET_HOURS", default="21:00-09:00")

# The learning platform that is told who may enter; empty: none (docs/lms.md).
LMS_KIND = env.str("LMS_KIND", default="")
LMS_BASE_URL = env.str("LMS_BASE_URL", default="")
LMS_TOKEN = env.str("LMS_TOKEN", default="")
LMS_ROLE_ID = env.int("LMS_ROLE_ID", default=5)
LMS_CREATES_USERS = env.bool("LMS_CREATES_USERS", default=False)

# Only tests may bend time or die on purpose; a production start with either is refused.
CLOCK_FILE = env.str("MUTQ_CLOCK_FILE", default="")
CRASH_AT = env.str("MUTQ_CRASH_AT", default="")
if IS_PRODUCTION and (CLOCK_FILE or CRASH_AT):
    raise ImproperlyConfigured("MUTQ_CLOCK_FILE and MUTQ_CRASH_AT are for tests: unset them.")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = env.bool("COOKIE_SECURE", default=True)
    CSRF_COOKIE_SECURE = env.bool("COOKIE_SECURE", default=True)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.backoffice.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.backoffice.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.backoffice.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mutq",
    "DESCRIPTION": "A verified payment opens a course by rule.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "AccessState": "access.models.CourseAccess.State",
        "ActorKind": "students.models.timeline_event.ActorKind",
        "EnrollmentStatus": "courses.models.Enrollment.State",
        "GroundKind": "access.models.AccessGrant.Kind",
        "InstallmentStatus": "billing.models.Installment.State",
        "Language": "students.models.student.Language",
        "PaymentLinkStatus": "billing.models.PaymentLink.State",
        "PaymentStatus": "billing.models.Payment.State",
    },
}

UNFOLD = {
    "SITE_TITLE": "Mutq",
    "SITE_HEADER": "Մուտք / Mutq",
    "SITE_SYMBOL": "login",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("mutq/favicon.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "config.backoffice.start_page.fill",
    "SIDEBAR": {"navigation": "config.backoffice.navigation.sidebar"},
    "STYLES": [
        lambda _request: static("mutq/mutq.css"),
        lambda _request: static("mutq/backoffice.css"),
    ],
    "BORDER_RADIUS": "8px",
    # The accent and the warm greys of static/mutq/tokens.css.
    "COLORS": {
        "base": {
            "50": "#f7f5f2",
            "100": "#f1eeea",
            "200": "#e4dfd8",
            "300": "#c0b9ae",
            "400": "#a59d92",
            "500": "#6b655d",
            "600": "#57514a",
            "700": "#38332c",
            "800": "#292520",
            "900": "#1f1c18",
            "950": "#151310",
        },
        "primary": {
            "50": "#fdf7ea",
            "100": "#fdf1d8",
            "200": "#fbe2b0",
            "300": "#f9d07d",
            "400": "#f8c355",
            "500": "#f7be4d",
            "600": "#855200",
            "700": "#6f4400",
            "800": "#583700",
            "900": "#3a2c0f",
            "950": "#241900",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}

# Celery: scheduler and wake-up; the rows are the queue (docs/architecture.md).
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, int | str]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    }
    CELERY_VISIBILITY_TIMEOUT = 300
else:
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(MUTQ_DATA / "broker" / "queue"),
        "data_folder_out": str(MUTQ_DATA / "broker" / "queue"),
        "control_folder": str(MUTQ_DATA / "broker" / "control"),
    }
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
