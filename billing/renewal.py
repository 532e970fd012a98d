"""A new link in the place of one whose time is over, asked for by whoever holds the old one: at once, or by a person."""

import dataclasses

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing import balances, daily, links
from billing.models import Installment, PaymentLink, PaymentLinkLine
from common import clock, crash
from students import operator_tasks, timeline
from students.models import OperatorTask, TimelineEvent

KIND = "new_link_wanted"
LINK = "billing.paymentlink"
AT_ONCE_A_DAY = 3  # for one student; who asks more often, a person looks at
TASK_HOURS = 24


@dataclasses.dataclass(frozen=True, slots=True)
class Renewed:
    """What became of the wish: a link to pay, nothing more to pay, or a person who was asked."""

    link: PaymentLink | None = None
    is_paid: bool = False


def renew_link(*, link_id: int) -> Renewed:
    """
    Give a new link for what an expired one asked and is still owed; the one that is there already, if there is one.

    Where the plan does not renew by itself, after AT_ONCE_A_DAY new ones of a student, or where no link can be made, a person is
    asked, once for each old link. Banks are asked first about open attempts of the old link. A link that is not over, or that is
    being paid, is returned as it is. Safe to repeat; two at once give one.
    """
    if PaymentLink.objects.filter(pk=link_id, expires_at__lte=clock.now()).exists():
        daily.expire_link(link_id=link_id)
    crash.point("renew.after_expiry")
    with transaction.atomic():
        link = links.lock_link(link_id=link_id)
        if link.state != PaymentLink.State.EXPIRED:
            return Renewed(link=link)
        owed = still_owed(link)
        if not owed:
            return Renewed(is_paid=True)
        if there := open_link_of(owed):
            return Renewed(link=there)
        if not link.invoice.plan_version.renew_links or made_today(link.student_id) >= AT_ONCE_A_DAY:
            return _ask_a_person(link)
        try:
            fresh = links.create_payment_link(installment_ids=owed, actor=timeline.STUDENT)
        except links.LinkRefused:
            return _ask_a_person(link)
        told = links.event(link, "link_renewed", timeline.STUDENT, new_link=fresh.pk)
        timeline.record([told])
        crash.point("renew.before_commit")
    return Renewed(link=fresh)


def sweep() -> int:
    """Close the tasks whose link has a follower by now, or asked for what is owed no more; return how many. Safe to repeat."""
    tasks = OperatorTask.objects.filter(kind=KIND, subject_kind=LINK).exclude(
        state=OperatorTask.State.RESOLVED
    )
    waiting = Exists(
        PaymentLinkLine.objects.filter(
            link=OuterRef("pk"),
            installment__state__in=Installment.OPEN_STATES,
            link__invoice__cancelled_at__isnull=True,
        )
    )
    followed = Exists(
        PaymentLinkLine.objects.filter(installment__link_lines__link=OuterRef("pk"), is_open=True)
    )
    old = PaymentLink.objects.filter(pk__in=tasks.values("subject_id"))
    overtaken = old.filter(~waiting | followed).values_list("pk", flat=True)
    for link_id in overtaken:
        operator_tasks.close_by_facts(key=f"{KIND}:{link_id}", reason="overtaken by facts")
    return len(overtaken)


def still_owed(link: PaymentLink) -> list[int]:
    """Return the installments that a link asked for and of which something remains, oldest first."""
    asked = set(link.lines.values_list("installment_id", flat=True))
    return [
        line.installment.pk
        for line in balances.schedule_of(invoice_id=link.invoice_id)
        if line.installment.pk in asked and line.remaining_minor
    ]


def open_link_of(installment_ids: list[int]) -> PaymentLink | None:
    """Return the active link that asks for one of these installments, if there is one."""
    line = (
        PaymentLinkLine.objects.select_related("link")
        .filter(installment__in=installment_ids, is_open=True)
        .order_by("pk")
        .first()
    )
    return line.link if line else None


def made_today(student_id: int) -> int:
    """Return how many links this student got today without a person's help."""
    return TimelineEvent.objects.filter(
        student_id=student_id,
        kind="link_created",
        actor_kind=timeline.STUDENT.kind,
        at__gte=clock.start_of(clock.today()),
    ).count()


def _ask_a_person(link: PaymentLink) -> Renewed:
    operator_tasks.open_task(
        kind=KIND,
        key=f"{KIND}:{link.pk}",
        student_id=link.student_id,
        due_in_hours=TASK_HOURS,
        subject_kind=LINK,
        subject_id=link.pk,
        data={
            "amount_minor": link.amount_minor,
            "currency": link.currency,
            "course": link.course_id,
        },
    )
    return Renewed()
