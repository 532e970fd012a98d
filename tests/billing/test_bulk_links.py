"""Links for many at once: each once, whoever works on them, however often somebody dies, with the reason where there is none."""

import datetime as dt
import uuid

import pytest

from billing import bulk_links, link_mail, links
from billing.models import Invoice, LinkBatch, LinkBatchLine, PaymentLink
from common import clock
from tests import processes
from tests.backoffice.people import person
from tests.faults import jobs
from tests.processes import Job

Outcome, Mail = LinkBatchLine.Outcome, LinkBatchLine.Mail


@pytest.fixture
def manager(db):
    return person(role="manager").user


def ask(manager, **facts):
    facts = {"group": None, "due_until": clock.today(), "sends_mail": False, **facts}
    return bulk_links.ask(request_id=facts.pop("request_id", uuid.uuid4()), user=manager, **facts)


def outcomes(batch):
    return sorted(batch.lines.values_list("outcome", flat=True))


def test_every_due_installment_without_a_link_gets_one_by_the_asker(world, manager):
    group = world.group()
    mine = [world.invoice(group=group, plan="three-parts") for _ in range(3)]
    world.link(mine[2])
    other = world.invoice()
    batch = ask(manager, group=group)
    assert batch.lines.count() == 2  # of each only the part that is due
    assert bulk_links.make_all() == 2
    batch.refresh_from_db()
    assert batch.finished_at
    assert outcomes(batch) == [Outcome.MADE] * 2
    made = PaymentLink.objects.filter(created_by_id=manager.pk)
    assert {link.invoice_id for link in made} == {mine[0].pk, mine[1].pk}
    assert not PaymentLink.objects.filter(invoice=other).exists()
    assert bulk_links.make_all() == 0


def test_of_all_groups_and_a_later_day(world, manager):
    world.invoice(plan="three-parts")
    world.invoice()
    batch = ask(manager, due_until=clock.today() + dt.timedelta(days=200))
    assert batch.lines.count() == 4
    assert bulk_links.make_all() == 4


def test_a_form_sent_twice_is_one_batch(world, manager):
    world.invoice()
    number = uuid.uuid4()
    assert ask(manager, request_id=number).pk == ask(manager, request_id=number).pk
    assert LinkBatchLine.objects.count() == 1


def test_nothing_to_ask_for_is_said_and_nothing_is_kept(world, manager):
    world.link()
    with pytest.raises(bulk_links.BatchRefused, match="Nothing due until that day"):
        ask(manager)
    assert not LinkBatch.objects.exists()


def test_too_many_are_refused_whole(world, manager, monkeypatch):
    monkeypatch.setattr(bulk_links, "MOST", 1)
    world.invoice()
    world.invoice()
    with pytest.raises(bulk_links.BatchRefused, match="More than 1 "):
        ask(manager)
    assert not LinkBatch.objects.exists()


def test_what_changed_between_asking_and_making_has_its_reason(world, manager, shift_clock):
    paid, linked, cancelled, over = (world.invoice() for _ in range(4))
    batch = ask(manager)
    world.paid(link=world.link(paid))
    world.link(linked)
    world.link(over, expires_at=clock.now() + dt.timedelta(minutes=5))
    Invoice.objects.filter(pk=cancelled.pk).update(cancelled_at=clock.now())
    shift_clock(seconds=600)
    assert bulk_links.make_all() == 0
    said = {line.installment.invoice_id: (line.outcome, line.refusal) for line in batch.lines.all()}
    assert said == {
        paid.pk: (Outcome.REFUSED, "nothing-due"),
        linked.pk: (Outcome.THERE, ""),
        cancelled.pk: (Outcome.REFUSED, "link-refused"),
        over.pk: (Outcome.REFUSED, "link-expiring"),
    }


def test_mails_go_out_once_and_say_who_got_none(world, manager, mailoutbox):
    world.invoice()
    world.invoice(student=world.student(email="", phone="+37491000001"))
    batch = ask(manager, sends_mail=True)
    assert bulk_links.make_all() == 2
    assert bulk_links.make_all() == 0
    assert sorted(batch.lines.values_list("mail", flat=True)) == [Mail.NO_ADDRESS, Mail.SENT]
    assert len(mailoutbox) == 1


def test_a_mail_server_that_refuses_holds_up_nobody(world, manager, monkeypatch, mailoutbox):
    first, _second = world.invoice(), world.invoice()
    send = link_mail.send_payment_link

    def refuse(*, link_id, actor):
        if PaymentLink.objects.get(pk=link_id).invoice_id == first.pk:
            raise OSError("mail server away")
        send(link_id=link_id, actor=actor)

    monkeypatch.setattr(link_mail, "send_payment_link", refuse)
    batch = ask(manager, sends_mail=True)
    with pytest.raises(ExceptionGroup):
        bulk_links.make_all()
    assert sorted(batch.lines.values_list("mail", flat=True)) == [Mail.FAILED, Mail.SENT]
    assert bulk_links.make_all() == 0
    assert len(mailoutbox) == 1


def test_what_nobody_foresaw_waits_and_holds_up_nobody(world, manager, monkeypatch):
    world.invoice()
    world.invoice()
    batch = ask(manager)
    make, calls = links.create_payment_link, []

    def fail_once(**facts):
        calls.append(facts)
        if len(calls) == 1:
            raise OSError("disk")
        return make(**facts)

    monkeypatch.setattr(links, "create_payment_link", fail_once)
    with pytest.raises(ExceptionGroup):
        bulk_links.make_all()
    assert outcomes(batch) == [Outcome.MADE, Outcome.WAITING]
    assert bulk_links.make_all() == 1
    batch.refresh_from_db()
    assert batch.finished_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["link.before_commit", "batch.after_link", "batch.after_mark"])
def test_a_death_on_the_way_leaves_whole_links_and_no_second_mail(world, manager, point, mailoutbox):
    world.invoice()
    world.invoice()
    batch = ask(manager, sends_mail=True)
    assert processes.alone(jobs.make_wanted_links, crash_at=point).was_killed
    bulk_links.make_all()
    batch.refresh_from_db()
    assert batch.finished_at
    assert outcomes(batch) == [Outcome.MADE] * 2
    assert PaymentLink.objects.count() == 2
    begun = batch.lines.filter(mail=Mail.STARTED).count()
    assert begun == (1 if point == "batch.after_mark" else 0)
    assert len(mailoutbox) + begun == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_link_once(world, manager):
    for _ in range(6):
        world.invoice()
    batch = ask(manager)
    done = processes.together([Job(act=jobs.make_wanted_links, arguments={}) for _ in range(2)])
    assert sum(outcome.value for outcome in done) == 6, [outcome.error for outcome in done]
    assert outcomes(batch) == [Outcome.MADE] * 6
    assert PaymentLink.objects.count() == 6
