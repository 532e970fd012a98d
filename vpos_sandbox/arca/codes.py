"""Error codes of the gateway family and how errorCode is written.

Source: iPay Merchant API Manual 1.55.1.0 §7. errorCode says whether the request was processed, nothing of the payment.
"""

from typing import Any

from vpos_sandbox import orders

OK, DUPLICATE, CURRENCY, MISSING, ACCESS, UNKNOWN_ORDER, SYSTEM = 0, 1, 3, 4, 5, 6, 7

# The texts follow `language` and must not be parsed.
TEXTS: dict[str, dict[int, str]] = {
    "en": {
        OK: "Success",
        DUPLICATE: "Order with this number is already registered",
        CURRENCY: "Unknown currency",
        MISSING: "A mandatory parameter is missing",
        ACCESS: "Access denied",
        UNKNOWN_ORDER: "Unknown order",
        SYSTEM: "System error",
    },
    "ru": {
        OK: "Успешно",
        DUPLICATE: "Заказ с таким номером уже зарегистрирован",
        CURRENCY: "Неизвестная валюта",
        MISSING: "Отсутствует обязательный параметр",
        ACCESS: "Доступ запрещён",
        UNKNOWN_ORDER: "Неизвестный заказ",
        SYSTEM: "Системная ошибка",
    },
    "hy": {
        OK: "Հաջողված",
        DUPLICATE: "Այս համարով պատվերն արդեն գրանցված է",
        CURRENCY: "Անհայտ արժույթ",
        MISSING: "Պարտադիր դաշտը բացակայում է",
        ACCESS: "Մուտքն արգելված է",
        UNKNOWN_ORDER: "Անհայտ պատվեր",
        SYSTEM: "Համակարգային սխալ",
    },
}

PAYMENT_STATES = {
    orders.CREATED: "CREATED",
    orders.APPROVED: "APPROVED",
    orders.DEPOSITED: "DEPOSITED",
    orders.REVERSED: "REVERSED",
    orders.REFUNDED: "REFUNDED",
    orders.ACS_STARTED: "CREATED",
    orders.DECLINED: "DECLINED",
}

ACTIONS = {
    0: "",
    -100: "No payments yet",
    -9000: "Started",
    -2007: "Payment time limit",
    -2006: "Declined by issuer in 3-D Secure",
    116: "Not enough money",
}


def text(code: int, *, language: str) -> str:
    """Answer the localised text of an error code."""
    return TEXTS.get(language, TEXTS["en"]).get(code, "")


def error_code(code: int, *, style: str, sample: str) -> dict[str, Any]:
    """Answer {"errorCode": …} as a number, as a string, or nothing on success.

    The manual's own samples mix them: `sample` is how this answer is written there ("number" or "string"), which
    the style "mixed" follows.
    """
    if style == "mixed":
        style = sample
    if style == "absent":
        return {} if code == OK else {"errorCode": str(code)}
    return {"errorCode": str(code) if style == "string" else code}
