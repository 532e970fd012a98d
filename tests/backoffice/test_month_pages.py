"""The pages of the months: who may do what, what stands in the way with one click, closing what was seen, and the kept files."""

import datetime as dt
import hashlib
import json
import re

import pytest
from django.urls import reverse

from billing.models import Payment
from reconciliation import closing
from reconciliation.models import Discrepancy, KeptReport, MonthClose
from tests.backoffice.people import person
from tests.reconciliation.closings import close, paid_month, reopen, stand_in_the_middle
from tests.reconciliation.months import as_file, reconcile, row_of, stand_at
from tests.reconciliation.statements import load

pytestmark = pytest.mark.django_db

State = MonthClose.State


@pytest.fixture
def settled(world, shift_clock):
    """A month that is over and agrees with its statement, and its payments."""
    return paid_month(world, shift_clock)


def address(name, month, *more):
    return reverse(name, args=[str(month), *more])


def read(client, name, month, *more, status=200):
    answer = client.get(address(name, month, *more))
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def seen_on(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page)[1]


def state_of(month):
    return MonthClose.objects.get(month=month.first).state


def test_an_accountant_reviews_looks_and_closes(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    page = read(accountant, "month", month)
    assert "Nothing known stands in the way" in page
    assert accountant.post(address("month-review", month)).status_code == 302
    assert "Look at the numbers and close" in read(accountant, "month", month)
    page = read(accountant, "month-close", month)
    assert "This will be signed" in page
    assert "180,000" in page
    answer = accountant.post(address("month-close", month), {"seen": seen_on(page)}, follow=True)
    assert "is closed: its books cannot change any more" in answer.content.decode()
    assert state_of(month) == State.CLOSED
    page = read(accountant, "month", month)
    assert MonthClose.objects.get().snapshot_sha256 in page
    assert "another person opens it again" in page


def test_a_double_click_closes_once_and_says_so(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    accountant.post(address("month-review", month))
    accountant.post(address("month-review", month))
    seen = seen_on(read(accountant, "month-close", month))
    for _ in range(2):
        answer = accountant.post(address("month-close", month), {"seen": seen}, follow=True)
    assert "is closed already" in answer.content.decode()
    assert MonthClose.objects.get().snapshots.count() == 1


def test_numbers_that_changed_meanwhile_are_shown_again(settled, world):
    month, _paid = settled
    accountant = person(role="accountant")
    accountant.post(address("month-review", month))
    page = read(accountant, "month-close", month)
    answer = accountant.post(address("month-close", month), {"seen": "0" * 64})
    assert answer.status_code == 409
    again = answer.content.decode()
    assert "The numbers changed since you looked" in again
    assert seen_on(again) == seen_on(page)
    assert accountant.post(address("month-close", month)).status_code == 409
    assert state_of(month) == State.IN_REVIEW


def test_a_break_is_one_click_away(settled, world):
    month, paid = settled
    load(world.accounts["arca"], as_file([row_of(paid[0], Fee="5")]))
    reconcile(world.accounts["arca"], month)
    accountant = person(role="accountant")
    page = read(accountant, "month", month)
    assert "1 thing must be settled first" in page
    broken = Discrepancy.objects.get()
    assert f'href="{reverse("reconciliation-break", args=[broken.pk])}"' in page
    assert accountant.get(reverse("reconciliation-break", args=[broken.pk])).status_code == 200
    accountant.post(address("month-review", month))
    page = read(accountant, "month-close", month)
    assert "Not yet" in page
    assert 'name="seen"' not in page
    answer = accountant.post(address("month-close", month), {"seen": "x"})
    assert answer.status_code == 409
    assert state_of(month) == State.IN_REVIEW


def test_every_blocker_leads_to_a_page_that_opens(world, shift_clock):
    month = stand_in_the_middle(shift_clock)
    world.paid(account="arca")
    payment = world.attempt(account="ameria")
    Payment.objects.filter(pk=payment.pk).update(was_attempted=True)
    stand_at(shift_clock, month.stop + dt.timedelta(days=1))
    accountant = person(role="accountant")
    page = read(accountant, "month", month)
    assert "no statement of this month" in page
    assert "Payments whose outcome nobody knows" in page
    links = re.findall(r'class="mq-blocker-item" href="([^"]+)"', page)
    assert len(links) == 2
    for link in links:
        assert accountant.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("role", ["manager", "cashier", "support"])
def test_others_see_no_months(settled, role):
    month, _paid = settled
    client = person(role=role)
    assert client.get(reverse("months")).status_code == 403
    for name in ("month", "month-close", "month-reopen", "month-numbers"):
        assert client.get(address(name, month)).status_code == 403
    assert reverse("months") not in client.get(reverse("admin:index")).content.decode()


def test_an_administrator_reopens_but_does_not_close(settled):
    month, _paid = settled
    administrator = person(role="administrator")
    assert "An accountant closes the month" in read(administrator, "month", month)
    assert administrator.post(address("month-review", month)).status_code == 403
    assert administrator.post(address("month-close", month)).status_code == 403
    close(month)
    assert "Open it again" in read(administrator, "month", month)
    empty = administrator.post(address("month-reopen", month), {"reason": " "})
    assert empty.status_code == 422
    assert state_of(month) == State.CLOSED
    answer = administrator.post(
        address("month-reopen", month), {"reason": "A transfer was missing."}, follow=True
    )
    page = answer.content.decode()
    assert "is open again" in page
    assert "A transfer was missing." in page
    again = administrator.post(address("month-reopen", month), {"reason": "x"}, follow=True)
    assert "This month is not closed" in again.content.decode()


def test_the_one_who_closed_cannot_reopen(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    closing.start_review(month=month.first, by=accountant.user)
    closing.close_month(month=month.first, by=accountant.user)
    assert "Another person opens it" in read(accountant, "month-reopen", month)
    answer = accountant.post(address("month-reopen", month), {"reason": "mine"})
    assert answer.status_code == 409
    assert state_of(month) == State.CLOSED


def test_nobody_is_in_without_a_login(client, settled):
    month, _paid = settled
    for name in ("month", "month-close", "month-reopen"):
        assert client.get(address(name, month)).status_code == 302


@pytest.mark.parametrize("text", ["2026-13", "1999-01", "nonsense", "2999-01", "2026-1"])
def test_an_address_that_names_no_month_is_not_found(db, text):
    assert person(role="accountant").get(f"/months/{text}/").status_code == 404


def test_the_running_month_and_a_later_one_say_why(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    assert "is not over yet" in read(accountant, "month", month.next)
    answer = accountant.post(address("month-review", month.next), follow=True)
    assert "is not over yet" in answer.content.decode()
    assert not MonthClose.objects.exists()


def test_the_list_tells_each_month_and_what_is_next(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    page = accountant.get(reverse("months")).content.decode()
    assert "nothing known stands in the way" in page
    assert "runs; it can be closed when it is over" in page
    close(month)
    assert "by aram" in accountant.get(reverse("months")).content.decode()


def test_the_start_page_reminds_of_the_month(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    page = accountant.get(reverse("admin:index")).content.decode()
    assert "Months to close" in page
    assert address("month", month) in page
    assert reverse("months") in page


def test_kept_files_are_given_out_byte_by_byte(settled):
    month, _paid = settled
    close(month)
    accountant = person(role="accountant")
    page = read(accountant, "month", month)
    kept = list(KeptReport.objects.all())
    assert kept
    for file in kept:
        url = address("month-kept", month, file.pk)
        assert url in page
        answer = accountant.get(url)
        content = b"".join(answer.streaming_content)
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert f'{file.report}-{month}.{file.form}"' in answer["Content-Disposition"]
    told = accountant.get(address("month-signed", month, 1)).content
    assert hashlib.sha256(told).hexdigest() == MonthClose.objects.get().snapshot_sha256
    assert json.loads(told)["month"] == str(month)
    assert accountant.get(address("month-signed", month, 2)).status_code == 404
    assert accountant.get(address("month-kept", month.next, kept[0].pk)).status_code == 404


def test_both_generations_stay(settled):
    month, _paid = settled
    close(month)
    reopen(month)
    accountant = person(role="accountant")
    page = read(accountant, "month", month)
    assert "Signed before, no. 1" in page
    close(month, by="nare")
    page = read(accountant, "month", month)
    assert "Signed before, no. 1" in page
    for file in KeptReport.objects.all():
        assert accountant.get(address("month-kept", month, file.pk)).status_code == 200


def test_the_numbers_come_as_a_part_or_a_page(settled):
    month, _paid = settled
    accountant = person(role="accountant")
    whole = read(accountant, "month-numbers", month)
    assert "The numbers now" in whole
    part = accountant.get(address("month-numbers", month), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Money at banks and desks" in part
