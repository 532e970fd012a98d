"""One call of a merchant's server: what was asked, what is answered."""

import dataclasses
import json
import sqlite3
from typing import Any

from vpos_sandbox import merchants, orders

# What an operation does, in words that hold for both families; faults and the call log know them.
CREATE, LOOKUP, FIND = "create", "lookup", "find"
CONFIRM, CANCEL, REFUND, OTHER = "confirm", "cancel", "refund", "other"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """One call that a provider's document describes."""

    name: str
    act: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What is written back. A `body` that is a string is sent as it stands, anything else as JSON."""

    body: Any
    status: int = 200
    content_type: str = "application/json; charset=utf-8"

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)


@dataclasses.dataclass(kw_only=True)
class Visit:
    """One call being served, inside its transaction."""

    db: sqlite3.Connection
    operation: Operation
    fields: dict[str, Any]
    merchant: merchants.Merchant
    login: str
    client_id: str
    order: orders.Order | None
    order_number: str
    now_ms: int
    host_url: str
    remote_ip: str
