"""
What reaches our doors: kept as it came, then a look-up is asked for. A message proves nothing; it only names a payment.

Storing and asking are one statement: the payment's next question is moved to now, where the sweeper finds it. Repeats are
counted and ask for nothing, and one payment is asked for by messages at most every 20 seconds, so a flood stays small.
"""

import dataclasses
import hashlib
import json

from django.db import connection

from billing.models import MerchantAccount, Payment, WebhookDelivery
from billing.providers.base import Callback, Hint
from common import clock

KEPT_BYTES = 16_384
Verdict = WebhookDelivery.Verdict


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """What became of a message: its verdict, and the payment it names if it is one of ours."""

    verdict: str
    payment_id: int | None


STORE_SQL = """
WITH found AS (
    SELECT id FROM billing_payment
    WHERE account_id = %(account)s AND %(hinted)s
      AND (order_number = %(order_number)s OR provider_ref IN (%(ref)s, %(ref_upper)s) AND provider_ref <> '')
      AND (%(link)s::bigint IS NULL OR link_id = %(link)s::bigint)
    ORDER BY order_number = %(order_number)s DESC LIMIT 1
), stored AS (
    INSERT INTO billing_webhookdelivery AS d
        (account_id, door, key, method, query, body, body_bytes, received_at, seen, last_seen_at, verdict, note, payment_id)
    SELECT %(account)s, %(door)s, %(key)s, %(method)s, %(query)s, %(body)s, %(body_bytes)s, %(now)s, 1, %(now)s,
           CASE WHEN NOT %(hinted)s THEN 'rejected' WHEN EXISTS (SELECT FROM found) THEN 'hint' ELSE 'unknown_order' END,
           %(note)s, (SELECT id FROM found)
    ON CONFLICT ON CONSTRAINT one_row_per_delivery DO UPDATE SET seen = d.seen + 1, last_seen_at = excluded.last_seen_at
    RETURNING verdict, payment_id, seen = 1 AS is_new
), asked AS (
    UPDATE billing_payment p
    SET next_lookup_at = least(
        coalesce(p.next_lookup_at, 'infinity'),
        greatest(%(now)s, coalesce(p.last_lookup_at, '-infinity') + interval '20 seconds'))
    FROM stored WHERE p.id = stored.payment_id AND stored.is_new AND p.state = ANY(%(asked_states)s)
)
SELECT verdict, payment_id FROM stored
"""


def store(
    *,
    account: MerchantAccount | None,
    door: str,
    callback: Callback,
    hint: Hint | None,
    note: str = "",
    body_bytes: int | None = None,
    link_id: int | None = None,
) -> Stored:
    """
    Keep a message and ask for a look-up of the payment it names; without a hint it is kept as rejected.

    `link_id` narrows a browser's return to the payments of its own link. Safe to repeat: the same message raises a count. One
    statement.
    """
    hinted = hint is not None and (hint.order_number is not None or bool(hint.provider_ref))
    with connection.cursor() as cursor:
        cursor.execute(
            STORE_SQL,
            {
                "account": account.pk if account else None,
                "door": door,
                "key": _key(callback, hint),
                "method": callback.method[:10],
                "query": json.dumps(dict(callback.query), ensure_ascii=False)[:KEPT_BYTES],
                "body": callback.body[:KEPT_BYTES],
                "body_bytes": len(callback.body) if body_bytes is None else body_bytes,
                "now": clock.now(),
                "note": note,
                "hinted": hinted,
                "order_number": hint.order_number if hint else None,
                "ref": hint.provider_ref if hint else "",
                "ref_upper": hint.provider_ref.upper() if hint else "",
                "link": link_id,
                "asked_states": [str(state) for state in Payment.ASKED_STATES],
            },
        )
        verdict, payment_id = cursor.fetchone()
    return Stored(verdict=verdict, payment_id=payment_id)


def _key(callback: Callback, hint: Hint | None) -> str:
    if hint is not None and hint.event_key:
        return hint.event_key[:120]
    text = json.dumps([callback.method, sorted(callback.query.items())], ensure_ascii=False).encode()
    return "sha256:" + hashlib.sha256(text + b"\0" + callback.body).hexdigest()
