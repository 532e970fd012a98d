"""Merchants: a login is accepted with any password until it is configured; then its settings hold."""

import dataclasses
import json
import sqlite3
from typing import Any

from vpos_sandbox import merchant_options

FAMILY_OF_PROFILE = {"ameria": "ameria", "arca-ipay": "arca", "arca-epg": "arca", "ineco": "arca"}
DEFAULT_PROFILE = {"ameria": "ameria", "arca": "arca-ipay"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Merchant:
    """Who calls. `configured` is False for a login that the sandbox meets without settings."""

    login: str
    client_id: str | None
    password: str | None
    profile: str
    options: merchant_options.Options
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
    options = merchant_options.Options(
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
        options=merchant_options.Options(**stored),
        configured=True,
    )


def read(*, login: str, fields: dict[str, Any], earlier: Merchant | None = None) -> Merchant:
    """Turn JSON fields into a merchant; what is not given comes from `earlier` or the defaults.

    Raises BadMerchantError.
    """
    allowed = {"login", "client_id", "password", "profile", "options"}
    if unknown := set(fields) - allowed:
        raise merchant_options.BadMerchantError(
            f"Unknown fields: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(allowed))}."
        )
    base = earlier or Merchant(
        login=login,
        client_id=None,
        password=None,
        profile="",
        options=merchant_options.Options(),
        configured=True,
    )
    profile = fields.get("profile", base.profile)
    if not isinstance(profile, str) or profile not in FAMILY_OF_PROFILE:
        raise merchant_options.BadMerchantError(f"profile must be one of {', '.join(FAMILY_OF_PROFILE)}.")
    texts = {name: fields.get(name, getattr(base, name)) for name in ("client_id", "password")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise merchant_options.BadMerchantError(f"{name} must be a string or null.")
    options = fields.get("options", {})
    if not isinstance(options, dict):
        raise merchant_options.BadMerchantError("options must be an object.")
    return dataclasses.replace(
        base,
        profile=profile,
        options=merchant_options.read_options(base=base.options, given=options),
        **texts,
    )
