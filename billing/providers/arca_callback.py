"""
EPG's signed callback, in the format of the gateway's vendor (BPC; not confirmed by ArCa).

The checksum covers every parameter but itself and `sign_alias`: sorted by name, written "name;value;" each,
HMAC-SHA256 with the shared key, upper-case hex.
"""

import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Mapping

from billing.providers import base, wire

UNSIGNED = {"checksum", "sign_alias"}
LONGEST_BODY = 20_000
ORDER_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def fields_of(callback: base.Callback) -> dict[str, str]:
    """Return the parameters of a message: of its query for GET (the default), of its form for POST."""
    if callback.method.upper() != "POST":
        return dict(callback.query)
    if len(callback.body) > LONGEST_BODY:
        return {}
    try:
        pairs = urllib.parse.parse_qsl(
            callback.body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except ValueError:
        return {}
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else {}


def is_callback(fields: Mapping[str, str]) -> bool:
    """Say whether this is a callback, which must be signed, and not a browser's return."""
    return not {"checksum", "operation", "mdOrder"}.isdisjoint(fields)


def read(fields: Mapping[str, str], *, key: str) -> base.Hint:
    """
    Return the hint of a signed callback; whatever its `operation` and `status` say, the look-up decides.

    Raises BadSignature when the checksum is missing or wrong, made with RSA, or when we hold no key to check
    it.
    """
    sent = fields.get("checksum", "")
    if not key:
        raise base.BadSignature("A signed callback came, and no callback key is configured.", code="no-key")
    if not hmac.compare_digest(sent.upper().encode(), checksum(fields, key=key).encode()):
        raise base.BadSignature("The checksum of a callback is wrong.", code="checksum")
    order_id = fields.get("mdOrder", "")
    return base.Hint(
        order_number=wire.order_number(fields.get("orderNumber")),
        provider_ref=order_id if ORDER_ID.fullmatch(order_id) else "",
        authentic=True,
        event_key=sent.upper(),
        reply=base.Reply(),
    )


def checksum(fields: Mapping[str, str], *, key: str) -> str:
    """Return the checksum of a callback's parameters."""
    signed = "".join(f"{name};{fields[name]};" for name in sorted(fields) if name not in UNSIGNED)
    digest = hmac.new(key.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return digest.hexdigest().upper()
