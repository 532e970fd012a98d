"""The symmetric checksum of the gateway family's callbacks."""

import hashlib
import hmac


def sign(*, params: dict[str, str], key: str) -> str:
    """Answer the checksum of callback parameters: sorted `name;value;` pairs, HMAC-SHA256, upper-case hex.

    `checksum` and `sign_alias` are left out of it.
    """
    signed = sorted((name, value) for name, value in params.items() if name not in ("checksum", "sign_alias"))
    text = "".join(f"{name};{value};" for name, value in signed)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
