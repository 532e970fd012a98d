"""The kinds of faults: where each strikes and what can be said about it."""

import re
from collections.abc import Callable
from typing import Any

# Where a fault strikes.
OPERATION = "operation"  # a call of the merchant's server
BUYER = "buyer"  # the buyer presses a button
CALLBACK = "callback"  # the bank calls the merchant's server

# Kind -> (stage, parameters with their defaults). "done" says whether the bank does what was asked before it fails.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "none": (OPERATION, {}),
    "fault500": (OPERATION, {"done": False}),
    "http-status": (OPERATION, {"status": 502, "done": False}),
    "refuse": (OPERATION, {"code": "", "message": ""}),
    "wrong-password": (OPERATION, {"variant": ""}),
    "slow": (OPERATION, {"seconds": 2.0}),
    "timeout-before": (OPERATION, {"seconds": None}),
    "timeout-after": (OPERATION, {"seconds": None}),
    "drop-before": (OPERATION, {}),
    "drop-after": (OPERATION, {}),
    "half-json": (OPERATION, {}),
    "cut-body": (OPERATION, {}),
    "empty-body": (OPERATION, {}),
    "malformed-json": (OPERATION, {}),
    "wrong-types": (OPERATION, {}),
    "wrong-amount": (OPERATION, {"factor": 1.0, "delta_minor": 0}),
    "wrong-currency": (OPERATION, {"currency": "840"}),
    "wrong-order-number": (OPERATION, {"answered": "999999999"}),
    "unknown-status": (OPERATION, {"status": 9, "state": "payment_unheard_of"}),
    "forged-return": (BUYER, {}),
    "return-without-payment": (BUYER, {}),
    "no-return": (BUYER, {}),
    "late-payment": (BUYER, {}),
    "duplicate-callback": (CALLBACK, {"copies": 2}),
    "bad-checksum": (CALLBACK, {}),
    "lost-callback": (CALLBACK, {}),
    "held-callback": (CALLBACK, {"seconds": None}),
}

# A wrong answer about an order is a look-up's matter unless an operation is named.
OF_LOOKUPS = ("wrong-amount", "wrong-currency", "wrong-order-number", "unknown-status")
_NUMBERS = (int, float)


class BadFaultError(ValueError):
    """The switch cannot be understood; the text says what is wrong and what is allowed."""


def read_params(*, kind: str, given: Any) -> dict[str, Any]:
    """Answer the parameters of a fault with their defaults. Raises BadFaultError."""
    defaults = KINDS[kind][1]
    if not isinstance(given, dict):
        raise BadFaultError("params must be an object.")
    if unknown := set(given) - set(defaults):
        raise BadFaultError(
            f"{kind} has no parameter {', '.join(sorted(unknown))}; it has: {', '.join(defaults) or 'none'}."
        )
    for name, value in given.items():
        default = defaults[name]
        if isinstance(default, bool | str):
            fits = type(value) is type(default)
        else:
            fits = type(value) in _NUMBERS or (value is None and default is None)
        if not fits or (name in _RULES and not _RULES[name](value)):
            raise BadFaultError(f"The parameter {name} of {kind} has a wrong type or value.")
    return defaults | given


_RULES: dict[str, Callable[[Any], bool]] = {
    "status": lambda value: isinstance(value, int) and 0 <= value <= 599,
    "code": lambda value: re.fullmatch(r"(0?-)?\d*", value) is not None,
    "variant": lambda value: value in ("", "20", "550", "fault500"),
    "seconds": lambda value: value is None or 0 <= value <= 86400,
    "copies": lambda value: isinstance(value, int) and 1 <= value <= 1000,
}
