"""Codes of Ameriabank: how they look in each answer, and their short meanings.

Source: Ameriabank vPOS 3.1 API description, response codes (Table 1) and payment states (Table 2).
"""

from vpos_sandbox import orders

WRONG_CREDENTIALS = "20"
WRONG_CREDENTIALS_TEXT = "Incorrect Username and Password"

PAYMENT_STATES = {
    orders.CREATED: "payment_started",
    orders.APPROVED: "payment_approved",
    orders.DEPOSITED: "payment_deposited",
    orders.REVERSED: "payment_void",
    orders.REFUNDED: "payment_refunded",
    orders.ACS_STARTED: "payment_autoauthorized",
    orders.DECLINED: "payment_declined",
}

MEANINGS = {
    "00": "Operation Approved ",  # the trailing space is on the wire
    "0-100": "No payments yet",
    "0-2006": "Declined by issuer in 3-D Secure",
    "0-2007": "Payment time limit",
    "0-9000": "Started",
    "0100": "Card declined online",
    "0101": "Expired card",
    "0116": "Not enough money",
    "0999": "Internal server error",
}


def of_action(action_code: int) -> str:
    """Answer the response code of a processing result: "0" before it, "00" for success."""
    return f"0{action_code}"


def meaning(code: str) -> str:
    """Answer the text of a response code."""
    return MEANINGS.get(code, "Payment declined")


def as_integer(code: str) -> int:
    """Answer a code as InitPayment writes it: the only operation with integer codes."""
    return int(code.replace("0-", "-", 1)) if code.startswith("0-") else int(code)
