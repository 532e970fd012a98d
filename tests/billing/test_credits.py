"""Credit that stands for another installment: same student, currency and legal entity, and the books follow."""

import pytest

from access.models import AccessGrant
from billing import balances, check_ledger, credits
from billing.models import Installment, PaymentLink
from common import money
from courses.models import LegalEntity
from tests.billing import doubtful


def use(payment, installment, **facts):
    return credits.allocate_credit(
        payment_id=payment.pk,
        installment_id=installment.pk,
        reason="the student asked",
        actor=doubtful.colleague(),
        **facts,
    )


@pytest.fixture
def invoice(world):
    return world.invoice(plan="three-parts")


@pytest.fixture
def second(world, invoice):
    return doubtful.paid_twice(world, world.link(invoice))


def test_credit_pays_the_next_installment_and_opens_its_days(world, invoice, second):
    assert doubtful.open_tasks() == ["second_payment"]
    assert use(second, world.installment(invoice, 2)) == 3_000_000
    part = world.installment(invoice, 2)
    assert part.state == Installment.State.PAID
    assert AccessGrant.objects.filter(source=f"installment:{part.pk}:paid").exists()
    assert balances.credits_of(student_id=invoice.student_id) == []
    assert balances.invoice_balance(invoice_id=invoice.pk).remaining_minor == 3_000_000
    assert doubtful.open_tasks() == []
    assert check_ledger.problems() == []


def test_a_part_of_the_credit_pays_partly_and_the_task_stays(world, invoice, second):
    use(second, world.installment(invoice, 2), amount_minor=1_000_000)
    assert world.installment(invoice, 2).state == Installment.State.PARTLY_PAID
    use(second, world.installment(invoice, 3), amount_minor=500_000)
    assert balances.credits_of(student_id=invoice.student_id) == [(second, 1_500_000)]
    assert doubtful.open_tasks() == ["second_payment"]
    assert check_ledger.problems() == []


def test_credit_serves_another_invoice_of_the_student_and_its_course(world, invoice, second):
    other = world.invoice(student=invoice.student, group=world.group(price=20_000))
    use(second, world.installment(other))
    assert world.installment(other).state == Installment.State.PAID
    assert AccessGrant.objects.filter(course=other.enrollment.group.course, kind="paid").count() == 1
    assert balances.credits_of(student_id=invoice.student_id) == [(second, 1_000_000)]
    assert check_ledger.problems() == []


def test_the_open_link_of_an_installment_paid_by_credit_is_taken_back(world, invoice, second):
    link = world.link(invoice, number=2)
    use(second, world.installment(invoice, 2))
    link.refresh_from_db()
    assert link.state == PaymentLink.State.CANCELLED


def test_credit_waits_while_somebody_may_be_paying_at_the_bank(world, invoice, second):
    world.attempt(world.link(invoice, number=2))
    with pytest.raises(credits.CreditRefused, match="just now"):
        use(second, world.installment(invoice, 2))
    assert check_ledger.problems() == []


def test_a_reviewed_plan_asks_a_person_before_credit_opens_it(world, invoice, second):
    other = world.invoice(student=invoice.student, group=world.group(price=20_000), plan="reviewed")
    use(second, world.installment(other))
    assert not AccessGrant.objects.filter(course=other.enrollment.group.course).exists()
    assert "manual_review" in doubtful.open_tasks()


def test_more_than_the_credit_is_refused(world, invoice, second):
    with pytest.raises(credits.CreditRefused, match="At most 30000"):
        use(second, world.installment(invoice, 2), amount_minor=3_000_100)


@pytest.mark.parametrize("amount", [0, -100, 150])
def test_no_payable_amount_is_refused(world, invoice, second, amount):
    with pytest.raises(money.BadAmount):
        use(second, world.installment(invoice, 2), amount_minor=amount)


def test_another_student_is_refused(world, second):
    with pytest.raises(credits.CreditRefused, match="same student"):
        use(second, world.installment(world.invoice()))


def test_another_legal_entity_is_refused(world, invoice, second):
    other = LegalEntity.objects.create(code="other", name="Other", tax_id="00000002")
    group = world.group()
    group.legal_entity = other
    group.save()
    foreign = world.invoice(student=invoice.student, group=group)
    with pytest.raises(credits.CreditRefused, match="another legal entity"):
        use(second, world.installment(foreign))


def test_a_paid_installment_needs_no_credit(world, invoice, second):
    with pytest.raises(credits.CreditRefused, match="no money any more"):
        use(second, world.installment(invoice, 1))


def test_credit_is_used_once(world, invoice, second):
    use(second, world.installment(invoice, 2))
    with pytest.raises(credits.CreditRefused, match="no credit left"):
        use(second, world.installment(invoice, 3))


def test_the_targets_are_what_is_still_open(world, invoice, second):
    assert [item.remaining_minor for item in credits.targets_of(payment=second)] == [3_000_000, 3_000_000]
