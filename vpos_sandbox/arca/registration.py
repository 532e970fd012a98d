"""register.do and registerPreAuth.do. Amounts are minor units; the default currency is the rouble."""

import json
import re
import uuid
from typing import Any

from vpos_sandbox import amounts, orders, visits
from vpos_sandbox.arca import codes

DEFAULT_CURRENCY = "643"
LONGEST_SESSION_SECONDS = 1200
LANGUAGES = ("hy", "ru", "en")
# The digits and letters rule is ACBA's for EPG.
EPG_NUMBER = re.compile(r"[A-Za-z0-9]{1,32}")
FORBIDDEN_IN_DESCRIPTION = "%+\r\n"


def register(visit: visits.Visit) -> visits.Answer:
    """Register an order; a number that is taken is refused with 1, so a repeat is never safe.

    Source: iPay Merchant API Manual 1.55.1.0 §7.1.1, §7.2.1.
    """
    two_stage = visit.operation.name == "registerPreAuth"
    if two_stage and not visit.merchant.options.two_stage:
        return answer(visit, code=codes.ACCESS)
    refused = _refusal(visit)
    if refused is not None:
        return answer(visit, code=refused)
    account = visit.login
    if orders.by_number(visit.db, family="arca", account=account, order_number=visit.order_number):
        return answer(visit, code=codes.DUPLICATE)
    visit.order = orders.add(visit.db, order=_registered(visit, two_stage=two_stage))
    orders.note(visit.db, order=visit.order, what="registered", at_ms=visit.now_ms)
    return answer(visit, code=codes.OK)


def _refusal(visit: visits.Visit) -> int | None:
    fields, merchant = visit.fields, visit.merchant
    if not all(fields.get(name) for name in ("orderNumber", "amount", "returnUrl")):
        return codes.MISSING
    amount = fields["amount"]
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) < 10**15):
        return codes.ACCESS
    currency = fields.get("currency") or DEFAULT_CURRENCY
    if currency not in amounts.CURRENCIES or currency != (merchant.options.currency or currency):
        return codes.CURRENCY
    return codes.ACCESS if _malformed(fields, profile=merchant.profile) else None


def _malformed(fields: dict[str, Any], *, profile: str) -> bool:
    number = fields["orderNumber"]
    if len(number) > 32 or (profile == "arca-epg" and not EPG_NUMBER.fullmatch(number)):
        return True
    if any(sign in fields.get("description", "") for sign in FORBIDDEN_IN_DESCRIPTION):
        return True
    if fields.get("jsonParams"):
        try:
            return not isinstance(json.loads(fields["jsonParams"]), dict)
        except ValueError:
            return True
    return False


def _registered(visit: visits.Visit, *, two_stage: bool) -> orders.Order:
    fields, merchant = visit.fields, visit.merchant
    ref = str(uuid.uuid4())
    longest = min(LONGEST_SESSION_SECONDS, merchant.options.session_seconds)
    asked = fields.get("sessionTimeoutSecs", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() else 0
    language = fields.get("language", "")
    return orders.Order(
        family="arca",
        login=visit.login,
        account=visit.login,
        order_number=visit.order_number,
        provider_ref=ref,
        md_order=ref,
        shop=merchant.shop,
        amount_minor=int(fields["amount"]),
        currency=fields.get("currency") or DEFAULT_CURRENCY,
        description=fields.get("description", ""),
        return_url=fields["returnUrl"],
        language=language if language in LANGUAGES else "en",
        client_ref=fields.get("clientId", ""),
        json_params=fields.get("jsonParams", ""),
        callback_url=fields.get("dynamicCallbackUrl", "") if merchant.sends_callbacks else "",
        two_stage=two_stage,
        session_seconds=seconds if 0 < seconds <= longest else longest,
        registered_at_ms=visit.now_ms,
        session_started_at_ms=visit.now_ms,
    )


def answer(visit: visits.Visit, *, code: int, message: str = "") -> visits.Answer:
    """Answer in the shape of register.do: orderId and formUrl are absent on error."""
    language = visit.fields.get("language", "en")
    body = codes.error_code(code, style=visit.merchant.options.error_code, sample="number")
    if code == codes.OK and visit.order is not None:
        body |= {
            "orderId": visit.order.provider_ref,
            "formUrl": form_url(visit.order, host_url=visit.host_url),
        }
    else:
        body |= {"errorMessage": message or codes.text(code, language=language)}
    return visits.Answer(body=body | {"errorCodeString": str(code), "error": code != codes.OK})


def form_url(order: orders.Order, *, host_url: str) -> str:
    """Answer the address of the buyer's page of an order."""
    shop = re.sub(r"[^A-Za-z0-9_-]+", "_", order.login) or "SHOP"
    path = f"payment/merchants/{shop}/payment_{order.language}.html"
    return f"{host_url.rstrip('/')}/{path}?mdOrder={order.provider_ref}"
