"""Merchants: a login is accepted with any password until it is configured; then its settings hold."""

import dataclasses
import json
import sqlite3
import types
import typing
from typing import Any

FAMILY_OF_PROFILE = {"ameria": "ameria", "arca-ipay": "arca", "arca-epg": "arca", "ineco": "arca"}
DEFAULT_PROFILE = {"ameria": "ameria", "arca": "arca-ipay"}


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
    password_must_change: bool = False  # EPG: the first password was never changed


CHOICES: dict[str, tuple[str, ...]] = {
    "unattempted": ("fault500", "550", "0-100"),
    "unknown_payment": ("06", "550", "fault500"),
    "error_code": ("mixed", "number", "string", "absent"),
    "status_version": ("01", "02", "03"),
    "callback_method": ("GET", "POST"),
    "callback_extra": ("amount", "callbackCreationDate", "sign_alias"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Merchant:
    """Who calls. `configured` is False for a login that the sandbox meets without settings."""

    login: str
    client_id: str | None
    password: str | None
    profile: str
    options: Options
    configured: bool

    @property
    def family(self) -> str:
        return FAMILY_OF_PROFILE[self.profile]

    @property
    def shop(self) -> str:
        return self.options.shop or self.login or "SHOP"

    @property
    def sends_callbacks(self) -> bool:
        # iPay never calls the merchant (iPay Merchant API Manual 1.55.1.0 §5.3); EPG does by permission.
        return self.profile == "arca-epg"

    def accepts(self, *, password: str) -> bool:
        """Say whether the password is right; every password is right for a login without settings."""
        return self.password is None or self.password == password


def find(db: sqlite3.Connection, *, login: str, family: str) -> Merchant:
    """Answer the merchant of a login: configured, or with the family's default settings.

    A login configured for the other family is a stranger here: its password is never right.
    """
    stored = load(db, login=login)
    if stored is not None and stored.family == family:
        return stored
    options = Options(
        two_stage=family == "arca"
    )  # nobody limits the rights of a login that nobody configured
    return Merchant(
        login=login,
        client_id=None,
        password=None,
        profile=DEFAULT_PROFILE[family],
        options=options,
        configured=False,
    )


def load(db: sqlite3.Connection, *, login: str) -> Merchant | None:
    """Answer a configured merchant, None if the login has no settings."""
    row = db.execute("SELECT * FROM merchants WHERE login = ?", (login,)).fetchone()
    return _from_row(row) if row else None


def load_by_client_id(db: sqlite3.Connection, *, client_id: str) -> Merchant | None:
    """Answer the configured merchant of an Ameriabank ClientID, None if there is none."""
    row = db.execute("SELECT * FROM merchants WHERE client_id = ? COLLATE NOCASE", (client_id,)).fetchone()
    return _from_row(row) if row else None


def every(db: sqlite3.Connection) -> list[Merchant]:
    """Answer all configured merchants by login."""
    return [_from_row(row) for row in db.execute("SELECT * FROM merchants ORDER BY login")]


def save(db: sqlite3.Connection, *, merchant: Merchant) -> None:
    """Store the settings of a login in place of earlier ones; repeat-safe."""
    db.execute(
        "INSERT INTO merchants (login, client_id, password, profile, options) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (login) DO UPDATE SET client_id = excluded.client_id, password = excluded.password, "
        "profile = excluded.profile, options = excluded.options",
        (
            merchant.login,
            merchant.client_id,
            merchant.password,
            merchant.profile,
            json.dumps(dataclasses.asdict(merchant.options)),
        ),
    )


def delete(db: sqlite3.Connection, *, login: str) -> None:
    """Forget the settings of a login; repeat-safe."""
    db.execute("DELETE FROM merchants WHERE login = ?", (login,))


def _from_row(row: sqlite3.Row) -> Merchant:
    stored = json.loads(row["options"])
    stored["callback_extra"] = tuple(stored.get("callback_extra", ()))
    return Merchant(
        login=row["login"],
        client_id=row["client_id"],
        password=row["password"],
        profile=row["profile"],
        options=Options(**stored),
        configured=True,
    )


def read(*, login: str, fields: dict[str, Any], earlier: Merchant | None = None) -> Merchant:
    """Turn JSON fields into a merchant; what is not given comes from `earlier` or the defaults.

    Raises BadMerchantError.
    """
    allowed = {"login", "client_id", "password", "profile", "options"}
    if unknown := set(fields) - allowed:
        raise BadMerchantError(
            f"Unknown fields: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(allowed))}."
        )
    base = earlier or Merchant(
        login=login, client_id=None, password=None, profile="", options=Options(), configured=True
    )
    profile = fields.get("profile", base.profile)
    if profile not in FAMILY_OF_PROFILE:
        raise BadMerchantError(f"profile must be one of {', '.join(FAMILY_OF_PROFILE)}.")
    texts = {name: fields.get(name, getattr(base, name)) for name in ("client_id", "password")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise BadMerchantError(f"{name} must be a string or null.")
    options = fields.get("options", {})
    if not isinstance(options, dict):
        raise BadMerchantError("options must be an object.")
    return dataclasses.replace(base, profile=profile, options=_read_options(base.options, options), **texts)


def _read_options(base: Options, given: dict[str, Any]) -> Options:
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
    return value
