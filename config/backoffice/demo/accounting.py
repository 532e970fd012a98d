"""
The accountant's months before the last one: statements loaded, compared and signed, as on the fourth day of each month.

The month before is left to whoever tries the school out.
"""

import datetime as dt
import functools
import io
from typing import Any

from django.contrib.auth.models import AbstractUser

from billing import closed_months
from billing.models import MerchantAccount
from common import clock
from config.backoffice import roles
from config.backoffice.demo import terms
from config.backoffice.demo.days import Days
from config.backoffice.demo.logins import Staff
from reconciliation import closing, loading, profiles, runs
from reconciliation.models import MonthClose, Run, Side
from reconciliation.months import Month
from students import timeline

DAY, HOUR = 4, 11  # of the month after
# How each bank's file is read, as somebody pointed at its columns once.
MAPPINGS: dict[str, dict[str, Any]] = {
    "ameria": {
        "columns": {
            "date": "Transaction date",
            "order_number": "OrderID",
            "reference": "PaymentID",
            "kind": "Operation",
            "amount": "Amount",
            "fee": "Commission",
            "net": "To be paid out",
            "currency": "Currency",
        },
        "words": {"kind": {"Payment": "payment", "Refund": "refund", "Cancel": "refund"}},
    },
    "arca": {
        "columns": {
            "date": "Дата операции",
            "order_number": "Номер заказа",
            "reference": "Номер в системе",
            "kind": "Операция",
            "amount": "Сумма",
            "fee": "Комиссия",
            "net": "К выплате",
            "currency": "Валюта",
        },
        "words": {"kind": {"Оплата": "payment", "Возврат": "refund", "Отмена": "refund"}},
    },
    "ineco": {
        "columns": {
            "date": "Ամսաթիվ",
            "time": "Ժամ",
            "order_number": "Պատվերի համար",
            "reference": "Վճարման կոդ",
            "amount": "Գումար",
            "fee": "Միջնորդավճար",
            "net": "Փոխանցվող գումար",
            "currency": "Արժույթ",
        },
    },
}


def write_down(*, days: Days, staff: Staff, first_day: dt.date) -> None:
    """Put the signing of every month from that of `first_day` to the one before the last on the calendar."""
    month, last = Month.of_day(first_day), Month.of_day(days.last_day).before
    while month.first < last.first:
        moment = clock.start_of(month.next.first.replace(day=DAY)) + dt.timedelta(hours=HOUR)
        days.add(moment, functools.partial(_sign, month, days, staff))
        month = month.next


def _sign(month: Month, days: Days, staff: Staff) -> None:
    accountant = staff[roles.ACCOUNTANT]
    if MonthClose.objects.filter(month=month.first, state=MonthClose.State.CLOSED).exists():
        return
    for account in MerchantAccount.objects.filter(code__in=terms.BANKS):
        _compare(account, month, days, accountant)
    if month.first in closed_months.booked_months():
        closing.start_review(month=month.first, by=accountant)
        closing.close_month(month=month.first, by=accountant)


def _compare(account: MerchantAccount, month: Month, days: Days, accountant: AbstractUser) -> None:
    actor = timeline.Actor.person(accountant)
    if profiles.live_profile(side=Side.PROVIDER, account=account) is None:
        profiles.save_profile(
            side=Side.PROVIDER, account=account, made_by=accountant, **MAPPINGS[account.code]
        )
    if account not in runs.accounts_of(month):
        return  # nothing moved, and the bank's file is empty
    content = days.bank.statement(account, month.first)
    loading.load_file(
        side=Side.PROVIDER,
        account=account,
        stream=io.BytesIO(content),
        name=f"{account.code}-{month}.csv",
        actor=actor,
    )
    runs.run_month(
        month=month.first, side=Side.PROVIDER, account=account, trigger=Run.Trigger.PERSON, actor=actor
    )
