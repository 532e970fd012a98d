"""
The doors of a payment link. They show, start an attempt, and nudge; the look-up decides.

The address carries the right to pay and there is no session behind it, so no cookie is needed: not for the form either.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from billing import accounts, attempts, links, lookup, renewal, tasks, webhooks
from billing.models import Payment, PaymentLink
from billing.pay_page import languages, pages
from billing.pay_page.addresses import of_link
from billing.pay_page.screens import Screen

STOP_POLLING = 286  # htmx shows the answer and asks no more


@require_safe
@of_link
def show_link(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Show what the link is for and what can be done; with ?back=1 the outcome of the attempt."""
    if link.opened_at is None and request.method == "GET":
        links.mark_opened(link_id=link.pk)
    page = pages.page_of(link=link, came_back="back" in request.GET)
    if page.screen == Screen.WAITING:
        _nudge(link, asked_by="page")
    return languages.remember(request, _answer(request, page))


@csrf_exempt
@require_POST
@of_link
def start(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """
    Start an attempt at the chosen bank and send the browser to its page; a second click goes to the same page.

    What is open already is asked about first, so that nobody pays again what was paid a moment ago.
    """
    lookup.refresh_open_attempts(link_id=link.pk, asked_by="start")
    try:
        payment = attempts.start_attempt(
            link_id=link.pk,
            account_code=request.POST.get("account", ""),
            even_if_another_is_open=request.POST.get("another") == "1",
        )
    except (attempts.LinkNotPayable, attempts.OtherAttemptOpen):
        return _see(reverse("pay-link", args=[link.token]))
    except (attempts.BankUnavailable, accounts.AccountUnavailable):
        link.refresh_from_db()
        page = pages.page_of(link=link, came_back=False)
        return _answer(request, page.after_refusal(), status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _see(payment.page_url)


@csrf_exempt
@require_POST
@of_link
def renew(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """
    Lead to a new link in the place of one that is over, or say that the school was asked.

    Who holds the old address could pay by it; the new one gives no more than that.
    """
    renewed = renewal.renew_link(link_id=link.pk)
    if renewed.link is not None:
        return _see(reverse("pay-link", args=[renewed.link.token]))
    words = "paid" if renewed.is_paid else "asked"
    return _see(reverse("pay-link", args=[link.token]) + f"?new={words}")


@require_GET
@of_link
def come_back(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Take the browser back from a bank. What its address says is kept and proves nothing; open attempts are looked up."""
    webhooks.keep_return(request, link)
    _nudge(link, asked_by="return")
    return _see(reverse("pay-link", args=[link.token]) + "?back=1")


@require_GET
@of_link
def status(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Answer the page that waits: nothing while the bank has not decided, then the final screen, and no more questions."""
    page = pages.page_of(link=link, came_back=True)
    if page.screen == Screen.WAITING:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {**page.context, "answer": page.template, "window": _title(page.screen)}
    return render(request, "pay/final.html", context, status=STOP_POLLING)


def _nudge(link: PaymentLink, *, asked_by: str) -> None:
    for payment_id in link.payments.filter(state__in=Payment.OPEN_STATES).values_list("pk", flat=True):
        tasks.wake(tasks.refresh_payment, payment_id=payment_id, asked_by=asked_by)


def _answer(request: HttpRequest, page: pages.Page, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        **page.context,
        "answer": page.template,
        "window": _title(page.screen),
        "wished": request.GET.get("new", ""),
        "waiting": page.screen == Screen.WAITING,
    }
    return render(request, "pay/page.html", context, status=status)


def _title(screen: Screen) -> str:
    return {
        Screen.OFFER: _("Payment"),
        Screen.CONTINUE: _("Payment"),
        Screen.WAITING: _("We are asking the bank"),
        Screen.PAID: _("Paid, thank you"),
        Screen.HELD: _("Your payment has arrived and is being checked"),
        Screen.EXPIRED: _("This payment link has expired"),
        Screen.CANCELLED: _("The school has cancelled this payment link"),
        Screen.SUPERSEDED: _("The school has sent you a newer link"),
        Screen.UNAVAILABLE: _("Payment is not possible at the moment"),
    }[screen]


def _see(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
