"""Seeded random life of a school: what several processes do to the same few students at once."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import httpx

from billing import attempts, daily, links, lookup
from billing.models import Payment, PaymentLink, PaymentLinkLine
from common import clock
from common.errors import DomainError
from students import timeline
from tests.faults import jobs
from tests.sandbox_server import SandboxServer

# What may go wrong at a bank without its telling an untruth about money.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("http-status", {"status": 502}),
    ("fault500", {}),
    ("drop-before", {}),
    ("drop-after", {}),
    ("half-json", {}),
    ("cut-body", {}),
    ("empty-body", {}),
    ("malformed-json", {}),
    ("wrong-types", {}),
    ("unknown-status", {}),
    ("slow", {"seconds": 0.2}),
]
OUTCOMES = ["pay", "pay", "pay", "decline", "fail-3ds", "close", "wait"]


class Life:
    """One process's part: a seeded sequence of acts, each by the verb or the bank's page that a person would use."""

    def __init__(self, *, seed: int, sandbox_url: str, logins: list[str], moves_clock: bool) -> None:
        self.random = random.Random(seed)
        self.sandbox = SandboxServer(sandbox_url)
        self.logins = logins
        self.moves_clock = moves_clock
        self.passed = 0.0
        self.done: dict[str, int] = {}

    def live(self, *, acts: int) -> dict[str, int]:
        """Do so many acts and return how often each was done; what a rule or the bank refuses is no fault."""
        choices: list[tuple[Callable[[], object], int]] = [
            (self.start_attempt, 6),
            (self.buyer_acts, 8),
            (self.come_back, 3),
            (self.ask, 3),
            (self.sweep, 4),
            (self.expire_links, 1),
            (self.cancel_link, 1),
            (self.make_link, 3),
            (self.set_fault, 3),
            (self.correct, 1),
            (self.days_pass, 1),
            (self.time_passes, 3 if self.moves_clock else 0),
        ]
        acts_to_choose = [act for act, _weight in choices]
        weights = [weight for _act, weight in choices]
        for _ in range(acts):
            act = self.random.choices(acts_to_choose, weights)[0]
            try:
                act()
            except (DomainError, httpx.HTTPStatusError):
                continue
            self.done[act.__name__] = self.done.get(act.__name__, 0) + 1
        if self.sandbox._client is not None:
            self.sandbox._client.close()
        return self.done

    def start_attempt(self) -> None:
        link = self._one_of(PaymentLink.objects.filter(state=PaymentLink.State.ACTIVE))
        attempts.start_attempt(
            link_id=link.pk,
            account_code=self.random.choice(["ameria", "arca"]),
            even_if_another_is_open=self.random.random() < 0.5,
        )

    def buyer_acts(self) -> None:
        payment = self._one_of(Payment.objects.exclude(provider_ref=""))
        late = self.random.random() < 0.3
        self.sandbox.outcome(payment.provider_ref, self.random.choice(OUTCOMES), late=late)

    def correct(self) -> None:
        self.sandbox.correct(self._one_of(Payment.objects.filter(state=Payment.State.FAILED)).provider_ref)

    def come_back(self) -> None:
        payment = self._one_of(Payment.objects.all())
        jobs.keep_return(payment_id=payment.pk, key=f"{self.random.random()}")

    def ask(self) -> None:
        lookup.refresh_payment(payment_id=self._one_of(Payment.objects.all()).pk, asked_by="operator")

    def sweep(self) -> None:
        lookup.sweep()

    def expire_links(self) -> None:
        daily.expire_links()

    def cancel_link(self) -> None:
        link = self._one_of(PaymentLink.objects.filter(state=PaymentLink.State.ACTIVE))
        jobs.cancel_link(link_id=link.pk)

    def make_link(self) -> None:
        line = self._one_of(PaymentLinkLine.objects.all())
        minutes = self.random.choice([10, 60, 24 * 60, 14 * 24 * 60])
        links.create_payment_link(
            installment_ids=[line.installment_id],
            actor=timeline.SYSTEM,
            expires_at=clock.now() + dt.timedelta(minutes=minutes),
        )

    def set_fault(self) -> None:
        kind, facts = self.random.choice(FAULTS)
        times = self.random.choice([1, 2, 5])
        operation = self.random.choice(["lookup", "lookup", "find", "create"])
        self.sandbox.fault(
            kind, login=self.random.choice(self.logins), operation=operation, times=times, **facts
        )

    def days_pass(self) -> None:
        daily.mark_due()
        daily.mark_overdue()

    def time_passes(self) -> None:
        self.passed += self.random.choice([5, 25, 300, 3600, 20_000])
        clock.shift(seconds=self.passed)

    def _one_of(self, records):
        keys = list(records.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise DomainError("There is nobody to act on.")
        return records.model.objects.get(pk=self.random.choice(keys))


def live(*, seed: int, sandbox_url: str, logins: list[str], moves_clock: bool, acts: int) -> dict[str, int]:
    """Live one process's part; see Life."""
    life = Life(seed=seed, sandbox_url=sandbox_url, logins=logins, moves_clock=moves_clock)
    return life.live(acts=acts)
