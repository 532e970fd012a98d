"""Statement files as banks write them, for tests."""

import io
from collections.abc import Sequence

from billing.models import MerchantAccount
from reconciliation import loading, profiles
from reconciliation.models import MappingProfile, Side, SourceFile
from students import timeline

HEADING = ["Date", "Order", "Reference", "Type", "Result", "Amount", "Fee", "Net", "Currency", "Terminal"]
COLUMNS = {
    "date": "Date",
    "order_number": "Order",
    "reference": "Reference",
    "kind": "Type",
    "status": "Result",
    "amount": "Amount",
    "fee": "Fee",
    "net": "Net",
    "currency": "Currency",
    "account": "Terminal",
}
WORDS = {
    "kind": {"Purchase": "payment", "Refund": "refund"},
    "status": {"Approved": "done", "Declined": "not_done"},
}


def row(order, amount, *, date="15.10.2026 12:00:00", **facts):
    """Return the cells of one row; amounts as text in drams."""
    told = {
        "Date": date,
        "Order": str(order),
        "Reference": f"REF-{order}",
        "Type": "Purchase",
        "Result": "Approved",
        "Amount": str(amount),
        "Currency": "AMD",
        "Terminal": "T1",
        **facts,
    }
    return [told.get(name, "") for name in HEADING]


def csv_bytes(rows: Sequence[Sequence[str]], *, encoding="utf-8", delimiter=";", heading=HEADING, end="\r\n"):
    lines = [heading, *rows] if heading else rows
    return "".join(delimiter.join(line) + end for line in lines).encode(encoding)


def profile_of(account: MerchantAccount | None = None, **facts) -> MappingProfile:
    """Return a profile that is kept if its account is given."""
    facts = {"columns": COLUMNS, "words": WORDS, "own_names": ["T1"], **facts}
    if account is None:
        return MappingProfile(side=Side.PROVIDER, **facts)
    return profiles.save_profile(side=Side.PROVIDER, account=account, **facts)


def load(account: MerchantAccount, content: bytes, name="statement.csv") -> loading.Loaded:
    return loading.load_file(
        side=Side.PROVIDER, account=account, stream=io.BytesIO(content), name=name, actor=timeline.SYSTEM
    )


def bad_rows(file: SourceFile):
    return list(file.bad_rows.order_by("line").values_list("line", "reason"))
