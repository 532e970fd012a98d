"""What both protocol families share at the door of a merchant's server: find, log, fail as switched, answer."""

import abc
import dataclasses
import sqlite3
from typing import Any

import werkzeug

from vpos_sandbox import buyer, calls, delivery, fault_kinds, faults, spoiling, storage, visits

OK = 200


class Bank(abc.ABC):
    """One protocol family. Subclasses read requests and write answers in its words."""

    family: str

    @abc.abstractmethod
    def operation(self, name: str) -> visits.Operation | None:
        """Answer the operation of a name in the path, None if the bank has none of that name."""

    @abc.abstractmethod
    def visit(
        self, db: sqlite3.Connection, request: werkzeug.Request, operation: visits.Operation
    ) -> visits.Visit | visits.Answer:
        """Read a request: who asks about which order. An Answer refuses what cannot even be read."""

    @abc.abstractmethod
    def perform(self, visit: visits.Visit) -> visits.Answer:
        """Do what was asked, as the bank does."""

    @abc.abstractmethod
    def fault500(self) -> visits.Answer:
        """Answer as the bank's server does when it breaks."""

    @abc.abstractmethod
    def refuse(self, visit: visits.Visit, *, code: str, message: str) -> visits.Answer:
        """Answer a refusal with a code of the bank's table."""

    @abc.abstractmethod
    def wrong_password(self, visit: visits.Visit, *, variant: str) -> visits.Answer:
        """Answer as if the password were wrong."""

    @abc.abstractmethod
    def disguise(self, body: dict[str, Any], fault: faults.Fault) -> dict[str, Any]:
        """Falsify amount, currency, order number or status of a look-up's answer."""

    def serve(self, store: storage.Storage, request: werkzeug.Request, *, name: str) -> werkzeug.Response:
        """Serve one call of a merchant's server: one transaction, one line in the log, at most one fault."""
        operation = self.operation(name)
        if operation is None:
            body = {"Message": "No HTTP resource was found that matches the request URI."}
            return _response(visits.Answer(body=body, status=404))
        # The body is read before the transaction: a slow sender must not hold the writer.
        request.get_data(cache=True, parse_form_data=False)
        with store.write() as db:
            visit = self.visit(db, request, operation)
            if isinstance(visit, visits.Answer):
                answer, fault = visit, None
                _log(db, self.family, operation, visit=None, fault=None, answer=answer)
            else:
                fault = _take_fault(visit)
                answer = self._answer(visit, fault)
                _log(db, self.family, operation, visit=visit, fault=fault, answer=answer)
        _arrange_delivery(request, fault)
        return _response(answer)

    def _answer(self, visit: visits.Visit, fault: faults.Fault | None) -> visits.Answer:
        if visit.order is not None:
            buyer.end_session_if_over(
                visit.db, merchant=visit.merchant, order=visit.order, now_ms=visit.now_ms
            )
        if fault is None:
            return self.perform(visit)
        if fault.kind == "refuse":
            return self.refuse(visit, code=fault.params["code"], message=fault.params["message"])
        if fault.kind == "wrong-password":
            return self.wrong_password(visit, variant=fault.params["variant"])
        answer = visits.Answer(body="") if fault.before else self.perform(visit)
        if fault.kind == "fault500":
            return self.fault500()
        # Only an answer that tells something of an order can tell it wrongly.
        if fault.kind in fault_kinds.OF_LOOKUPS and answer.status == OK and isinstance(answer.body, dict):
            return dataclasses.replace(answer, body=self.disguise(answer.body, fault))
        return spoiling.spoil(answer, fault)


def _take_fault(visit: visits.Visit) -> faults.Fault | None:
    return faults.take(
        visit.db,
        stage=fault_kinds.OPERATION,
        logins=(visit.login, visit.client_id) if visit.client_id else (visit.login,),
        order_number=visit.order_number,
        operations=(visit.operation.name, visit.operation.act),
    )


def _log(
    db: sqlite3.Connection,
    family: str,
    operation: visits.Operation,
    *,
    visit: visits.Visit | None,
    fault: faults.Fault | None,
    answer: visits.Answer,
) -> None:
    calls.record(
        db,
        family=family,
        operation=operation.name,
        act=operation.act,
        login=visit.login if visit else "",
        client_id=visit.client_id if visit else "",
        order_id=visit.order.id if visit and visit.order else None,
        order_number=visit.order_number if visit else "",
        fault=fault.kind if fault else "",
        status=answer.status,
        request=visit.fields if visit else {},
        answer=answer.text,
    )


def _arrange_delivery(request: werkzeug.Request, fault: faults.Fault | None) -> None:
    if fault is None:
        return
    way: delivery.Delivery = request.environ[delivery.ENVIRON_KEY]
    if fault.kind in ("timeout-before", "timeout-after"):
        seconds = fault.params["seconds"]
        way.delay_seconds = delivery.NEVER_SECONDS if seconds is None else float(seconds)
        # What was not done is never answered; what was done is, unless the answer shall never come.
        way.drop = fault.kind == "timeout-before" or seconds is None
    elif fault.kind == "slow":
        way.delay_seconds = float(fault.params["seconds"])
    way.drop = way.drop or fault.kind in ("drop-before", "drop-after")
    way.cut = fault.kind == "cut-body"


def _response(answer: visits.Answer) -> werkzeug.Response:
    return werkzeug.Response(answer.text, status=answer.status, content_type=answer.content_type)
