"""
Signatures of what we post to others, as Standard Webhooks 1.0.0 describes them (docs/lms.md).

Signed is `{id}.{timestamp}.{body}` with HMAC-SHA256. While a secret is being changed, both sign, so that neither side has to
change at the same moment.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret


class BadSecret(ValueError):  # noqa: N818
    """A secret cannot be used; the text does not repeat it."""


def read_secrets(text: str) -> Sequence[bytes]:
    """Return the secrets of a setting, separated by spaces, the new one first. Raises BadSecret."""
    secrets = [_read_secret(word) for word in text.split()]
    if not secrets:
        raise BadSecret("There is no secret.")
    return secrets


def headers(*, secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the three headers of a message. `timestamp` is the moment of this attempt in unix seconds, by the real clock."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def _read_secret(word: str) -> bytes:
    try:
        secret = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise BadSecret(f"A secret is no base64 after {PREFIX}.") from None
    if not word.startswith(PREFIX) or not SHORTEST <= len(secret) <= LONGEST:
        raise BadSecret(f"A secret is {PREFIX} and {SHORTEST} to {LONGEST} random bytes in base64.")
    return secret
