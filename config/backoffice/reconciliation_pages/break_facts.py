"""What both sides say of one break, side by side, and the rows of the files it stands in."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AccessGrant
from billing.models import Payment
from common import dates, money
from common.admin_display import language
from reconciliation.models import Discrepancy, MappingProfile, Side, SourceRow

ROWS_SHOWN = 20
NOTHING = "–"
LONG_WORD = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One thing that two sides tell: alike or not."""

    name: str
    ours: str
    theirs: str
    is_number: bool = False
    is_comparable: bool = True  # both sides write it in the same words

    @property
    def differs(self) -> bool:
        told = (self.ours.casefold(), self.theirs.casefold())
        return self.is_comparable and NOTHING not in told and told[0] != told[1]

    @property
    def is_long(self) -> bool:
        """Tell whether a side has a word that no narrow column holds whole, such as a bank's reference."""
        return any(len(word) > LONG_WORD for word in (self.ours + " " + self.theirs).split())


def facts_of(item: Discrepancy) -> Sequence[Fact]:
    """Return what both sides say, sums first; what neither tells is left out."""
    if item.side == Side.LMS:
        return _of_access(item)
    told = item.facts
    found = [
        *_sums(item),
        _pair(_("Currency"), told.get("our_currency") or _our_currency(item), told.get("their_currency")),
        _pair(
            _("State"),
            _our_state(item),
            _their_state(item),
            is_comparable=item.kind == Discrepancy.Kind.STATUS_MISMATCH,
        ),
        _pair(_("Order"), item.payment and item.payment.order_number, _their_order(item)),
        _pair(_("Bank's reference"), _our_reference(item), told.get("their_reference")),
        _pair(_("Day"), _day(told.get("our_day")), _day(told.get("their_day"))),
        _pair(_("Student"), _our_student(item), told.get("student_ref")),
    ]
    return [fact for fact in found if fact is not None]


def rows_of(item: Discrepancy) -> Sequence[SourceRow]:
    """Return the rows of the files that speak of what the break is about, with their files, bounded."""
    told = item.facts
    if item.key.startswith("credit:"):
        return []
    rows = SourceRow.objects.filter(side=item.side)
    if item.side == Side.PROVIDER:
        rows = rows.filter(account_id=item.account_id)
        named = Q()
        if told.get("order_number") is not None:
            named |= Q(order_number=told["order_number"])
        elif told.get("their_reference"):
            named |= Q(order_number__isnull=True, reference=told["their_reference"])
        if not named:
            return []
        rows = rows.filter(named)
    elif told.get("file") is None or told.get("line") is None:
        return []
    else:
        rows = rows.filter(file_id=told["file"], line=told["line"])
    return list(rows.select_related("file").order_by("occurred_at", "file_id", "line")[:ROWS_SHOWN])


def _of_access(item: Discrepancy) -> Sequence[Fact]:
    told, is_open_there = item.facts, item.kind == Discrepancy.Kind.ACCESS_WITHOUT_MONEY
    ours = _("open") if not is_open_there else _("closed")
    theirs = _("open") if is_open_there else _("closed")
    by_our_ids = item.last_run_id and told.get("student_ref") and _ids_of(item) == MappingProfile.Ids.OURS
    student, course = item.student, item.course
    found = [
        _pair(_("Course is"), ours, theirs),
        _pair(
            _("Student"),
            student and (str(student.pk) if by_our_ids else student.lms_id or NOTHING),
            told.get("student_ref"),
        ),
        _pair(_("Course"), course and course.title, told.get("course_ref"), is_comparable=False),
        _pair(_("Ground"), _ground_words(item), None),
    ]
    return [fact for fact in found if fact is not None]


def _ids_of(item: Discrepancy) -> str:
    profile = MappingProfile.objects.filter(files__pk=item.facts.get("file")).first()
    return profile.ids if profile else MappingProfile.Ids.THEIRS


def _ground_words(item: Discrepancy) -> str:
    """Return which ground for access holds, and until when."""
    source, student, course = item.facts.get("ground"), item.student, item.course
    if not source or student is None or course is None:
        return ""
    grant = AccessGrant.objects.filter(student=student, course=course, source=source).first()
    if grant is None:
        return ""
    kind = str(grant.get_kind_display())
    if grant.closes_at is None:
        return kind
    return _("%(ground)s, until %(moment)s") % {
        "ground": kind,
        "moment": dates.format_moment(grant.closes_at, language(), short=True),
    }


def _sums(item: Discrepancy) -> list[Fact | None]:
    names = {
        Discrepancy.Kind.FEE_MISMATCH: _("Amount less fee, and the net sum"),
        Discrepancy.Kind.REFUND_DRIFT: _("Refunded"),
    }
    name = names.get(Discrepancy.Kind(item.kind), _("Sum"))
    if item.key.startswith("credit:"):
        name = _("Stands for nothing yet")
    told = item.facts
    our_currency = told.get("our_currency") or item.currency or "AMD"
    their_currency = told.get("their_currency") or item.currency or "AMD"
    pair = _pair(
        name, _money(item.ours_minor, our_currency), _money(item.theirs_minor, their_currency), is_number=True
    )
    parts = [pair]
    if item.kind == Discrepancy.Kind.FEE_MISMATCH:
        parts += [
            _pair(
                _("Amount in the row"), None, _money(told.get("amount_minor"), their_currency), is_number=True
            ),
            _pair(_("Fee in the row"), None, _money(told.get("fee_minor"), their_currency), is_number=True),
        ]
    return parts


def _pair(
    name: str, ours: Any, theirs: Any, *, is_number: bool = False, is_comparable: bool = True
) -> Fact | None:
    if ours in (None, "") and theirs in (None, ""):
        return None
    return Fact(
        name,
        NOTHING if ours in (None, "") else str(ours),
        NOTHING if theirs in (None, "") else str(theirs),
        is_number,
        is_comparable,
    )


def _our_currency(item: Discrepancy) -> str | None:
    return item.payment.currency if item.payment and item.facts.get("their_currency") else None


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else money.format_money(minor, currency, language())


def _day(text: str | None) -> str | None:
    return dates.format_day(dt.date.fromisoformat(text), language(), short=True) if text else None


def _our_state(item: Discrepancy) -> str | None:
    state = item.facts.get("our_state") or (item.payment.state if item.payment else "")
    labels = dict(Payment.State.choices)
    return str(labels.get(state, state)) or None


def _their_state(item: Discrepancy) -> str | None:
    told = item.facts
    if item.side == Side.CRM:
        return None if item.kind == Discrepancy.Kind.MISSING_IN_CRM else _("closed as paid")
    words = []
    if lines := told.get("lines"):
        words.append(ngettext("%(count)s row: done", "%(count)s rows: done", lines) % {"count": lines})
    if declined := told.get("declined"):
        words.append(
            ngettext("%(count)s row: not done", "%(count)s rows: not done", declined) % {"count": declined}
        )
    return ", ".join(words) or None


def _their_order(item: Discrepancy) -> Any:
    is_told = item.facts.get("line") is not None or item.facts.get("lines")
    return item.facts.get("order_number") if is_told else None


def _our_reference(item: Discrepancy) -> str | None:
    if item.side == Side.CRM:
        return None
    return item.facts.get("our_reference") or (item.payment.provider_ref if item.payment else None)


def _our_student(item: Discrepancy) -> str | None:
    if item.student is None or not item.facts.get("student_ref"):
        return None
    by_our_ids = _ids_of(item) == MappingProfile.Ids.OURS
    return str(item.student.pk) if by_our_ids else item.student.crm_id or NOTHING
