"""What processes do in a database that may go away at any moment."""

import fcntl
import os
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from django.db import DatabaseError, close_old_connections

from billing import check_ledger, settlement
from billing.models import Payment
from billing.providers.base import PaymentReport
from common import crash
from tests.faults import invariants, proof
from tests.sandbox_server import SandboxServer
from tests.world import World

Case = tuple[int, PaymentReport]
LONGEST_SECONDS = 60


def make_payments(*, sandbox_url: str, count: int) -> list[Case]:
    """Make so many attempts, each of a student of its own, with the report of a bank that was paid."""
    sandbox = SandboxServer(sandbox_url)
    world = World(sandbox) if not Payment.objects.exists() else _world_again(sandbox)
    group = world.group(capacity=count)
    cases = []
    for _ in range(count):
        payment = world.attempt(world.link(world.invoice(group=group)))
        cases.append((payment.pk, proof.paid_report(payment)))
    return cases


def _world_again(sandbox: SandboxServer) -> World:
    """Return the school that an earlier test made in this database."""
    from billing.models import MerchantAccount
    from courses.models import LegalEntity

    world = World.__new__(World)
    world.sandbox = sandbox
    world.legal_entity = LegalEntity.objects.get()
    account = MerchantAccount.objects.get(code="ameria")
    os.environ.update(
        AMERIA_BASE_URL=sandbox.ameria_base_url,
        AMERIA_CLIENT_ID="client-again",
        AMERIA_USERNAME=f"again-{account.pk}",
        AMERIA_PASSWORD="secret",
    )
    return world


def settle_and_note(*, cases: list[Case], note: str) -> int:
    """Settle each until it is done, noting what was acknowledged; return how often it had to be tried again."""
    retries = 0
    for payment_id, report in cases:
        until = time.monotonic() + LONGEST_SECONDS
        while True:
            close_old_connections()  # as at the start of every request and task
            try:
                settlement.settle_payment(payment_id=payment_id, report=report)
            except DatabaseError:
                assert time.monotonic() < until
                retries += 1
                time.sleep(0.1)
                continue
            break
        with Path(note).open("a") as acknowledged:
            fcntl.flock(acknowledged, fcntl.LOCK_EX)
            acknowledged.write(f"{payment_id}\n")
    return retries


def settle_with_a_pause(*, case: Case, point: str, is_there: Event, go_on: Event) -> bool:
    """Stop at a named point until told to go on; say whether that try failed, and settle again like a later task."""
    payment_id, report = case
    at_point = crash.point

    def wait_here(name: str) -> None:
        if name == point:
            is_there.set()
            go_on.wait(LONGEST_SECONDS)

    crash.point = wait_here
    failed = False
    try:
        settlement.settle_payment(payment_id=payment_id, report=report)
    except DatabaseError:
        failed = True
    crash.point = at_point
    close_old_connections()
    settlement.settle_payment(payment_id=payment_id, report=report)
    return failed


def problems() -> list[str]:
    return [*map(str, check_ledger.problems()), *invariants.broken()]


def verified() -> list[int]:
    return list(
        Payment.objects.filter(state=Payment.State.VERIFIED).order_by("pk").values_list("pk", flat=True)
    )
