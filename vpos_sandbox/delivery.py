"""How an answer travels: whole and at once, or as a fault wants it. The server obeys, the app only says."""

import dataclasses

ENVIRON_KEY = "vpos_sandbox.delivery"
# An answer that never comes holds the line this long, unless the caller or the sandbox goes away first.
NEVER_SECONDS = 600.0


@dataclasses.dataclass(kw_only=True)
class Delivery:
    """Filled in while a request is served, obeyed by the server afterwards."""

    delay_seconds: float = 0.0
    drop: bool = False  # close the connection without a byte
    cut: bool = False  # promise the whole body, send half, close
