"""The doors of the learning platform, and what a fault makes of an answer."""

import dataclasses
import sqlite3
from collections.abc import Callable

import werkzeug
from werkzeug import routing

from vpos_sandbox import delivery, fault_kinds, faults, spoiling, storage, visits
from vpos_sandbox.control import payloads
from vpos_sandbox.lms import moodle, openedx, rows, signed


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call:
    """One call: who (the site's token), what, about whom, and what does it."""

    site: str
    operation: str
    learner: str
    act: Callable[[sqlite3.Connection], visits.Answer]
    refusal: visits.Answer


def rules() -> list[routing.Rule]:
    """Answer the routing rules."""
    enrollment = "/lms/api/enrollment/v1"
    return [
        routing.Rule("/lms/webservice/rest/server.php", methods=["POST"], endpoint=serve_moodle),
        routing.Rule(f"{enrollment}/enrollment", methods=["POST"], endpoint=serve_change),
        routing.Rule(f"{enrollment}/enrollment/<pair>", methods=["GET"], endpoint=serve_read),
        routing.Rule(f"{enrollment}/enrollments", methods=["GET"], endpoint=serve_list),
        routing.Rule("/lms/signed/<site>", methods=["POST"], endpoint=serve_signed),
        routing.Rule("/_control/lms/<site>", methods=["PUT"], endpoint=configure),
        routing.Rule("/_control/lms/<site>", methods=["GET"], endpoint=show),
        routing.Rule("/_control/lms/<site>/enrolments", methods=["POST"], endpoint=change_by_hand),
    ]


def serve_moodle(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Answer a web service function of Moodle."""
    fields = request.form.to_dict()
    site, function = fields.get("wstoken", ""), fields.get("wsfunction", "")
    call = Call(
        site=site,
        operation=function,
        learner="",
        act=lambda db: moodle.perform(db, site=site, function=function, fields=fields),
        refusal=moodle.exception("accessexception"),
    )
    return _serve(store, request, call)


def serve_change(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Make or change an enrollment of Open edX."""
    fields = payloads.body_of(request)
    site = _token(request)
    return _serve(
        store,
        request,
        _openedx_call(
            site, "enrollment", str(fields.get("user", "")), lambda db: openedx.change(db, site, fields)
        ),
    )


def serve_read(store: storage.Storage, request: werkzeug.Request, *, pair: str) -> werkzeug.Response:
    """Show an enrollment of Open edX."""
    site = _token(request)
    name, _comma, course = pair.partition(",")
    return _serve(
        store,
        request,
        _openedx_call(site, "read", name, lambda db: openedx.read(db, site, name, course)),
    )


def serve_list(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """List enrollments of Open edX, a page at a time."""
    site = _token(request)
    course, cursor = request.args.get("course_id", ""), request.args.get("cursor", "0")
    base = request.base_url
    return _serve(
        store,
        request,
        _openedx_call(site, "list", "", lambda db: openedx.listed(db, site, course, cursor, base)),
    )


def serve_signed(store: storage.Storage, request: werkzeug.Request, *, site: str) -> werkzeug.Response:
    """Answer a signed call, once it is seen to be ours, fresh and no copy."""
    fields = payloads.body_of(request)

    def act(db: sqlite3.Connection) -> visits.Answer:
        problem = signed.problem_of(db, site=site, request=request)
        return signed.refusal(problem) if problem else signed.perform(db, site=site, fields=fields)

    call = Call(
        site=site,
        operation=signed.act_of(fields),
        learner="",
        act=act,
        refusal=signed.refusal("bad_signature"),
    )
    return _serve(store, request, call)


def configure(store: storage.Storage, request: werkzeug.Request, *, site: str) -> werkzeug.Response:
    """Let a site know the given users and no others, and the secret with which it is spoken to."""
    fields = payloads.body_of(request)
    payloads.only(fields, "users", "secret")
    with store.write() as db:
        rows.configure(db, site=site, users=fields.get("users", []), secret=str(fields.get("secret") or ""))
    return show(store, request, site=site)


def show(store: storage.Storage, request: werkzeug.Request, *, site: str) -> werkzeug.Response:
    """Show what a site holds."""
    with store.write() as db:
        held = [dict(row) for row in rows.enrolments(db, site=site)]
        members = [
            dict(row) for row in db.execute("SELECT * FROM lms_members WHERE site = ?", (site,)).fetchall()
        ]
        users = [
            dict(row) for row in db.execute("SELECT * FROM lms_users WHERE site = ?", (site,)).fetchall()
        ]
    return payloads.respond({"enrolments": held, "members": members, "users": users})


def change_by_hand(store: storage.Storage, request: werkzeug.Request, *, site: str) -> werkzeug.Response:
    """Do in the platform's own pages what its staff do: open or close a course behind our back."""
    fields = payloads.body_of(request)
    payloads.only(fields, "username", "course", "is_active", "closes")
    with store.write() as db:
        user_id = rows.add_user(db, site=site, username=str(fields["username"]), email="")
        rows.write(
            db,
            site=site,
            course=str(fields["course"]),
            user_id=user_id,
            is_active=bool(fields["is_active"]),
            closes=int(fields.get("closes") or 0),
        )
    return show(store, request, site=site)


def _openedx_call(
    site: str, operation: str, learner: str, act: Callable[[sqlite3.Connection], visits.Answer]
) -> Call:
    refusal = openedx.refusal(403, "Not allowed.")
    return Call(site=site, operation=operation, learner=learner, act=act, refusal=refusal)


def _token(request: werkzeug.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _serve(store: storage.Storage, request: werkzeug.Request, call: Call) -> werkzeug.Response:
    with store.write() as db:
        fault = faults.take(
            db,
            stage=fault_kinds.OPERATION,
            logins=(call.site,),
            order_number=call.learner,
            operations=(call.operation,),
        )
        answer = _answer(db, call, fault)
    if fault is not None:
        _arrange(request, fault)
        answer = spoiling.spoil(answer, fault)
    return werkzeug.Response(answer.text, status=answer.status, content_type=answer.content_type)


def _answer(db: sqlite3.Connection, call: Call, fault: faults.Fault | None) -> visits.Answer:
    if not call.site:
        return call.refusal
    if fault is None or not fault.before:
        done = call.act(db)
        if fault is not None and fault.kind == "fault500":
            return visits.Answer(body="", status=500)
        return done
    return call.refusal if fault.kind in ("refuse", "wrong-password") else visits.Answer(body="", status=500)


def _arrange(request: werkzeug.Request, fault: faults.Fault) -> None:
    way: delivery.Delivery = request.environ[delivery.ENVIRON_KEY]
    if fault.kind in ("timeout-before", "timeout-after"):
        seconds = fault.params["seconds"]
        way.delay_seconds = delivery.NEVER_SECONDS if seconds is None else float(seconds)
        way.drop = True
    elif fault.kind == "slow":
        way.delay_seconds = float(fault.params["seconds"])
    way.drop = way.drop or fault.kind in ("drop-before", "drop-after")
    way.cut = fault.kind == "cut-body"
