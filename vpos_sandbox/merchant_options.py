"""The options of a merchant: what a bank agrees with a shop, and what its documents leave open."""

import dataclasses
import types
import typing
from typing import Any


class BadMerchantError(ValueError):
    """The settings of a merchant cannot be understood; the text says which one and what is allowed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What a bank agrees with a merchant, and what its documents leave open."""

    shop: str | None = None
    test_mode: bool = False  # Ameriabank: every amount must be exactly 10 AMD, otherwise 560
    order_from: int | None = None  # Ameriabank: the allotted range of OrderID
    order_to: int | None = None
    unattempted: str = "fault500"  # Ameriabank: GetPaymentDetails before any attempt
    unknown_payment: str = "06"  # Ameriabank: GetPaymentDetails of a PaymentID that nobody registered
    error_code: str = "mixed"  # ArCa: how errorCode is written
    status_version: str = "03"  # ArCa: version of getOrderStatusExtended
    callback_url: str | None = None  # EPG: where callbacks go
    callback_key: str | None = None  # EPG: shared key of the checksum
    callback_method: str = "GET"
    callback_extra: tuple[str, ...] = ()
    may_refund: bool = True
    may_reverse: bool = True
    two_stage: bool = False  # Ameriabank: payments are held; ArCa: registerPreAuth is allowed
    attempts: int = 1  # how often a buyer may try
    session_seconds: int = 1200
    currency: str | None = None  # EPG: a login serves one currency
    fee_basis_points: int = (
        200  # what the bank keeps of a payment, in hundredths of a percent; told in statements
    )
    password_must_change: bool = False  # EPG: the first password was never changed


CHOICES: dict[str, tuple[str, ...]] = {
    "unattempted": ("fault500", "550", "0-100"),
    "unknown_payment": ("06", "550", "fault500"),
    "error_code": ("mixed", "number", "string", "absent"),
    "status_version": ("01", "02", "03"),
    "callback_method": ("GET", "POST"),
    "callback_extra": ("amount", "callbackCreationDate", "sign_alias"),
}


def read_options(*, base: Options, given: dict[str, Any]) -> Options:
    """Answer the options with the given ones changed. Raises BadMerchantError."""
    kinds = typing.get_type_hints(Options)
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name not in kinds:
            raise BadMerchantError(f"Unknown option {name}. Known: {', '.join(kinds)}.")
        changes[name] = _read_option(name, value, kinds[name])
    return dataclasses.replace(base, **changes)


def _read_option(name: str, value: Any, kind: Any) -> Any:
    if name == "callback_extra":
        if not isinstance(value, list) or not set(value) <= set(CHOICES[name]):
            raise BadMerchantError(f"callback_extra must be a list of {', '.join(CHOICES[name])}.")
        return tuple(value)
    if name in CHOICES and value not in CHOICES[name]:
        raise BadMerchantError(f"{name} must be one of {', '.join(CHOICES[name])}.")
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if type(value) not in allowed:
        names = " or ".join("null" if one is types.NoneType else one.__name__ for one in allowed)
        raise BadMerchantError(f"{name} must be {names}.")
    if name in ("attempts", "session_seconds") and value < 1:
        raise BadMerchantError(f"{name} must be at least 1.")
    if name == "fee_basis_points" and not 0 <= value <= 10_000:
        raise BadMerchantError("fee_basis_points must be between 0 and 10000.")
    return value
