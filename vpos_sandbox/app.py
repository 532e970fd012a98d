"""Which address is served by what."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import werkzeug
from werkzeug import exceptions, routing

from vpos_sandbox import bank, storage
from vpos_sandbox.ameria import vpos
from vpos_sandbox.arca import gateway
from vpos_sandbox.cabinet import pages as cabinet
from vpos_sandbox.control import payloads
from vpos_sandbox.control import routes as control_routes
from vpos_sandbox.lms import door as lms
from vpos_sandbox.pages import buyer_page, desk

AMERIA = vpos.AmeriaBank()
ARCA = gateway.ArcaBank()


class App:
    """The WSGI application of the sandbox."""

    def __init__(self, *, store: storage.Storage) -> None:
        self.store = store
        self.addresses = routing.Map(
            [
                *_provider_rules(),
                *buyer_page.rules(),
                *desk.rules(),
                *cabinet.rules(),
                *lms.rules(),
                *control_routes.rules(),
            ],
            strict_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = werkzeug.Request(environ)
        return self.answer(request)(environ, start_response)

    def answer(self, request: werkzeug.Request) -> werkzeug.Response:
        """Answer a request; errors of addressing come back in words."""
        try:
            door, values = self.addresses.bind_to_environ(request.environ).match()
            response: werkzeug.Response = door(self.store, request, **values)
        except payloads.RejectedError as rejected:
            return payloads.of_rejection(rejected)
        except exceptions.HTTPException as error:
            return _addressing_error(request, error)
        return response


def _provider_rules() -> list[routing.Rule]:
    return [
        routing.Rule("/VPOS/api/VPOS/<name>", methods=["POST"], endpoint=_serve(AMERIA)),
        routing.Rule("/payment/rest/<name>.do", methods=["GET", "POST"], endpoint=_serve(ARCA)),
    ]


def _serve(at: bank.Bank) -> Callable[..., werkzeug.Response]:
    def serve(store: storage.Storage, request: werkzeug.Request, *, name: str) -> werkzeug.Response:
        return at.serve(store, request, name=name)

    return serve


def _addressing_error(request: werkzeug.Request, error: exceptions.HTTPException) -> werkzeug.Response:
    status = error.code or 500
    if status < 400:  # a redirect to the canonical address
        return error.get_response(request.environ)
    sentence = error.description or "The request cannot be served."
    if request.path.startswith("/_control/"):
        body: dict[str, Any] = {"error": error.name.lower().replace(" ", "-"), "message": sentence}
    else:
        body = {"Message": sentence}
    return werkzeug.Response(json.dumps(body), status=status, content_type="application/json; charset=utf-8")
