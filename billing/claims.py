"""
"The student says it is paid": any number of a screenshot leads to the payment, the bank is asked, a sentence says what is true.

Nothing that a student shows proves anything (promise 4); only the bank's own answer does.
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import credits, lookup
from billing.models import MerchantAccount, Payment
from billing.models.merchant_account import MAX_ORDER_NUMBER
from billing.providers import registry
from common import dates, money
from students import timeline

ASKED_AT_ONCE = 3  # a bank may take five seconds; somebody waits
SHOWN = 6
NUMBERS = 12  # different numbers of one pasted text
State = Payment.State


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What is true about one payment, in a sentence, with the tone of the look."""

    payment: Payment
    sentence: str
    tone: str


def find_claim(*, text: str, actor: timeline.Actor) -> list[Answer]:
    """
    Find the payments that the numbers in a text name, ask their banks, and return what is true of each; nothing if none is ours.

    Takes order numbers, providers' references, documents, invoice numbers and the address of a payment link, alone or inside a
    longer text. At most three open payments are asked at once, the newest first. Safe to repeat.
    """
    found = _payments(numbers_in(text))
    answers = []
    asked = 0
    for payment in found:
        if payment.state in Payment.ASKED_STATES and asked < ASKED_AT_ONCE and _can_be_asked(payment):
            asked += 1
            lookup.refresh_payment(payment_id=payment.pk, asked_by="operator", actor=actor)
        answers.append(_answer(payment.pk))
    return answers


def numbers_in(text: str) -> list[str]:
    """Return what may be a number of ours or theirs in a text: words with a digit in them, and the tokens of addresses."""
    words = re.findall(
        r"[0-9A-Za-zԱ-Ֆա-ևА-Яа-яЁё][0-9A-Za-zԱ-Ֆա-ևА-Яа-яЁё\-]{2,63}", text.replace("\0", " ")[:2000]
    )
    found = [word.strip("-") for word in words if re.search(r"\d", word) or len(word) == 32]
    found += [" ".join(text.split())] if 0 < len(text.strip()) <= 64 else []
    return list(dict.fromkeys(found))[:NUMBERS]


def _payments(numbers: Sequence[str]) -> list[Payment]:
    if not numbers:
        return []
    spellings = sorted({form for number in numbers for form in (number, number.lower(), number.upper())})
    orders = [int(number) for number in numbers if re.fullmatch(r"[0-9]{1,10}", number)]
    accounts = list(MerchantAccount.objects.values_list("pk", flat=True))  # lets the unique indexes answer
    named = Payment.objects.filter(account__in=accounts).filter(
        Q(order_number__in=[order for order in orders if order <= MAX_ORDER_NUMBER])
        | Q(provider_ref__in=spellings) & ~Q(provider_ref="")
    )
    by_request = Payment.objects.filter(
        Q(link__invoice__number__in=spellings) | Q(link__token_id__in=[number[:10] for number in numbers])
    )
    found = {
        payment.pk: payment
        for payment in [
            *named.select_related("account")[:SHOWN],
            *by_request.select_related("account").order_by("-pk")[:SHOWN],
        ]
    }
    return sorted(found.values(), key=lambda payment: -payment.pk)[:SHOWN]


def _can_be_asked(payment: Payment) -> bool:
    return registry.capabilities(payment.account.provider, payment.account.profile).lookup


def _answer(payment_id: int) -> Answer:
    payment = Payment.objects.select_related("account", "student", "course", "link").get(pk=payment_id)
    parts = list(_sentences(payment))
    return Answer(payment=payment, sentence=" ".join(parts), tone=TONES.get(payment.state, "wait"))


TONES = {
    State.VERIFIED: "good",
    State.PARTLY_REFUNDED: "good",
    State.REFUNDED: "mute",
    State.FAILED: "bad",
    State.EXPIRED: "bad",
    State.HELD: "warn",
    State.UNKNOWN: "warn",
    State.DISPUTED: "warn",
}


def _sentences(payment: Payment) -> Iterator[str]:
    language = (get_language() or "en").split("-")[0]
    words = {
        "bank": payment.account.name,
        "amount": money.format_money(
            payment.captured_minor or payment.amount_minor, payment.currency, language
        ),
        "day": dates.format_moment(payment.verified_at, language) if payment.verified_at else "",
    }
    match payment.state:
        case State.VERIFIED:
            yield _("True: %(bank)s took %(amount)s, verified on %(day)s.") % words
            yield from _about_credit(payment, language)
        case State.PARTLY_REFUNDED:
            yield _("True, and a part went back: %(bank)s took %(amount)s on %(day)s.") % words
        case State.REFUNDED:
            yield _("It was paid, and all of it went back to the student.")
        case State.HELD:
            yield _("Money came, but it differs from what was asked; a person has to decide about it.")
        case State.FAILED:
            yield _("Not true now: %(bank)s says the payment was declined. No money was taken.") % words
        case State.EXPIRED:
            yield _("Not true now: at %(bank)s nobody tried to pay this order.") % words
        case State.UNKNOWN:
            yield _("%(bank)s gives no clear answer. Nobody knows yet; we ask again by ourselves.") % words
        case State.DISPUTED:
            yield _("It was paid, and the card holder disputes it at %(bank)s.") % words
        case _:
            yield _("Not yet: at %(bank)s the payment is begun and not finished.") % words


def _about_credit(payment: Payment, language: str) -> Iterator[str]:
    credit_minor = credits.credit_of(payment=payment)
    if credit_minor > 0:
        amount = money.format_money(credit_minor, payment.currency, language)
        yield _("%(amount)s of it stands for no installment: it is the student's credit.") % {
            "amount": amount
        }
