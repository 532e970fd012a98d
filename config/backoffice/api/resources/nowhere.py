"""Addresses under /api/ that do not exist, answered in the API's own words."""

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

PERMANENT_WITH_METHOD_AND_BODY = 308


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Sends on an address that only has a slash too many or too few, and refuses every other."""

    authentication_classes = []
    permission_classes = []

    def dispatch(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:  # type: ignore[override]
        self.headers = {}
        toggled = request.path[:-1] if request.path.endswith("/") else request.path + "/"
        if _leads_somewhere(toggled):
            query = request.META.get("QUERY_STRING", "")
            onwards = HttpResponseRedirect(toggled + ("?" + query if query else ""))
            onwards.status_code = PERMANENT_WITH_METHOD_AND_BODY
            return onwards
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise exceptions.NotFound(_("There is nothing at this address."))


def _leads_somewhere(path: str) -> bool:
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return getattr(view, "cls", None) is not Nowhere
