"""The list of providers."""

import pytest

from billing.providers import ameria, arca, base, registry
from tests.billing.providers import scripted

KINDS = [(code, profile) for code, found in registry.PROVIDERS.items() for profile in found.PROFILES]


def test_an_account_gets_its_adapter() -> None:
    assert isinstance(registry.adapter(scripted.account("ameria")), ameria.Ameria)
    assert isinstance(registry.adapter(scripted.account("arca", "epg")), arca.Arca)


@pytest.mark.parametrize(
    ("provider", "profile"), [("", ""), ("Ameria", ""), ("ameria", "ipay"), ("arca", "")]
)
def test_an_unknown_code_is_an_error(provider: str, profile: str) -> None:
    account = scripted.account(provider, profile)
    for ask in (registry.adapter, registry.refunds):
        with pytest.raises(registry.UnknownProvider):
            ask(account)
    with pytest.raises(registry.UnknownProvider):
        registry.capabilities(provider, profile)
    with pytest.raises(registry.UnknownProvider):
        registry.required_secrets(provider, profile)


@pytest.mark.parametrize(("provider", "profile"), KINDS)
def test_what_offers_refunds_can_send_them(provider: str, profile: str) -> None:
    refunds = registry.refunds(scripted.account(provider, profile))
    assert (refunds is not None) == registry.capabilities(provider, profile).refund
    assert refunds is None or callable(refunds.send_refund)


@pytest.mark.parametrize(("provider", "profile"), KINDS)
def test_required_secrets_are_secrets_of_an_account(provider: str, profile: str) -> None:
    assert set(registry.required_secrets(provider, profile)) <= set(scripted.SECRETS)


def test_buttons_follow_what_banks_offer() -> None:
    assert registry.capabilities("ameria", "") == base.Capabilities(
        refund=True, partial_refund=True, cancel=True
    )
    assert registry.capabilities("arca", "epg").callback
    assert not registry.capabilities("arca", "ipay").callback
    assert not registry.capabilities("arca", "ineco").cancel


@pytest.mark.parametrize(
    ("provider", "profile"), [kind for kind in KINDS if registry.capabilities(*kind).hosted_page]
)
def test_a_currency_that_the_bank_does_not_settle_is_refused(provider: str, profile: str) -> None:
    account = scripted.account(provider, profile, currency="GEL")
    start = base.PaymentStart(1, 1000, "GEL", "Course", "https://school.test/", "hy", "inv-7")
    with pytest.raises(base.ProviderRefused) as refused:
        registry.adapter(account).start_payment(start)
    assert refused.value.code == "currency"


@pytest.mark.parametrize("profile", ["cash", "transfer"])
def test_money_entered_by_hand_has_nobody_to_ask(profile: str) -> None:
    account = scripted.account("manual", profile)
    can = registry.capabilities("manual", profile)
    assert (can.lookup, can.hosted_page, can.refund) == (False, False, False)
    adapter = registry.adapter(account)
    report = adapter.fetch_payment(base.PaymentReference(order_number=1))
    assert (report.status, report.is_answer) == (base.ReportedStatus.UNKNOWN, False)
    start = base.PaymentStart(1, 1000, "AMD", "Course", "https://school.test/", "hy", "inv-7")
    with pytest.raises(base.ProviderRefused):
        adapter.start_payment(start)
