"""What a caller may do: each endpoint names the permissions it needs, the key's role has them or not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, permissions
from rest_framework.request import Request

if TYPE_CHECKING:  # the framework imports this module while it makes its views
    from rest_framework.views import APIView


class RolePermission(permissions.BasePermission):
    """Lets a program in whose role has every permission that the view names for the method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the role suffices. Raises MethodNotAllowed where the view names nothing: closed, not open."""
        program: Any = request.user
        if not program:
            return False
        missing = sorted(set(_needed(request, view)) - program.permissions)
        self.message = _("The role of this API key lacks: %(permissions)s.") % {
            "permissions": ", ".join(missing)
        }
        return not missing


def _needed(request: Request, view: "APIView") -> tuple[str, ...]:
    method = "GET" if request.method == "HEAD" else request.method
    needs: Mapping[str | None, tuple[str, ...]] = getattr(view, "needs", {})
    if method not in needs:
        raise exceptions.MethodNotAllowed(str(method))
    return needs[method]
