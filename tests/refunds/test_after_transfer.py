"""A transfer waits for refunds of its money, and refunds know where money went that a transfer moved."""

import pytest

from billing import balances
from courses import moving
from refunds import sending
from refunds.models import Refund
from tests.billing.moving_school import DRAM, group, move
from tests.refunds import school


@pytest.fixture
def invoice(world):
    school.under(world, school.EVERYTHING)
    invoice = world.invoice(group=group(world), plan="one-off")
    world.paid(world.link(invoice))
    return invoice


def test_money_that_is_approved_or_on_its_way_back_is_not_carried(world, sandbox, invoice):
    [refund] = school.approved(invoice, 10_000)
    with pytest.raises(moving.TransferRefused, match="refund of this money"):
        move(invoice, group(world))
    sending.send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    made = move(invoice, group(world))
    # 80 000 are owed and paid, seven of nine lessons are left of them
    assert (made.carried_minor, made.used_minor) == (62_222 * DRAM, 17_778 * DRAM)
    school.require_clean()


def test_what_was_carried_is_refunded_from_the_new_invoice(world, invoice):
    made = move(invoice, group(world, price=180_000))
    [refund] = school.approved(made.new_invoice, 70_000)
    sending.send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.state == Refund.State.SETTLED
    assert balances.invoice_balance(invoice_id=made.new_invoice_id).paid_minor == 0
    assert balances.invoice_balance(invoice_id=invoice.pk).paid_minor == 20_000 * DRAM
    school.require_clean()
