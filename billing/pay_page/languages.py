"""In which language a student reads a page that needs no login."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def speak(request: HttpRequest, *, default: str) -> None:
    """Answer this request in the language of its address, of an earlier choice in this browser, or the student's own."""
    language = _chosen(request) or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    translation.activate(language if language in _known() else default)
    request.LANGUAGE_CODE = translation.get_language()


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the language that the address asked for, so that it lasts over the bank's page."""
    if language := _chosen(request):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


def _chosen(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return language if language in _known() else ""


def _known() -> set[str]:
    return {code for code, _name in settings.LANGUAGES}
