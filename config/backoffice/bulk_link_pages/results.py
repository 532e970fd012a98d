"""What became of the links that were asked for at once, as a person reads it. Constant in queries."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.bulk_links import LINK_EXPIRING
from billing.models import LinkBatch, LinkBatchLine

SHOWN = 100
Outcome, Mail = LinkBatchLine.Outcome, LinkBatchLine.Mail
LOOKS = {
    Outcome.WAITING: ("wait", "clock"),
    Outcome.MADE: ("good", "check"),
    Outcome.THERE: ("mute", "link"),
    Outcome.REFUSED: ("bad", "cross"),
}


def read(batch: LinkBatch, *, which: str, number: str) -> dict[str, Any]:
    """Return what the page of a batch shows: how far it is, the chips that choose, and one page of lines."""
    counts = dict(batch.lines.order_by().values_list("outcome").annotate(Count("pk")))
    total = sum(counts.values())
    done = total - counts.get(Outcome.WAITING, 0)
    which = which if which in Outcome.values else ""
    return {
        "batch": batch,
        "total": total,
        "done": done,
        "percent": done * 100 // total if total else 100,
        "chips": _chips(batch, counts, total, which),
        "which": which,
        "rows": _page(batch, which, number),
        "unsent": batch.lines.filter(mail__in=[Mail.NO_ADDRESS, Mail.FAILED]).count()
        if batch.sends_mail
        else 0,
    }


def _page(batch: LinkBatch, which: str, number: str) -> Page[LinkBatchLine]:
    lines = batch.lines.select_related(
        "installment__invoice__student", "installment__invoice__enrollment__group__course", "link"
    ).order_by("installment__invoice__student__full_name", "pk")
    page = Paginator(lines.filter(outcome=which) if which else lines, SHOWN).get_page(number)
    for line in page.object_list:
        shown: Any = line
        shown.tone, shown.icon = LOOKS[Outcome(line.outcome)]
        shown.why = _why(line)
    return page


def _why(line: LinkBatchLine) -> str:
    words = {
        "nothing-due": _("Nothing remains to be paid here."),
        "link-refused": _("This invoice was cancelled. Issue a new one first."),
        LINK_EXPIRING: _(
            "The former link is over and its payments are being looked up. Ask again in a minute."
        ),
    }
    return words.get(line.refusal, line.refusal)


def _chips(batch: LinkBatch, counts: dict[str, int], total: int, which: str) -> list[dict[str, Any]]:
    address = reverse("link-batch", args=[batch.pk])
    every = {"url": address, "text": _("All"), "count": total, "current": not which}
    return [
        every,
        *(
            {
                "url": f"{address}?which={outcome.value}",
                "text": outcome.label,
                "count": counts.get(outcome, 0),
                "icon": LOOKS[outcome][1],
                "current": outcome == which,
            }
            for outcome in Outcome
        ),
    ]
