"""A bank whose answers are written beforehand, for what no real server can be asked to say."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from billing.providers import base
from common import http

SECRETS = {
    "client_id": "7c0e7f0a-1111-4222-8333-944455556666",
    "username": "shop_api_user",
    "password": "pa ss&wörd<1>",
    "callback_key": "ooc7slpvc61k7sf7ma7p4hrefr",
}


def account(provider: str, profile: str = "", **changes: Any) -> base.AccountConfig:
    """Return an account with secrets that are easy to find where they should not be."""
    base_url = "https://bank.test/VPOS/" if provider == "ameria" else "https://bank.test/payment/rest/"
    values = {"code": provider, "currency": "AMD", "base_url": base_url, "secrets": SECRETS} | changes
    return base.AccountConfig(provider=provider, profile=profile, **values)


@dataclasses.dataclass
class Bank:
    """Answers in order, the last one for ever; keeps what it was asked."""

    answers: list[http.Answer | http.HttpFailure] = dataclasses.field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = dataclasses.field(default_factory=list)

    def says(self, *answers: object, status: int = 200) -> None:
        self.answers = [
            answer if isinstance(answer, http.Answer | http.HttpFailure) else said(answer, status=status)
            for answer in answers
        ]

    def post(
        self, *, url: str, fields: Mapping[str, Any], timeouts: http.Timeouts | None = None
    ) -> http.Answer:
        self.asked.append((url, fields))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, http.HttpFailure):
            raise answer
        return answer


def said(answer: object, *, status: int = 200) -> http.Answer:
    """Return an answer: JSON of any value, or bytes as they are."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return http.Answer(status, "application/json; charset=utf-8", body)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """Stand between the adapters and the network."""
    scripted = Bank()
    monkeypatch.setattr(http, "post_json", scripted.post)
    monkeypatch.setattr(http, "post_form", scripted.post)
    return scripted
