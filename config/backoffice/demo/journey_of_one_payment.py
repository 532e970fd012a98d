"""
The journey of one payment, walked from outside: a CRM, a student's browser, a bank's page, support.

Everything is asked and answered over HTTP at the addresses that others use; the program's own records are only read, to say
what happened in between.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from billing import check_ledger
from billing.models import MerchantAccount, Payment, PaymentLink, PaymentLookup
from common import api_keys, clock
from config.backoffice import roles
from config.backoffice.demo import terms, web
from config.backoffice.demo.bank import Bank
from courses import catalogue
from courses.models import Course, Group

PATIENCE_SECONDS = 90
TYPING_SECONDS = 4  # nobody types a card's number faster
STOP_POLLING = 286
CODE = "demo-journey"
ACCOUNT = "ameria"

Say = Callable[[str], None]


class JourneyBroken(Exception):  # noqa: N818 -- reads as the sentence it is
    """Something on the way was not as promised; the message says what."""


class Journey:
    """One student, one payment request, one payment; `walk` tells each step as it happens."""

    def __init__(self, *, bank: Bank, say: Say) -> None:
        self._bank = bank
        self._say = say
        self._number = 0
        self._key = ""
        self._student = f"{CODE}-{uuid.uuid4().hex[:8]}"
        self._asked: dict[str, Any] = {}

    def walk(self) -> None:
        """Walk the whole way. Raises JourneyBroken, or OSError where a server does not answer."""
        self._set_up()
        self._request()
        page = self._choose_bank()
        self._forge_a_return()
        self._pay(page)
        self._wait_for_the_answer()
        self._require_open_by_rule()
        self._tell_history()
        self._check_books()

    def _set_up(self) -> None:
        terms.set_up()
        self._bank.introduce(MerchantAccount.objects.get(code=ACCOUNT))
        if not Group.objects.filter(crm_id=CODE).exists():
            course = Course.objects.filter(crm_id=CODE).first() or catalogue.add_course(
                title="Journey of one payment", module_titles=["First steps", "Further"], crm_id=CODE
            )
            catalogue.add_group(
                course_id=course.pk,
                name="Group 1",
                starts_on=clock.today(),
                ends_on=clock.today() + dt.timedelta(days=89),
                capacity=1000,
                price="90000",
                legal_entity_code=terms.SELLER,
                crm_id=CODE,
            )
        self._key = api_keys.create_key(name="CRM of the demo", role=roles.MANAGER).text

    def _request(self) -> None:
        self._step("The CRM asks for a payment address: POST /api/v1/payment-requests")
        student = {
            "external_id": self._student,
            "full_name": "Անի Սարգսյան",
            "email": "ani@example.am",
            "language": "hy",
        }
        answer = self._api(
            "POST", "payment-requests", fields={"student": student, "group": CODE, "plan": "three-parts"}
        )
        self._asked = answer.body
        part = f"installment {self._asked['installment']} of {len(self._asked['installments'])}"
        self._tell(f"{answer.status}: {self._asked['amount']} {self._asked['currency']} for {part}, at")
        self._tell(self._asked["url"])

    def _choose_bank(self) -> str:
        self._step("The student opens it on the phone and chooses Ameriabank")
        opened = web.call("GET", self._asked["url"])
        _require(opened.status == 200, f"The pay page answered {opened.status}.")
        started = web.call("POST", self._asked["url"] + "start", form={"account": ACCOUNT})
        _require(started.status == 303, f"Choosing the bank answered {started.status}.")
        payment = self._payment()
        self._tell(f"Order {payment.order_number}, the bank's reference {payment.provider_ref}.")
        self._tell(f"The browser goes to {started.location}")
        return started.location

    def _forge_a_return(self) -> None:
        self._step("Somebody forges a return that says “paid”")
        asked_before = self._payment().lookups
        forged = self._bank.forge_return(self._payment())
        self._tell(f"GET {forged}")
        web.call("GET", forged)
        for _turn in _patiently("our server asks the bank about the forged return"):
            if self._payment().lookups > asked_before:
                break
        self._tell_lookup()
        access = self._access()
        _require(access["state"] == "none", f"A forged return opened the course: {access['why']}")
        self._tell(f"The course stays closed: {access['why']}")

    def _pay(self, page: str) -> None:
        self._step("The student presses “pay” on the bank's page and is sent back")
        time.sleep(TYPING_SECONDS)
        pressed = web.call("POST", page, form={"outcome": "pay"})
        _require(pressed.status == 302, f"The bank's page answered {pressed.status}.")
        back = web.call("GET", pressed.location)
        _require(back.status == 303, f"The return answered {back.status}.")
        self._tell(f"GET {pressed.location}")

    def _wait_for_the_answer(self) -> None:
        self._step("Our server asks the bank; the page waits and turns by itself")
        began = time.monotonic()
        for _turn in _patiently("the page learns the outcome"):
            if web.call("GET", self._asked["url"] + "status").status == STOP_POLLING:
                break
        payment = self._payment()
        self._tell_lookup()
        _require(
            payment.state == Payment.State.VERIFIED,
            f"The payment is {payment.get_state_display()}, not verified.",
        )
        self._tell(f"Verified {time.monotonic() - began:.1f} s after the return.")

    def _require_open_by_rule(self) -> None:
        self._step("Is the course open, and why? GET /api/v1/access")
        access = self._access()
        grounds = [f"{ground['kind']} (rule {ground['rule']})" for ground in access["grounds"]]
        _require(
            access["state"] == "open" and any(ground["kind"] == "paid" for ground in access["grounds"]),
            f"The course did not open by rule: {access['state']}, {access['why']}",
        )
        self._tell(f"{access['state']}, on the ground: {', '.join(grounds)}")
        self._tell(access["why"])

    def _tell_history(self) -> None:
        self._step("What support reads on the student's timeline")
        timeline = self._api("GET", f"students/{self._asked['student']}/timeline").body
        for event in reversed(timeline["results"]):
            at = dt.datetime.fromisoformat(event["at"]).astimezone(clock.SCHOOL_ZONE)
            self._tell(f"{at:%H:%M:%S}  {event['sentence']}")

    def _check_books(self) -> None:
        self._step("Do ledger, allocations and payments agree?")
        problems = check_ledger.problems()
        _require(not problems, "; ".join(str(problem) for problem in problems))
        self._tell("They do.")

    def _access(self) -> dict[str, Any]:
        return self._api("GET", f"access?student={self._student}&course={CODE}").body

    def _payment(self) -> Payment:
        link = PaymentLink.objects.get(student__crm_id=self._student)
        return link.payments.select_related("account").get()

    def _tell_lookup(self) -> None:
        lookup = PaymentLookup.objects.filter(payment=self._payment()).latest("id")
        self._tell(f"The bank answers our question: {lookup.status} ({lookup.raw_code or 'no code'}).")

    def _api(self, method: str, path: str, *, fields: dict[str, Any] | None = None) -> web.Answer:
        headers = {"Authorization": f"Bearer {self._key}", "Accept-Language": "en"}
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        answer = web.call(method, f"{settings.PUBLIC_URL}/api/v1/{path}", fields=fields, headers=headers)
        _require(answer.status < 300, f"{method} /api/v1/{path} answered {answer.status}: {answer.text}")
        return answer

    def _step(self, text: str) -> None:
        self._number += 1
        self._say(f"\n{self._number}. {text}")

    def _tell(self, text: str) -> None:
        self._say(f"   {text}")


def _patiently(what: str) -> Iterator[None]:
    """Give the waiting side its turns until patience is over; then raise JourneyBroken saying what did not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.3)
    raise JourneyBroken(f"Waited {PATIENCE_SECONDS} s in vain until {what}.")


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise JourneyBroken(sentence)
