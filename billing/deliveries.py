"""
What reaches our doors: kept as it came, answered at once, worked on by the sweeper.

A message proves nothing; it only names a payment, and naming one moves its next look-up to now. Repeats are counted and ask for
nothing, and one payment is asked for by messages at most every 20 seconds, so a flood stays small.
"""

import hashlib
import json

from django.db import connection

from billing.models import MerchantAccount, Payment, WebhookDelivery
from billing.providers.base import Callback, Hint
from common import clock, crash

KEPT_BYTES = 16_384
Verdict = WebhookDelivery.Verdict

STORE_SQL = """
INSERT INTO billing_webhookdelivery AS d
    (account_id, door, key, method, query, body, body_bytes, received_at, seen, last_seen_at, verdict, note, order_number,
     provider_ref, authentic)
VALUES (%(account)s, %(door)s, %(key)s, %(method)s, %(query)s, %(body)s, %(body_bytes)s, %(now)s, 1, %(now)s, %(verdict)s,
        %(note)s, %(order_number)s, %(provider_ref)s, %(authentic)s)
ON CONFLICT ON CONSTRAINT one_row_per_delivery DO UPDATE SET seen = d.seen + 1, last_seen_at = excluded.last_seen_at
"""

WORK_SQL = """
WITH taken AS (
    SELECT id, account_id, order_number, provider_ref FROM billing_webhookdelivery
    WHERE verdict = 'new' ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), named AS (
    SELECT t.id, coalesce(
        (SELECT p.id FROM billing_payment p WHERE p.account_id = t.account_id AND p.order_number = t.order_number),
        (SELECT p.id FROM billing_payment p WHERE p.account_id = t.account_id AND t.provider_ref <> ''
           AND p.provider_ref IN (t.provider_ref, upper(t.provider_ref), lower(t.provider_ref)) AND p.provider_ref <> ''
         LIMIT 1)) AS payment_id
    FROM taken t
), judged AS (
    UPDATE billing_webhookdelivery d
    SET payment_id = n.payment_id, verdict = CASE WHEN n.payment_id IS NULL THEN 'unknown_order' ELSE 'hint' END
    FROM named n WHERE d.id = n.id RETURNING d.id
), asked AS (
    UPDATE billing_payment p
    SET next_lookup_at = least(
        coalesce(p.next_lookup_at, 'infinity'),
        greatest(%(now)s, coalesce(p.last_lookup_at, '-infinity') + interval '20 seconds'))
    WHERE p.id IN (SELECT payment_id FROM named) AND p.state = ANY(%(asked_states)s)
)
SELECT count(*) FROM judged
"""


def store(
    *,
    account: MerchantAccount | None,
    door: str,
    callback: Callback,
    hint: Hint | None,
    note: str = "",
    body_bytes: int | None = None,
) -> str:
    """
    Keep a message and return its verdict: new if it names an order, rejected otherwise. One statement.

    Safe to repeat: the same message raises a count and asks for nothing more.
    """
    named = hint is not None and (hint.order_number is not None or bool(hint.provider_ref))
    verdict = Verdict.NEW if named else Verdict.REJECTED
    crash.point("delivery.before_store")
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
                "verdict": str(verdict),
                "note": note,
                "order_number": hint.order_number if hint else None,
                "provider_ref": hint.provider_ref[:64] if hint else "",
                "authentic": bool(hint and hint.authentic),
            },
        )
    crash.point("delivery.after_store")
    return str(verdict)


def work(*, limit: int = 1000) -> int:
    """
    Find the payments that new messages name and move their next look-up to now; return how many messages were judged.

    One statement, rows claimed with skip locked: safe to repeat and to run in several processes at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            WORK_SQL,
            {
                "limit": limit,
                "now": clock.now(),
                "asked_states": [str(state) for state in Payment.ASKED_STATES],
            },
        )
        judged = int(cursor.fetchone()[0])
    crash.point("delivery.after_work")
    return judged


def _key(callback: Callback, hint: Hint | None) -> str:
    if hint is not None and hint.event_key:
        return hint.event_key[:120]
    text = json.dumps([callback.method, sorted(callback.query.items())], ensure_ascii=False).encode()
    return "sha256:" + hashlib.sha256(text + b"\0" + callback.body).hexdigest()
