"""The doors of the control API: path, method, what serves it."""

from collections.abc import Callable

import werkzeug
from werkzeug import routing

from vpos_sandbox.control import doors, order_doors, schema

Door = Callable[..., werkzeug.Response]

ROUTES: tuple[tuple[str, str, Door], ...] = (
    ("GET", "/_control/merchants", doors.list_merchants),
    ("GET", "/_control/merchants/<login>", doors.get_merchant),
    ("PUT", "/_control/merchants/<login>", doors.put_merchant),
    ("PATCH", "/_control/merchants/<login>", doors.patch_merchant),
    ("DELETE", "/_control/merchants/<login>", doors.delete_merchant),
    ("POST", "/_control/merchants/<login>/reset", doors.reset_merchant),
    ("GET", "/_control/orders", order_doors.list_orders),
    ("GET", "/_control/orders/<ref>", order_doors.get_order),
    ("POST", "/_control/orders/<ref>/outcome", order_doors.choose_outcome),
    ("POST", "/_control/orders/<ref>/forged-return", order_doors.forge_return),
    ("POST", "/_control/orders/<ref>/correction", order_doors.correct_by_hand),
    ("POST", "/_control/orders/<ref>/cabinet-refund", order_doors.refund_in_cabinet),
    ("POST", "/_control/orders/<ref>/cabinet-reversal", order_doors.reverse_in_cabinet),
    ("POST", "/_control/orders/<ref>/callbacks", order_doors.send_callback),
    ("GET", "/_control/faults", doors.list_faults),
    ("POST", "/_control/faults", doors.add_fault),
    ("DELETE", "/_control/faults", doors.clear_faults),
    ("DELETE", "/_control/faults/<int:fault_id>", doors.delete_fault),
    ("GET", "/_control/clock", doors.get_clock),
    ("POST", "/_control/clock", doors.set_clock),
    ("GET", "/_control/calls", doors.list_calls),
    ("GET", "/_control/schema", schema.show),
)


def rules() -> list[routing.Rule]:
    """Answer the routing rules of the control API."""
    return [routing.Rule(path, methods=[method], endpoint=door) for method, path, door in ROUTES]
