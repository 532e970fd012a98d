"""The only clock of the sandbox: real time plus a shift of everything plus a shift of one merchant.

The shift of one merchant login lets parallel tests move time without meeting each other.
"""

import datetime
import sqlite3
import time
import zoneinfo

EVERYBODY = ""
# Provider times carry no zone; Asia/Yerevan is the natural reading.
YEREVAN = zoneinfo.ZoneInfo("Asia/Yerevan")


def now_ms(db: sqlite3.Connection, *, login: str = EVERYBODY) -> int:
    """Answer the moment that holds for a merchant, in milliseconds since 1970."""
    row = db.execute("SELECT total(offset_ms) FROM clock WHERE login IN ('', ?)", (login,)).fetchone()
    return real_ms() + int(row[0])


def real_ms() -> int:
    """Answer the machine's own time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def offset_ms(db: sqlite3.Connection, *, login: str = EVERYBODY) -> int:
    """Answer the shift of exactly this scope, in milliseconds."""
    row = db.execute("SELECT offset_ms FROM clock WHERE login = ?", (login,)).fetchone()
    return int(row["offset_ms"]) if row else 0


def move(db: sqlite3.Connection, *, by_ms: int, login: str = EVERYBODY) -> None:
    """Shift the clock of a scope by milliseconds; each call shifts again."""
    _store(db, offset=offset_ms(db, login=login) + by_ms, login=login)


def set_to(db: sqlite3.Connection, *, at_ms: int, login: str = EVERYBODY) -> None:
    """Make the clock of a scope show a moment now; it goes on ticking. Repeat-safe."""
    _store(db, offset=offset_ms(db, login=login) + at_ms - now_ms(db, login=login), login=login)


def reset(db: sqlite3.Connection, *, login: str = EVERYBODY) -> None:
    """Take the shift of a scope away; repeat-safe."""
    db.execute("DELETE FROM clock WHERE login = ?", (login,))


def _store(db: sqlite3.Connection, *, offset: int, login: str) -> None:
    db.execute(
        "INSERT INTO clock (login, offset_ms) VALUES (?, ?) "
        "ON CONFLICT (login) DO UPDATE SET offset_ms = excluded.offset_ms",
        (login, offset),
    )


def in_yerevan(at_ms: int) -> datetime.datetime:
    """Answer a moment as the wall clock in Yerevan shows it."""
    return datetime.datetime.fromtimestamp(at_ms / 1000, tz=YEREVAN)


def to_text(at_ms: int | None) -> str | None:
    """Answer a moment as ISO 8601 in UTC for the control API, None for none."""
    if at_ms is None:
        return None
    moment = datetime.datetime.fromtimestamp(at_ms / 1000, tz=datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> int:
    """Read ISO 8601 (without a zone: Asia/Yerevan) as milliseconds since 1970. Raises ValueError."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=YEREVAN)
    return int(moment.timestamp() * 1000)
