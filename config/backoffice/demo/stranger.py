"""Money at the school's login for an order that another program made: the bank tells us, and we know nothing of it."""

from billing import accounts, deliveries, unknown_orders
from billing.models import MerchantAccount
from billing.providers import arca_callback
from billing.providers.base import Callback
from config.backoffice.demo.days import Days

ACCOUNT = "arca"
DRAMS = 45_000
DAY = 11  # of the month before
DRAM = 100


def write_down(days: Days) -> None:
    """Put the stranger on the calendar."""
    days.add(days.moment(days.of_last_month(DAY), 15, 20), lambda: _pays(days))


def _pays(days: Days) -> None:
    account = MerchantAccount.objects.get(code=ACCOUNT)
    days.bank.follow_clock(account)
    number = account.order_number_last
    reference = days.bank.charge_stranger(account, number=number, amount_minor=DRAMS * DRAM)
    _hear(account, number, reference)


def _hear(account: MerchantAccount, number: int, reference: str) -> None:
    """Take the bank's signed message as the door takes it, and let the worker judge it."""
    fields = {"mdOrder": reference, "orderNumber": str(number), "operation": "deposited", "status": "1"}
    key = accounts.config_of(account).secret("callback_key")
    query = {**fields, "checksum": arca_callback.checksum(fields, key=key)}
    callback = Callback(method="GET", query=query, headers={}, body=b"")
    hint = accounts.adapter_of(account).read_callback(callback)
    deliveries.store(account=account, door="callback", callback=callback, hint=hint)
    deliveries.work()
    unknown_orders.sweep()
