"""The way from a part of the student's own schedule to a page where it can be paid: the link there is, a new one, or a person."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from billing import balances, daily, links, renewal
from billing.models import Installment, PaymentLink, PaymentLinkLine
from common import clock, crash
from common.errors import DomainError
from students import locking, operator_tasks, timeline
from students.models import OperatorTask

PART = "billing.installment"


class UnknownPart(DomainError):  # noqa: N818
    """This student has no such part to pay."""

    code = "unknown-part"
    status = 404


def link_to_pay(*, student_id: int, installment_id: int) -> renewal.Renewed:
    """
    Return the active link for a part of the student's schedule; a new one if there is none.

    A link that is over is expired first, which asks the banks about its open attempts. A person is asked, once for each part,
    where the school took the last link back, where the plan does not renew by itself, after renewal.AT_ONCE_A_DAY new ones in a
    day, or where no link can be made. Raises UnknownPart for what is not this student's. Safe to repeat; two at once give one.
    """
    part = Installment.objects.filter(
        pk=installment_id, invoice__student_id=student_id, invoice__cancelled_at=None
    ).first()
    if part is None:
        raise UnknownPart(_("There is no such part in your schedule. Open your page again."))
    former = _newest_link(part)
    if former is not None and former.state == PaymentLink.State.ACTIVE and former.expires_at <= clock.now():
        daily.expire_link(link_id=former.pk)
    with transaction.atomic():
        locking.lock_student(student_id=student_id)
        if not _remains(part):
            return renewal.Renewed(is_paid=True)
        if there := renewal.open_link_of([part.pk]):
            return renewal.Renewed(link=there)
        if _needs_a_person(part, student_id):
            return _ask_a_person(part, student_id)
        crash.point("own_link.before_create")
        try:
            fresh = links.create_payment_link(installment_ids=[part.pk], actor=timeline.STUDENT)
        except links.LinkRefused:
            return _ask_a_person(part, student_id)
    return renewal.Renewed(link=fresh)


def sweep() -> int:
    """Close the tasks whose part has a link by now, or is owed no more; return how many. Safe to repeat."""
    tasks = OperatorTask.objects.filter(kind=renewal.KIND, subject_kind=PART).exclude(
        state=OperatorTask.State.RESOLVED
    )
    linked = Exists(PaymentLinkLine.objects.filter(installment=OuterRef("pk"), is_open=True))
    owed = Q(state__in=Installment.OPEN_STATES, invoice__cancelled_at__isnull=True)
    parts = Installment.objects.filter(pk__in=tasks.values("subject_id"))
    overtaken = parts.filter(linked | ~owed).values_list("pk", flat=True)
    for part_id in overtaken:
        operator_tasks.close_by_facts(key=f"{renewal.KIND}:part:{part_id}", reason="overtaken by facts")
    return len(overtaken)


def _newest_link(part: Installment) -> PaymentLink | None:
    return PaymentLink.objects.filter(lines__installment=part).order_by("-pk").first()


def _remains(part: Installment) -> int:
    [line] = [
        line for line in balances.schedule_of(invoice_id=part.invoice_id) if line.installment.pk == part.pk
    ]
    return line.remaining_minor


def _needs_a_person(part: Installment, student_id: int) -> bool:
    newest = _newest_link(part)
    if newest is not None and newest.state == PaymentLink.State.CANCELLED:
        return True
    renews = part.invoice.plan_version.renew_links
    return not renews or renewal.made_today(student_id) >= renewal.AT_ONCE_A_DAY


def _ask_a_person(part: Installment, student_id: int) -> renewal.Renewed:
    operator_tasks.open_task(
        kind=renewal.KIND,
        key=f"{renewal.KIND}:part:{part.pk}",
        student_id=student_id,
        due_in_hours=renewal.TASK_HOURS,
        subject_kind=PART,
        subject_id=part.pk,
        data={"invoice": part.invoice_id, "number": part.number},
    )
    return renewal.Renewed()
