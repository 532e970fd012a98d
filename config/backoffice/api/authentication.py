"""Who calls: a program with `Authorization: Bearer KEY`."""

import dataclasses
import functools

from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from common import api_keys
from common.models import ApiKey


@dataclasses.dataclass(frozen=True)
class Program:
    """The caller, with the rights of its key's role."""

    api_key: ApiKey
    is_authenticated: bool = True

    @functools.cached_property
    def permissions(self) -> set[str]:
        return api_keys.permissions_of(self.api_key.role)


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """Finds the key that the request carries. Every wrong key gets the same answer."""

    def authenticate(self, request: Request) -> tuple[Program, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, text = header.partition(" ")
        api_key = api_keys.find_key(text.strip()) if scheme.lower() == "bearer" else None
        if api_key is None:
            raise exceptions.AuthenticationFailed(_("This API key is not valid, or it was revoked."))
        api_keys.note_use(api_key)
        return Program(api_key), api_key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="mutq"'
