"""
The rows that one settlement reads and writes, in as few statements as they need.

One statement locks the student, one reads everything the decision needs, and each kind of record is written by one statement.
No rule is decided here: the verbs move states in Python, these functions store them.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

from access import pause_grounds, rules
from billing.allocation import Line, Share
from billing.models import Installment, Payment, PaymentLink
from common import clock

M = TypeVar("M", bound=models.Model)


class UnknownPayment(LookupError):  # noqa: N818
    """There is no such payment."""


class MovedMeanwhile(RuntimeError):  # noqa: N818
    """A record moved although its student was locked: somebody wrote around the lock."""


@dataclasses.dataclass(slots=True)
class Case:
    """Everything that a settlement decides on, read under the student's lock."""

    payment: Payment
    link: PaymentLink
    lines: list[Share]
    schedule: list[Line]
    rule: rules.Rule
    manual_review: bool
    account_code: str
    account_reached_at: dt.datetime | None
    invoice_id: int
    enrollment_id: int
    course_id: int
    pauses: Sequence[pause_grounds.Window]

    def schedule_line(self, installment_id: int) -> Line:
        return next(line for line in self.schedule if line.installment.pk == installment_id)


LOCK_SQL = """
SELECT 1 FROM students_student
WHERE id = (SELECT student_id FROM billing_payment WHERE id = %s) FOR NO KEY UPDATE
"""

CASE_SQL = """
SELECT to_jsonb(p), to_jsonb(l), a.code, a.last_reached_at, v.manual_review,
       jsonb_build_object('name', r.code || ' v' || rv.number, 'opens', rv.opens, 'ends', rv.ends,
                          'open_in_grace', rv.open_in_grace, 'partial_days', rv.partial_days,
                          'share_percent', rv.share_percent, 'not_before', rv.not_before, 'wait_days', rv.wait_days),
       (SELECT jsonb_agg(jsonb_build_array(n.installment_id, n.amount_minor))
        FROM billing_paymentlinkline n WHERE n.link_id = l.id),
       (SELECT jsonb_agg(jsonb_build_array(
                   to_jsonb(s),
                   (SELECT coalesce(sum(o.amount_minor), 0) FROM billing_allocation o WHERE o.installment_id = s.id),
                   (SELECT coalesce(sum(d.amount_minor), 0) FROM billing_adjustment d WHERE d.installment_id = s.id)
               ) ORDER BY s.number)
        FROM billing_installment s WHERE s.invoice_id = i.id),
       (SELECT coalesce(jsonb_agg(jsonb_build_array(u.id, u.first_day, u.last_day, u.made_at) ORDER BY u.first_day), '[]')
        FROM courses_pause u WHERE u.enrollment_id = e.id AND u.cancelled_at IS NULL),
       i.id, e.id, g.course_id
FROM billing_payment p
JOIN billing_paymentlink l ON l.id = p.link_id
JOIN billing_merchantaccount a ON a.id = p.account_id
JOIN billing_invoice i ON i.id = coalesce(%s, l.invoice_id)
JOIN courses_enrollment e ON e.id = i.enrollment_id
JOIN courses_group g ON g.id = e.group_id
JOIN courses_paymentplanversion v ON v.id = i.plan_version_id
JOIN courses_accessruleversion rv ON rv.id = i.access_rule_version_id
JOIN courses_accessrule r ON r.id = rv.rule_id
WHERE p.id = %s
"""


