"""
Links for many at once: chosen by group and due date, asked for once, made one by one in the background.

Every link comes from the ordinary verb in a transaction of its own, so a worker that dies leaves whole links and goes on later
with those that wait. What became of each installment stands on its line.
"""

import datetime as dt
import logging
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from billing import balances, link_mail, links
from billing.models import Installment, LinkBatch, LinkBatchLine, PaymentLinkLine
from common import clock, crash
from common.errors import DomainError
from courses.models import Group
from students import timeline

log = logging.getLogger(__name__)

MOST = 5000  # lines of one batch; more is asked for by group or by an earlier day
AT_A_TIME = 100
LINK_EXPIRING = "link-expiring"  # the refusal of a line whose former link is over, but not yet expired

Outcome, Mail = LinkBatchLine.Outcome, LinkBatchLine.Mail


class BatchRefused(DomainError):  # noqa: N818
    """Links cannot be asked for at once like this."""

    code = "batch-refused"


def wanted(*, group: Group | None, due_until: dt.date) -> QuerySet[Any]:
    """Return the open installments due until a day, of one group or of all, that no active link asks for, with their sums."""
    open_lines = PaymentLinkLine.objects.filter(installment=OuterRef("pk"), is_open=True)
    found = Installment.objects.filter(
        ~Exists(open_lines),
        state__in=Installment.OPEN_STATES,
        due_date__lte=due_until,
        invoice__cancelled_at__isnull=True,
        invoice__student__erased_at__isnull=True,
    )
    if group is not None:
        found = found.filter(invoice__enrollment__group=group)
    return balances.with_sums(found)


def ask(
    *,
    request_id: uuid.UUID,
    group: Group | None,
    due_until: dt.date,
    sends_mail: bool,
    user: Any,
) -> LinkBatch:
    """
    Ask for the links of everything `wanted`, and return the batch; `make_all` works on it.

    Safe to repeat: a number of a request that was there before returns its batch. Raises BatchRefused when there is nothing to
    ask for, or more than `MOST`.
    """
    with transaction.atomic():
        batch, is_new = LinkBatch.objects.get_or_create(
            request_id=request_id,
            defaults={
                "group": group,
                "due_until": due_until,
                "sends_mail": sends_mail,
                "asked_by": user,
            },
        )
        if not is_new:
            return batch
        chosen = list(
            wanted(group=group, due_until=due_until).order_by("pk").values_list("pk", flat=True)[: MOST + 1]
        )
        if not chosen:
            raise BatchRefused(_("Nothing due until that day waits for a link."), field="due_until")
        if len(chosen) > MOST:
            raise BatchRefused(
                _("More than %(most)s installments wait for a link. Choose one group, or an earlier day.")
                % {"most": MOST},
                field="group",
            )
        LinkBatchLine.objects.bulk_create(
            [LinkBatchLine(batch=batch, installment_id=pk) for pk in chosen], batch_size=1000
        )
        crash.point("batch.before_commit")
    return batch


def make_all() -> int:
    """
    Work on every batch that is not finished; return how many links were made.

    Safe to repeat and to run twice at once: each line is taken by one worker, each mail goes out at most once. A line that raised
    something unforeseen waits for the next run, and holds up no other; what it raised is raised at the end.
    """
    made, failures = 0, []
    for batch in LinkBatch.objects.filter(finished_at=None).select_related("asked_by").order_by("pk"):
        last_id = 0
        while lines := list(_open_lines(batch).filter(pk__gt=last_id).order_by("pk")[:AT_A_TIME]):
            for line in lines:
                try:
                    made += _work_on(line, batch)
                except Exception as error:
                    log.exception("line %s of batch %s could not be worked on", line.pk, batch.pk)
                    failures.append(error)
            last_id = lines[-1].pk
        if not _open_lines(batch).exists():
            LinkBatch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=clock.now())
    if failures:
        raise ExceptionGroup("some links asked for at once could not be made or sent", failures)
    return made


def _open_lines(batch: LinkBatch) -> QuerySet[LinkBatchLine]:
    waits = Q(outcome=Outcome.WAITING)
    if batch.sends_mail:
        waits |= Q(outcome=Outcome.MADE, mail=Mail.NONE)
    return batch.lines.filter(waits)


def _work_on(line: LinkBatchLine, batch: LinkBatch) -> bool:
    """Make the link of a line and send it if that was asked for; return whether one was made now."""
    actor = timeline.Actor.person(batch.asked_by)
    is_made = line.outcome == Outcome.WAITING and _make(line.pk, actor)
    crash.point("batch.after_link")
    if batch.sends_mail:
        _send(line.pk, actor)
    return is_made


def _make(line_id: int, actor: timeline.Actor) -> bool:
    with transaction.atomic():
        line = (
            LinkBatchLine.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=line_id).first()
        )
        if line is None or line.outcome != Outcome.WAITING:
            return False  # another worker has it
        try:
            with transaction.atomic():
                line.link = links.create_payment_link(installment_ids=[line.installment_id], actor=actor)
            line.outcome = Outcome.MADE
        except links.ActiveLinkExists as there:
            is_over = there.link.expires_at <= clock.now()  # the banks are asked about it before it ends
            line.outcome = Outcome.REFUSED if is_over else Outcome.THERE
            line.link, line.refusal = (None, LINK_EXPIRING) if is_over else (there.link, "")
        except DomainError as error:
            line.outcome, line.refusal = Outcome.REFUSED, error.code
        line.save()
    return line.outcome == Outcome.MADE


def _send(line_id: int, actor: timeline.Actor) -> None:
    """Mark a made link as begun, then send it: a death between the two costs a mail, never doubles one."""
    taken = LinkBatchLine.objects.filter(pk=line_id, outcome=Outcome.MADE, mail=Mail.NONE).update(
        mail=Mail.STARTED
    )
    if not taken:
        return
    crash.point("batch.after_mark")
    line = LinkBatchLine.objects.select_related("link").get(pk=line_id, link__isnull=False)
    link: Any = line.link
    try:
        link_mail.send_payment_link(link_id=link.pk, actor=actor)
        line.mail = Mail.SENT
    except links.LinkRefused as error:
        line.mail = Mail.NO_ADDRESS if error.field == "email" else Mail.FAILED
    except Exception:
        LinkBatchLine.objects.filter(pk=line_id).update(mail=Mail.FAILED)
        raise
    line.save(update_fields=["mail"])
