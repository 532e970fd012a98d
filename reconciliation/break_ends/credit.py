"""The end that lets a credit pay an installment."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import credits
from common import dates, money
from reconciliation.break_ends import base
from reconciliation.models import Discrepancy
from students import timeline
from students.task_types import Field

Kind = Discrepancy.Kind


def _installments_of(discrepancy: Discrepancy) -> Sequence[tuple[Any, str]]:
    """Return the installments that the credit may pay, as a person chooses among them."""
    if discrepancy.payment is None:
        return []
    language = base.language()
    return [
        (
            target.installment.pk,
            _now("%(course)s, installment %(number)s, due %(day)s: %(amount)s remains")
            % {
                "course": target.installment.invoice.enrollment.group.course.title,
                "number": target.installment.number,
                "day": dates.format_day(target.installment.due_date, language, short=True),
                "amount": money.format_money(target.remaining_minor, discrepancy.payment.currency, language),
            },
        )
        for target in credits.targets_of(payment=discrepancy.payment)
    ]


def _preview_credit(discrepancy: Discrepancy, data: base.Data) -> Sequence[str]:
    words = dict(_installments_of(discrepancy)).get(int(data["installment_id"]))
    if words is None or discrepancy.payment is None:
        raise base.NotOffered(_now("This installment needs no money any more."), field="installment_id")
    credit = credits.credit_of(payment=discrepancy.payment)
    amount = money.format_money(credit, discrepancy.payment.currency, base.language())
    return [
        _now("Of the credit of %(amount)s as much is used as is needed for: %(installment)s.")
        % {"amount": amount, "installment": words},
        _now("The course opens as the plan's rule says; what is left stays credit."),
    ]


def _use_credit(discrepancy: Discrepancy, data: base.Data, actor: timeline.Actor, reason: str) -> None:
    if discrepancy.payment_id is None or not discrepancy.key.startswith("credit:"):
        raise base.NotOffered(_now("This difference is not about credit."))
    credits.allocate_credit(
        payment_id=discrepancy.payment_id,
        installment_id=int(data["installment_id"]),
        actor=actor,
        reason=reason,
    )


USE_CREDIT = base.Resolution(
    code="use_credit",
    label=_("Use it for an installment"),
    kinds=[Kind.UNALLOCATED, Kind.DUPLICATE],
    preview=_preview_credit,
    apply=_use_credit,
    fields=[Field(name="installment_id", label=_("Installment"), kind="choice", choices=_installments_of)],
    permission="billing.allocate_credit",
    needs_payment=True,
)