def lock_student_of(*, payment_id: int) -> None:
    """Lock the student of a payment; the payment's student never changes, so it may be read before. Raises UnknownPayment."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [payment_id])
        if cursor.fetchone() is None:
            raise UnknownPayment(payment_id)


def read_case(*, payment_id: int, invoice_id: int | None = None) -> Case:
    """
    Return what the decision needs, as it is now that the student is locked.

    Schedule, rule and course are those of the link's invoice, or of another invoice of the student that the money may serve.
    """
    with connection.cursor() as cursor:
        cursor.execute(CASE_SQL, [invoice_id, payment_id])
        payment, link, code, reached_at, review, rule, lines, schedule, pauses, *ids = cursor.fetchone()
    return Case(
        payment=_record(Payment, json.loads(payment)),
        link=_record(PaymentLink, json.loads(link)),
        lines=[Share(*line) for line in json.loads(lines)],
        schedule=[
            Line(_record(Installment, row), paid, adjusted) for row, paid, adjusted in json.loads(schedule)
        ],
        rule=_rule(**json.loads(rule)),
        manual_review=review,
        account_code=code,
        account_reached_at=reached_at,
        invoice_id=ids[0],
        enrollment_id=ids[1],
        course_id=ids[2],
        pauses=[_window(*row) for row in json.loads(pauses)],
    )


def _rule(*, not_before: str | None, **facts: Any) -> rules.Rule:
    return rules.Rule(not_before=dt.date.fromisoformat(not_before) if not_before else None, **facts)


def _window(pause_id: int, first_day: str, last_day: str, made_at: str) -> pause_grounds.Window:
    return pause_grounds.window_of(
        pause_id=pause_id,
        first_day=dt.date.fromisoformat(first_day),
        last_day=dt.date.fromisoformat(last_day),
        made_at=dt.datetime.fromisoformat(made_at),
    )


def is_named_otherwise(payment: Payment, provider_ref: str) -> bool:
    """Return whether the provider's reference is that of another payment of the same account."""
    return (
        Payment.objects.filter(account_id=payment.account_id, provider_ref=provider_ref)
        .exclude(pk=payment.pk)
        .exists()
    )


def write_payment(payment: Payment, *, before: str) -> None:
    """
    Store what a transition of a payment changed. Raises MovedMeanwhile if it is no longer in `before`.

    The next look-up is only taken away, never set: a message may have asked for one sooner since the payment was read.
    """
    _update(
        "UPDATE billing_payment SET state = %s, provider_ref = %s, captured_minor = %s, verified_at = %s, hold_reason = %s,"
        " was_attempted = %s, next_lookup_at = CASE WHEN %s THEN NULL ELSE next_lookup_at END WHERE id = %s AND state = %s",
        [
            payment.state,
            payment.provider_ref,
            payment.captured_minor,
            payment.verified_at,
            payment.hold_reason,
            payment.was_attempted,
            payment.next_lookup_at is None,
            payment.pk,
            before,
        ],
    )


def write_link(link: PaymentLink, *, before: str) -> None:
    """Store what a transition of a link changed; a trigger closes its lines."""
    _update(
        "UPDATE billing_paymentlink SET state = %s, closed_at = %s, close_reason = %s WHERE id = %s AND state = %s",
        [link.state, link.closed_at, link.close_reason, link.pk, before],
    )


def write_allocations(payment: Payment, shares: Sequence[Share], *, reason: str) -> None:
    """Append what the payment's money stands for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_allocation (payment_id, installment_id, amount_minor, made_at, reason)"
            " SELECT %s, installment_id, amount_minor, %s, %s"
            " FROM jsonb_to_recordset(%s::jsonb) AS s(installment_id bigint, amount_minor bigint)",
            [payment.pk, clock.now(), reason, json.dumps([dataclasses.asdict(share) for share in shares])],
        )


def write_installments(moves: Sequence[tuple[Installment, str]]) -> None:
    """Store the states of installments that moved, each from the state given with it."""
    rows = [{"id": installment.pk, "was": before, "is": installment.state} for installment, before in moves]
    _update(
        'UPDATE billing_installment i SET state = m."is"'
        ' FROM jsonb_to_recordset(%s::jsonb) AS m(id bigint, "was" text, "is" text) WHERE i.id = m.id AND i.state = m."was"',
        [json.dumps(rows)],
        rows=len(moves),
    )


def _update(statement: str, parameters: list[Any], *, rows: int = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        if cursor.rowcount != rows:
            raise MovedMeanwhile(statement)


def _record(model: type[M], row: dict[str, Any]) -> M:
    fields = [field for field in model._meta.concrete_fields if field.attname in row]
    return model.from_db(
        connection.alias,
        [field.attname for field in fields],
        [_value(field, row[field.attname]) for field in fields],
    )


def _value(field: Any, value: Any) -> Any:
    return field.to_python(value) if isinstance(value, str) else value
