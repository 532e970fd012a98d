"""Which link an address names. A wrong one tells nothing, and whoever tries many is slowed; a right one never is."""

import functools
from collections.abc import Callable
from http import HTTPStatus

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from billing import links
from billing.models import PaymentLink
from billing.pay_page import languages

MOST_MISSES, PER_SECONDS = 20, 60

LinkView = Callable[[HttpRequest, PaymentLink], HttpResponse]


def of_link(view: LinkView) -> Callable[..., HttpResponse]:
    """Call the view with the link of the token, in the student's language, and let nobody store or pass on what it answers."""

    @functools.wraps(view)
    def door(request: HttpRequest, token: str) -> HttpResponse:
        link = links.find_by_token(token)
        if link is None:
            return _nothing_there(request)
        languages.speak(request, default=link.student.language)
        response = view(request, link)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "no-referrer"  # the address is the right to pay
        return response

    return door


def _nothing_there(request: HttpRequest) -> HttpResponse:
    if _count_miss(request) > MOST_MISSES:
        return render(request, "pay/too_many.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    raise Http404


def _count_miss(request: HttpRequest) -> int:
    key = f"pay-page-miss:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(key, 1, PER_SECONDS):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the minute ended between the two calls
        return 1
