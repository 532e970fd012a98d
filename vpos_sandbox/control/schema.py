"""The OpenAPI document of the control API."""

from typing import Any

import werkzeug

from vpos_sandbox import buyer, fault_kinds, merchant_options, merchants, storage
from vpos_sandbox.control import payloads

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
FLAG: dict[str, Any] = {"type": "boolean"}
OBJECT: dict[str, Any] = {"type": "object"}


def show(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Show this document."""
    return payloads.respond(DOCUMENT)


def _parameter(
    name: str, *, where: str = "query", kind: dict[str, Any] = TEXT, about: str = ""
) -> dict[str, Any]:
    told = {"description": about} if about else {}
    return {"name": name, "in": where, "required": where == "path", "schema": kind, **told}


def _nullable(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _listed(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _call(
    summary: str,
    *,
    answers: dict[str, Any],
    body: dict[str, Any] | None = None,
    query: tuple[dict[str, Any], ...] = (),
    status: str = "200",
    refusals: tuple[str, ...] = (),
) -> dict[str, Any]:
    said: dict[str, Any] = {status: {"description": "Done.", "content": _json(answers)}}
    for code in refusals:
        said[code] = {"description": REFUSALS[code], "content": _json(_ref("Error"))}
    operation: dict[str, Any] = {"summary": summary, "responses": said}
    if query:
        operation["parameters"] = list(query)
    if body is not None:
        operation["requestBody"] = {"content": _json(body)}
    return operation


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


REFUSALS = {
    "400": "The body is no JSON object.",
    "404": "Nothing of that name.",
    "409": "The order's state does not allow it.",
    "422": "A field is wrong; the message says which and what is allowed.",
}

LOGIN = _parameter(
    "login", about="the merchant's login; for orders, faults and calls also an Ameriabank ClientID"
)
NUMBER = _parameter("order_number", about="the merchant's number")
LIMIT = _parameter("limit", kind=WHOLE)
IN_LOGIN = _parameter("login", where="path")
IN_REF = _parameter("ref", where="path", about="the sandbox's id, or the bank's: PaymentID, mdOrder")
ONE_MERCHANT = _object(merchant=_ref("Merchant"))
ONE_ORDER = _object(order=_ref("Order"))
WITH_RETURN = _object(order=_ref("Order"), return_url=_nullable("string"))
FORGOTTEN = _object(login=TEXT, orders_removed=WHOLE)

PATHS: dict[str, dict[str, Any]] = {
    "/_control/merchants": {
        "get": _call("List the configured merchants.", answers=_object(merchants=_listed("Merchant"))),
    },
    "/_control/merchants/{login}": {
        "parameters": [IN_LOGIN],
        "get": _call("Show the settings of a login.", answers=ONE_MERCHANT, refusals=("404",)),
        "put": _call(
            "Give a login its settings in place of earlier ones.",
            body=_ref("Merchant"),
            answers=ONE_MERCHANT,
            refusals=("400", "422"),
        ),
        "patch": _call(
            "Change some settings of a configured login.",
            body=_ref("Merchant"),
            answers=ONE_MERCHANT,
            refusals=("400", "404", "422"),
        ),
        "delete": _call("Forget all of a login, its settings too.", answers=FORGOTTEN),
    },
    "/_control/merchants/{login}/reset": {
        "parameters": [IN_LOGIN],
        "post": _call("Forget orders, faults, calls and clock of a login.", answers=FORGOTTEN),
    },
    "/_control/orders": {
        "get": _call(
            "List orders, newest first.",
            query=(_parameter("provider", about="ameria or arca"), LOGIN, NUMBER, _parameter("state"), LIMIT),
            answers=_object(orders=_listed("Order")),
        ),
    },
    "/_control/orders/{ref}": {
        "parameters": [IN_REF],
        "get": _call("Show an order with all its state.", answers=ONE_ORDER, refusals=("404",)),
    },
    "/_control/orders/{ref}/outcome": {
        "parameters": [IN_REF],
        "post": _call(
            "Do what a buyer does, without a browser; answers where the browser would be sent, null for nowhere.",
            body={
                "type": "object",
                "required": ["outcome"],
                "properties": {
                    "outcome": {"enum": list(buyer.OUTCOMES)},
                    "return": {**FLAG, "description": "false: the buyer closes the tab afterwards"},
                    "late": {**FLAG, "description": "true: the payment goes through after the session"},
                    "action_code": {**WHOLE, "description": "replaces the usual code of a decline"},
                    "ip": TEXT,
                },
            },
            answers=WITH_RETURN,
            refusals=("400", "404", "409", "422"),
        ),
    },
    "/_control/orders/{ref}/forged-return": {
        "parameters": [IN_REF],
        "post": _call(
            "Answer a return address of an order that nothing happened to.",
            body=_object(claims_success={**FLAG, "default": True}),
            answers=WITH_RETURN,
            refusals=("404",),
        ),
    },
    "/_control/orders/{ref}/correction": {
        "parameters": [IN_REF],
        "post": _call(
            "Turn a declined order into a paid one, as bank staff may do.",
            answers=ONE_ORDER,
            refusals=("404", "409"),
        ),
    },
    "/_control/orders/{ref}/cabinet-refund": {
        "parameters": [IN_REF],
        "post": _call(
            "Refund in the bank's cabinet; without an amount all that is left.",
            body=_object(amount_minor=WHOLE),
            answers=ONE_ORDER,
            refusals=("404", "409", "422"),
        ),
    },
    "/_control/orders/{ref}/cabinet-reversal": {
        "parameters": [IN_REF],
        "post": _call(
            "Take a whole payment back in the bank's cabinet.", answers=ONE_ORDER, refusals=("404", "409")
        ),
    },
    "/_control/orders/{ref}/callbacks": {
        "parameters": [IN_REF],
        "post": _call(
            "Send a callback of one's own making.",
            body=_object(
                operation=TEXT,
                success=FLAG,
                checksum={"enum": ["good", "bad", "none"]},
                params={**OBJECT, "description": "more parameters, or others in place of the usual ones"},
                seconds={"type": "number", "description": "how much later"},
                url=TEXT,
            ),
            answers=ONE_ORDER,
            refusals=("404", "409", "422"),
        ),
    },
    "/_control/faults": {
        "get": _call(
            "List the switches of a scope in the order of use, and the kinds there are.",
            query=(LOGIN, NUMBER),
            answers=_object(faults=_listed("Fault"), kinds={"type": "array", "items": OBJECT}),
        ),
        "post": _call(
            "Set a switch.",
            body=_ref("Fault"),
            answers=_object(fault=_ref("Fault")),
            status="201",
            refusals=("400", "422"),
        ),
        "delete": _call(
            "Remove the switches of a login or an order number, or all.",
            query=(LOGIN, NUMBER, _parameter("all", about="true removes every switch")),
            answers=_object(removed=WHOLE),
            refusals=("422",),
        ),
    },
    "/_control/faults/{fault_id}": {
        "parameters": [_parameter("fault_id", where="path", kind=WHOLE)],
        "delete": _call("Remove one switch.", answers=_object(removed=WHOLE), refusals=("404",)),
    },
    "/_control/clock": {
        "get": _call("Show the clock of the sandbox or of a login.", query=(LOGIN,), answers=_ref("Clock")),
        "post": _call(
            "Move the clock, set it or reset it; of everybody or of one login.",
            body=_object(
                login=TEXT,
                move_seconds={"type": "number"},
                at={"type": "string", "format": "date-time", "description": "without a zone: Asia/Yerevan"},
                reset=FLAG,
            ),
            answers=_ref("Clock"),
            refusals=("400", "422"),
        ),
    },
    "/_control/calls": {
        "get": _call(
            "Count and list the calls of the merchant's server, newest first.",
            query=(
                LOGIN,
                NUMBER,
                _parameter("order", about="the sandbox's id of an order"),
                _parameter("operation", about="a name such as RefundPayment, or an act such as lookup"),
                LIMIT,
            ),
            answers=_object(
                total=WHOLE,
                by_operation={"type": "object", "additionalProperties": WHOLE},
                calls={"type": "array", "items": OBJECT},
            ),
        ),
    },
    "/_control/schema": {"get": _call("Show this document.", answers=OBJECT)},
}

OPTIONS = _object(
    shop=_nullable("string"),
    test_mode=FLAG,
    order_from=_nullable("integer"),
    order_to=_nullable("integer"),
    unattempted={"enum": list(merchant_options.CHOICES["unattempted"])},
    unknown_payment={"enum": list(merchant_options.CHOICES["unknown_payment"])},
    error_code={"enum": list(merchant_options.CHOICES["error_code"])},
    status_version={"enum": list(merchant_options.CHOICES["status_version"])},
    callback_url=_nullable("string"),
    callback_key=_nullable("string"),
    callback_method={"enum": list(merchant_options.CHOICES["callback_method"])},
    callback_extra={"type": "array", "items": {"enum": list(merchant_options.CHOICES["callback_extra"])}},
    may_refund=FLAG,
    may_reverse=FLAG,
    two_stage=FLAG,
    attempts=WHOLE,
    session_seconds=WHOLE,
    currency=_nullable("string"),
    fee_basis_points=WHOLE,
    password_must_change=FLAG,
)

SCHEMAS: dict[str, Any] = {
    "Merchant": {
        "type": "object",
        "required": ["profile"],
        "properties": {
            "login": TEXT,
            "client_id": _nullable("string"),
            "password": {**_nullable("string"), "description": "null: any password is right"},
            "profile": {"enum": list(merchants.FAMILY_OF_PROFILE)},
            "options": OPTIONS,
        },
    },
    "Order": _object(
        id=TEXT,
        provider={"enum": ["ameria", "arca"]},
        profile=TEXT,
        login=TEXT,
        client_id=_nullable("string"),
        order_number=TEXT,
        provider_ref=TEXT,
        state={
            "enum": ["created", "approved", "deposited", "reversed", "refunded", "acs-started", "declined"]
        },
        status=WHOLE,
        action_code=WHOLE,
        amount_minor=WHOLE,
        amount=TEXT,
        currency=TEXT,
        currency_code=TEXT,
        approved_minor=WHOLE,
        deposited_minor=WHOLE,
        refunded_minor=WHOLE,
        two_stage=FLAG,
        attempts=WHOLE,
        description=TEXT,
        opaque=TEXT,
        return_url=TEXT,
        pay_url=TEXT,
        registered_at=TEXT,
        opened_at=_nullable("string"),
        paid_at=_nullable("string"),
        session_ends_at=TEXT,
        session_over=FLAG,
        refunds={"type": "array", "items": OBJECT},
        callbacks={"type": "array", "items": OBJECT},
        history={"type": "array", "items": OBJECT},
    ),
    "Fault": {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "id": {**TEXT, "readOnly": True},
            "login": _nullable("string"),
            "order_number": _nullable("string"),
            "operation": {
                **_nullable("string"),
                "description": "a name such as RefundPayment, or an act: lookup",
            },
            "kind": {"enum": list(fault_kinds.KINDS)},
            "params": OBJECT,
            "times": {**_nullable("integer"), "default": 1, "description": "null: for ever"},
            "position": {**WHOLE, "description": "order of use; without it after those already set"},
            "used": {**WHOLE, "readOnly": True},
            "left": {**_nullable("integer"), "readOnly": True},
        },
    },
    "Clock": _object(login=_nullable("string"), now=TEXT, yerevan=TEXT, offset_seconds={"type": "number"}),
    "Error": _object(error=TEXT, message=TEXT),
}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Control API of the payment sandbox",
        "version": "1",
        "description": "For tests: merchants, orders, faults, clock and calls. Not part of any bank's protocol.",
    },
    "paths": PATHS,
    "components": {"schemas": SCHEMAS},
}
