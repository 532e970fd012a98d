"""A wrong link taken back and a right one made, in one step: nobody is left without a link, and nobody has two."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from billing import links
from billing.models import PaymentLink
from common import crash, fsm
from students import timeline


def replace_payment_link(
    *,
    link_id: int,
    reason: str,
    actor: timeline.Actor,
    amount_minor: int | None = None,
    expires_at: dt.datetime | None = None,
) -> PaymentLink:
    """
    Put another link in the place of an active one, for all that remains of its installments unless an amount is given; return it.

    Raises LinkRefused without a reason or when the link is not active, and what making a link raises; nothing is changed then.
    Ask the provider about open attempts first (`billing.lookup.refresh_open_attempts`). Repeating is refused: it is replaced.
    """
    reason = reason.strip()
    if not reason:
        raise links.LinkRefused(_("Write why the link is replaced."), field="reason")
    with transaction.atomic():
        old = links.lock_link(link_id=link_id)
        if old.state != PaymentLink.State.ACTIVE:
            raise links.LinkRefused(
                _("Only an active link can be replaced; this one is %(state)s.")
                % {"state": old.get_state_display()}
            )
        kind = fsm.timeline_kind(old.supersede, old.state)
        old.supersede(reason=reason)
        old.save()
        timeline.record([links.event(old, kind, actor, reason=reason)])
        crash.point("replace.after_old")
        fresh = links.create_payment_link(
            installment_ids=list(old.lines.values_list("installment_id", flat=True)),
            actor=actor,
            amount_minor=amount_minor,
            expires_at=expires_at,
            crm_deal_id=old.crm_deal_id,
        )
        crash.point("replace.before_commit")
    return fresh
