"""
Keys of programs: `mutq_<prefix>_<secret>`.

The prefix finds the row, the secret proves it. The secret is 32 random bytes, so it cannot be guessed however fast the hash is:
one SHA-256 is enough here, where a password would need a slow hash.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.errors import DomainError
from common.models import ApiKey

SCHEME = "mutq"
USE_IS_NOTED_EVERY = dt.timedelta(minutes=1)
NO_SECRET = hashlib.sha256(b"").hexdigest()


class UnknownRole(DomainError):  # noqa: N818
    """There is no such role."""

    code = "unknown-role"


class NewKey(NamedTuple):
    """A row and the key itself, which nobody can show again."""

    row: ApiKey
    text: str


def create_key(*, name: str, role: str, created_by_id: int | None = None) -> NewKey:
    """Create a key with the rights of a role. Raises UnknownRole. Each call makes another key."""
    group = Group.objects.filter(name=role).first()
    if group is None:
        raise UnknownRole(_("There is no role “%(role)s”.") % {"role": role}, field="role")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        name=name, role=group, prefix=prefix, secret_sha256=_hash(secret), created_by_id=created_by_id
    )
    return NewKey(row=row, text=f"{SCHEME}_{prefix}_{secret}")


def find_key(text: str) -> ApiKey | None:
    """Return the key that this text proves, or None: malformed, unknown, wrong secret and revoked look alike."""
    scheme, _prefix_mark, rest = text.partition("_")
    prefix, _secret_mark, secret = rest.partition("_")
    if scheme != SCHEME or not prefix or not secret or not text.isascii() or "\x00" in text:
        return None
    row = ApiKey.objects.select_related("role").filter(prefix=prefix).first()
    right = hmac.compare_digest(row.secret_sha256 if row else NO_SECRET, _hash(secret))
    return row if row and right and row.revoked_at is None else None


def note_use(api_key: ApiKey) -> None:
    """
    Remember that the key was used, to the minute.

    Within a minute of the last note it writes nothing; of processes that note at once, one writes and the others find
    nothing left to do.
    """
    now = clock.now()
    if api_key.last_used_at and api_key.last_used_at > now - USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)


def revoke_key(*, api_key_id: int) -> None:
    """Refuse the key from now on. A key that was revoked before keeps its first moment."""
    ApiKey.objects.filter(pk=api_key_id, revoked_at__isnull=True).update(revoked_at=clock.now())


def permissions_of(role: Group) -> set[str]:
    """Return what a role may do, as "app.codename"."""
    app_and_name = role.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in app_and_name}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
