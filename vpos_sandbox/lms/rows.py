"""What the learning platform holds. A site is named by the token that opens it, so that tests do not meet."""

import sqlite3
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS lms_sites (site TEXT PRIMARY KEY);  -- knows only the users it was given
CREATE TABLE IF NOT EXISTS lms_users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    site TEXT NOT NULL,
    username TEXT NOT NULL,
    email TEXT NOT NULL,
    UNIQUE (site, username)
);
CREATE TABLE IF NOT EXISTS lms_enrolments (
    site TEXT NOT NULL,
    course TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES lms_users (id),
    is_active INTEGER NOT NULL,
    mode TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    opens INTEGER NOT NULL DEFAULT 0,
    closes INTEGER NOT NULL DEFAULT 0,
    changes INTEGER NOT NULL DEFAULT 0,  -- how often something became different
    PRIMARY KEY (site, course, user_id)
);
CREATE TABLE IF NOT EXISTS lms_members (
    site TEXT NOT NULL, group_id TEXT NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (site, group_id, user_id)
);
CREATE TABLE IF NOT EXISTS lms_secrets (site TEXT PRIMARY KEY, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lms_messages (  -- signed calls that were served
    site TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (site, message_id)
);
"""


def configure(db: sqlite3.Connection, *, site: str, users: list[dict[str, str]], secret: str) -> None:
    """Let a site know these users and no others, and sign with a secret; what it held is forgotten."""
    for table in ("lms_members", "lms_enrolments", "lms_users", "lms_sites"):
        db.execute(f"DELETE FROM {table} WHERE site = ?", (site,))  # noqa: S608 -- names of our own
    db.execute("INSERT INTO lms_sites (site) VALUES (?)", (site,))
    for user in users:
        add_user(db, site=site, username=user["username"], email=user.get("email", ""))
    if secret:
        db.execute("INSERT OR REPLACE INTO lms_secrets (site, secret) VALUES (?, ?)", (site, secret))


def secret_of(db: sqlite3.Connection, *, site: str) -> str:
    """Answer the secret with which a site's calls are signed, or nothing."""
    row = db.execute("SELECT secret FROM lms_secrets WHERE site = ?", (site,)).fetchone()
    return str(row["secret"]) if row else ""


def is_first(db: sqlite3.Connection, *, site: str, message_id: str) -> bool:
    """Remember the id of a signed call; answer whether it came for the first time."""
    fresh = "INSERT INTO lms_messages (site, message_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return db.execute(fresh, (site, message_id)).rowcount == 1


def add_member(db: sqlite3.Connection, *, site: str, group: str, user_id: int) -> None:
    """Put a user into a group. Safe to repeat."""
    db.execute(
        "INSERT INTO lms_members (site, group_id, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (site, group, user_id),
    )


def add_user(db: sqlite3.Connection, *, site: str, username: str, email: str) -> int:
    """Add a user, or find the one with this name; answer the id."""
    db.execute(
        "INSERT INTO lms_users (site, username, email) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (site, username.lower(), email.lower()),
    )
    found = db.execute(
        "SELECT id FROM lms_users WHERE site = ? AND username = ?", (site, username.lower())
    ).fetchone()
    return int(found["id"])


def find_user(db: sqlite3.Connection, *, site: str, field: str, value: str) -> sqlite3.Row | None:
    """Find a user by `username`, `email` or `id`. A site that was never configured knows everybody by name."""
    column = field if field in ("username", "email", "id") else "username"
    known = f"SELECT * FROM lms_users WHERE site = ? AND {column} = ?"  # noqa: S608 -- one of three words
    row: sqlite3.Row | None = db.execute(known, (site, value.lower())).fetchone()
    configured = db.execute("SELECT 1 FROM lms_sites WHERE site = ?", (site,)).fetchone()
    if row is None and configured is None and column == "username" and value:
        add_user(db, site=site, username=value, email="")
        row = db.execute(known, (site, value.lower())).fetchone()
    return row


def write(db: sqlite3.Connection, *, site: str, course: str, user_id: int, **facts: Any) -> None:
    """Make or change an enrolment: is_active, mode, role, opens, closes. The same again changes nothing."""
    facts = {"mode": "audit", "role": "", "opens": 0, "closes": 0} | facts
    before = enrolment(db, site=site, course=course, user_id=user_id)
    if before is not None and all(before[name] == value for name, value in facts.items()):
        return
    db.execute(
        "INSERT INTO lms_enrolments (site, course, user_id, is_active, mode, role, opens, closes, changes) "
        "VALUES (:site, :course, :user_id, :is_active, :mode, :role, :opens, :closes, 1) "
        "ON CONFLICT DO UPDATE SET is_active = :is_active, mode = :mode, role = :role, opens = :opens, "
        "closes = :closes, changes = changes + 1",
        {"site": site, "course": course, "user_id": user_id, **facts, "is_active": bool(facts["is_active"])},
    )


def enrolment(db: sqlite3.Connection, *, site: str, course: str, user_id: int) -> sqlite3.Row | None:
    """Find one enrolment."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM lms_enrolments WHERE site = ? AND course = ? AND user_id = ?", (site, course, user_id)
    ).fetchone()
    return row


def enrolments(db: sqlite3.Connection, *, site: str, course: str | None = None) -> list[sqlite3.Row]:
    """Answer the enrolments of a site, or of one course, in the order of their users."""
    return db.execute(
        "SELECT e.*, u.username, u.email FROM lms_enrolments e JOIN lms_users u ON u.id = e.user_id "
        "WHERE e.site = :site AND (:course IS NULL OR e.course = :course) ORDER BY e.course, u.id",
        {"site": site, "course": course},
    ).fetchall()
