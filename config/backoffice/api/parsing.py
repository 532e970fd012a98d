"""JSON bodies as programs of good will send them."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions, parsers


class BoundedJSONParser(parsers.JSONParser):
    """Refuses a body that is nested deeper than anything here; Django has refused one that is too long."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError from None
