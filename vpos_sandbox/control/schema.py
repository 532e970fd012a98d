"""The OpenAPI document."""

import werkzeug

from vpos_sandbox import storage


def show(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    from vpos_sandbox.control import payloads

    return payloads.respond({"openapi": "3.1.0", "paths": {}})
