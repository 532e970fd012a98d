"""
What a heading and its words most likely mean, so that a person only looks whether it is right. Pure.

Written from statements of Armenian banks and exports of common CRMs and LMSs, in English, Russian and Armenian.
"""

from collections.abc import Mapping, Sequence

from reconciliation.models import Side
from reconciliation.sources.base import DONE, NOT_DONE, PAYMENT, REFUND

# The fields that a side can tell, in the order in which a person is asked.
FIELDS: Mapping[str, Sequence[str]] = {
    Side.PROVIDER: [
        "date",
        "time",
        "order_number",
        "reference",
        "amount",
        "currency",
        "kind",
        "status",
        "fee",
        "net",
        "account",
    ],
    Side.CRM: ["order_number", "reference", "student", "status", "amount", "currency"],
    Side.LMS: ["student", "course", "status"],
}

# Whole headings first, then parts of them; the first field that fits takes the column.
HEADINGS: Mapping[str, Sequence[str]] = {
    "order_number": ["order", "заказ", "պատվեր"],
    "fee": ["fee", "commission", "комисси", "միջնորդ"],
    "net": ["net", "payout", "к зачислению", "к выплате", "нетто", "զուտ", "փոխանցվող"],
    "currency": ["currency", "валют", "արժույթ", "արժ."],
    "amount": ["amount", "sum", "total", "сумма", "գումար", "price", "оплачено"],
    "time": ["time", "время", "ժամ"],
    "date": ["date", "day", "дата", "день", "ամսաթիվ", "օր"],
    "status": [
        "status",
        "state",
        "result",
        "stage",
        "статус",
        "состояние",
        "результат",
        "этап",
        "կարգավիճակ",
        "արդյունք",
    ],
    "kind": ["type", "operation", "тип", "вид", "операци", "տեսակ", "գործողություն"],
    "account": ["terminal", "merchant", "login", "логин", "терминал", "точка", "տերմինալ"],
    "course": ["course", "group", "курс", "групп", "դասընթաց", "խումբ"],
    "student": [
        "student",
        "pupil",
        "learner",
        "user",
        "client",
        "студент",
        "ученик",
        "клиент",
        "ուսանող",
        "սովորող",
    ],
    "reference": [
        "reference",
        "ref",
        "rrn",
        "paymentid",
        "payment id",
        "mdorder",
        "transaction",
        "deal",
        "invoice",
        "сделка",
        "счет",
        "счёт",
        "референс",
        "номер операции",
        "номер в системе",
        "հղում",
        "գործարք",
        "հաշիվ",
    ],
}

WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "kind": {
        REFUND: [
            "refund",
            "return",
            "revers",
            "chargeback",
            "возврат",
            "отмена",
            "сторно",
            "վերադարձ",
            "չեղարկ",
        ],
        PAYMENT: [
            "purchase",
            "payment",
            "sale",
            "debit",
            "capture",
            "оплата",
            "покупка",
            "платеж",
            "платёж",
            "վճար",
            "գնում",
        ],
    },
    "status": {
        NOT_DONE: [
            "declin",
            "fail",
            "reject",
            "error",
            "cancel",
            "unpaid",
            "not ",
            "pending",
            "отказ",
            "отклон",
            "неусп",
            "не ",
            "ошибка",
            "մերժ",
            "անհաջող",
            "չ",
        ],
        DONE: [
            "approv",
            "success",
            "ok",
            "complete",
            "deposited",
            "paid",
            "done",
            "won",
            "одобр",
            "успеш",
            "исполн",
            "оплачен",
            "հաստատ",
            "հաջող",
            "կատար",
            "վճարված",
        ],
    },
}
# "open" is a course that a student may use, and an invoice that nobody has paid.
OPEN_OR_CLOSED: Mapping[str, tuple[str, str]] = {Side.CRM: (NOT_DONE, DONE), Side.LMS: (DONE, NOT_DONE)}
OPEN = ["open", "active", "enrolled", "new", "открыт", "активн", "нов", "բաց", "ակտիվ", "նոր"]
CLOSED = ["clos", "inactive", "suspend", "expired", "закры", "неактив", "приостан", "փակ"]


def heading_line(*, lines: Sequence[tuple[int, list[str]]], side: str) -> int:
    """Return the number of the line that is most likely the heading: it names most of what the side tells, earliest first."""
    best, most = (lines[0][0] if lines else 0), -1
    for number, cells in lines:
        named = [cell for cell in cells if cell.strip()]
        if len(named) < 2:
            continue
        score = 10 * len(columns(heading=cells, side=side)) + min(len(named), 9)
        if score > most:
            best, most = number, score
    return best


def columns(*, heading: Sequence[str], side: str) -> dict[str, str]:
    """Return for each field of the side the heading that most likely names it; a field that none names is left out."""
    plain = {cell: " ".join(cell.split()).casefold() for cell in heading if cell.strip()}
    wanted = [field for field in HEADINGS if field in FIELDS[side]]
    found: dict[str, str] = {}
    for whole in (True, False):
        for field in wanted:
            if field in found:
                continue
            for cell, text in plain.items():
                fits = text in HEADINGS[field] if whole else any(part in text for part in HEADINGS[field])
                if fits and cell not in found.values():
                    found[field] = cell
                    break
    return {field: found[field] for field in FIELDS[side] if field in found}


def meaning(*, field: str, word: str, side: str) -> str:
    """Return what a word of the column for the kind or the state most likely means, or nothing."""
    text = word.strip().casefold()
    if field == "status" and side in OPEN_OR_CLOSED:
        of_open, of_closed = OPEN_OR_CLOSED[side]
        if any(text.startswith(part) for part in CLOSED):
            return of_closed
        if any(text.startswith(part) for part in OPEN):
            return of_open
    for ours, parts in WORDS.get(field, {}).items():
        if any(text.startswith(part) for part in parts):
            return ours
    return ""
