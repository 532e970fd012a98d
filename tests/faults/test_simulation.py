"""Everything at once, at random, from several processes; then quiet, and the books must agree with the banks."""

import collections
import datetime as dt
import os
import random
import sys

import pytest

from billing import daily, lookup
from billing.models import Payment, PaymentLink
from common import clock
from tests import processes
from tests.faults import invariants, proof, simulation
from tests.processes import Job

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400


def simulate(world, *, seed: int, acts: int, workers: int = 3) -> collections.Counter[str]:
    """Live and fall quiet; return how often each act was done."""
    sys.stdout.write(f"\nsimulation seed {seed} (MUTQ_SIMULATION_SEED={seed} repeats its choices)\n")
    for plan in ("one-off", "three-parts", "one-off"):
        invoice = world.invoice(plan=plan)
        link = world.link(invoice, expires_at=clock.now() + dt.timedelta(hours=2))
        world.buyer_pays(world.attempt(link))
    done = processes.values(
        processes.together(
            [
                Job(
                    act=simulation.live,
                    arguments={
                        "seed": seed * 100 + number,
                        "sandbox_url": world.sandbox.url,
                        "logins": [world.login_of("ameria"), world.login_of("arca")],
                        "moves_clock": number == 0,
                        "acts": acts,
                    },
                )
                for number in range(workers)
            ]
        )
    )
    fall_quiet(world)
    return sum((collections.Counter(part) for part in done), collections.Counter())


def fall_quiet(world) -> None:
    """Let the banks be well and time pass, until nothing is open any more."""
    for account in ("ameria", "arca"):
        world.sandbox.clear_faults(login=world.login_of(account))
    passed = (clock.now() - dt.datetime.now(dt.UTC)).total_seconds()
    for pause in (30, 3700, 6 * 3600, 2 * DAY, DAY, DAY, DAY):
        passed += pause
        clock.shift(seconds=passed)
        lookup.sweep()
        daily.expire_links()


def require_everything(world) -> None:
    """Fail unless the ledger is clean, every invariant holds, and we have exactly the money that the banks took."""
    proof.require_clean()
    assert invariants.broken(with_evidence=True) == []
    at_the_banks = {
        order["order_number"]: order["amount_minor"]
        for account in ("ameria", "arca")
        for order in world.sandbox.orders(login=world.login_of(account))
        if order["state"] == "deposited"
    }
    captured = Payment.objects.filter(state__in=[*Payment.CAPTURED_STATES, Payment.State.HELD])
    ours = {str(payment.order_number): payment.captured_minor for payment in captured}
    assert ours == at_the_banks
    assert ours, "nobody paid"
    assert not Payment.objects.filter(state=Payment.State.CREATED).exists()


def seed_of_this_run() -> int:
    return int(os.environ.get("MUTQ_SIMULATION_SEED") or random.randrange(1_000_000))


@pytest.mark.timeout(120)
def test_a_short_random_life_ends_with_clean_books(world, shift_clock):
    done = simulate(world, seed=seed_of_this_run(), acts=60)
    require_everything(world)
    assert len(done) > 5  # which acts chance chooses differs from run to run


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("round_", range(6))
def test_a_long_random_life_ends_with_clean_books(world, shift_clock, round_):
    simulate(world, seed=seed_of_this_run(), acts=400, workers=4)
    require_everything(world)
    assert PaymentLink.objects.filter(state=PaymentLink.State.PAID).exists()
