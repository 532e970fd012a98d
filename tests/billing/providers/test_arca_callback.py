"""EPG's signed callbacks, with the vendor's published checksum and composed ones."""

import urllib.parse

import pytest

from billing.providers import arca, arca_callback, base
from tests.billing.providers import scripted

PUBLISHED_KEY = "ooc7slpvc61k7sf7ma7p4hrefr"
PUBLISHED = {
    "mdOrder": "06cf5599-3f17-7c86-bdbc-bd7d00a8b38b",
    "operation": "approved",
    "orderNumber": "2003",
    "status": "1",
}
PUBLISHED_CHECKSUM = "EAF2FB72CAB99FD5067F4BA493DD84F4D79C1589FDE8ED29622F0F07215AA972"
DEPOSITED = {
    "mdOrder": "00000000-0000-4000-8000-000000000001",
    "operation": "deposited",
    "orderNumber": "EDU-2026-1",
    "status": "1",
}


def signed(**changes: str) -> dict[str, str]:
    return PUBLISHED | {"checksum": PUBLISHED_CHECKSUM} | changes


def get(query: dict[str, str]) -> base.Callback:
    return base.Callback("GET", query, {}, b"")


def provider(profile: str = "epg", key: str = PUBLISHED_KEY) -> arca.Arca:
    return arca.Arca(scripted.account("arca", profile, secrets=scripted.SECRETS | {"callback_key": key}))


@pytest.mark.parametrize(
    ("fields", "key", "checksum"),
    [
        (PUBLISHED, PUBLISHED_KEY, PUBLISHED_CHECKSUM),
        (DEPOSITED, "SECRET", "829A1F6BE341B41D8A91ADB50A65838C7A7AA50D5CBDA8C4EAC4C2A6EB878C9A"),
        (
            DEPOSITED | {"amount": "1000"},
            "SECRET",
            "08D080CFADE11BCF0147EBE14266E4C4AE261E1D39CFA2A9501F5C81F1C42070",
        ),
    ],
)
def test_checksums_equal_the_published_ones(fields: dict[str, str], key: str, checksum: str) -> None:
    assert arca_callback.checksum(fields, key=key) == checksum
    assert arca_callback.checksum(fields | {"checksum": "x", "sign_alias": "y"}, key=key) == checksum


@pytest.mark.parametrize("checksum", [PUBLISHED_CHECKSUM, PUBLISHED_CHECKSUM.lower()])
def test_a_good_checksum_makes_an_authentic_hint_and_no_report(checksum: str) -> None:
    hint = provider().read_callback(get(signed(checksum=checksum, sign_alias="SHA-256")))
    assert hint.authentic
    assert (hint.order_number, hint.provider_ref) == (2003, PUBLISHED["mdOrder"])
    assert hint.event_key == PUBLISHED_CHECKSUM
    assert hint.reply == base.Reply(200)
    assert hint.report is None


def test_a_callback_may_come_as_a_form() -> None:
    body = urllib.parse.urlencode(signed()).encode()
    hint = provider().read_callback(base.Callback("POST", {}, {}, body))
    assert hint.authentic
    assert hint.order_number == 2003


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "0"},
        {"orderNumber": "2004"},
        {"extra": "1"},
        {"checksum": ""},
        {"checksum": "0" * 64},
        {"checksum": "ԱԲԳ"},
        {"checksum": PUBLISHED_CHECKSUM[:-1]},
    ],
)
def test_a_changed_message_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(base.BadSignature):
        provider().read_callback(get(signed(**changed)))


def test_a_message_without_checksum_is_refused() -> None:
    with pytest.raises(base.BadSignature):
        provider().read_callback(get(PUBLISHED))


def test_without_a_key_nothing_is_believed() -> None:
    empty_key = arca_callback.checksum(PUBLISHED, key="")
    with pytest.raises(base.BadSignature):
        provider(key="").read_callback(get(signed(checksum=empty_key)))


@pytest.mark.parametrize("profile", ["ipay", "ineco"])
def test_profiles_without_callbacks_read_nothing_from_one(profile: str) -> None:
    assert provider(profile).read_callback(get(signed())) == base.Hint()


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe=1", b"mdOrder=1&mdOrder=2", b"a=1&" * 50_000, b"&".join([b"mdOrder=1"] * 101)]
)
def test_a_malformed_form_names_nothing(body: bytes) -> None:
    assert provider().read_callback(base.Callback("POST", {}, {}, body)) == base.Hint()


def test_a_signed_message_about_no_order_of_ours_names_nothing() -> None:
    fields = DEPOSITED | {"mdOrder": "?"}
    checksum = arca_callback.checksum(fields, key=PUBLISHED_KEY)
    hint = provider().read_callback(get(fields | {"checksum": checksum}))
    assert hint.authentic
    assert (hint.order_number, hint.provider_ref) == (None, "")
