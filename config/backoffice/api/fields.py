"""Fields that say what crosses the door: opaque ids, amounts in major units, nothing misspelt."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common import money

AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
CURRENCY = re.compile(r"[A-Z]{3}")


class Strict(serializers.Serializer[Any]):
    """A body that refuses fields it does not know: a misspelt field must not pass in silence."""

    default_error_messages = {"unknown": _("There is no such field. Fields: {fields}.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name: field for name, field in self.fields.items() if not field.read_only}
            fields = ", ".join(writable)
            unknown = [str(name) for name in data if name not in writable]
            if unknown:
                sentence = self.error_messages["unknown"].format(fields=fields)
                errors = {name: [serializers.ErrorDetail(sentence, code="unknown-field")] for name in unknown}
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "description": "An opaque id."})
class IdField(serializers.Field[Any, Any, str | None, Any]):
    """An id as an opaque string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> str | None:
        return None if value is None else str(value)


@extend_schema_field(
    {"type": "string", "example": "25000", "description": "Major units: “25000” is 25 000 dram."}
)
class MoneyField(serializers.Field[Any, Any, str | None, Any]):
    """An amount of the record (in minor units there) as a decimal string in major units of the record's currency."""

    def __init__(self, attribute: str, *, currency: str = "currency") -> None:
        super().__init__(source="*", read_only=True)
        self.attribute = attribute
        self.currency = currency

    def to_representation(self, value: Any) -> str | None:
        amount_minor = _attribute(value, self.attribute)
        if amount_minor is None:
            return None
        return money.to_major(int(amount_minor), str(_attribute(value, self.currency)))


@extend_schema_field({"type": "string", "example": "25000"})
class AmountField(serializers.Field[str, Any, str, Any]):
    """An amount as it was written, in major units; the currency that makes a number of it is known to the verb."""

    default_error_messages = {"malformed": _("Write the amount as a decimal string, for example “25000”.")}

    def to_internal_value(self, data: Any) -> str:
        text = str(data) if isinstance(data, int) and not isinstance(data, bool) else data
        if not isinstance(text, str) or not AMOUNT.fullmatch(text):
            self.fail("malformed")
        return text

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field({"type": "string", "example": "AMD", "pattern": "^[A-Z]{3}$"})
class CurrencyField(serializers.Field[str, Any, str, Any]):
    """An ISO 4217 code."""

    default_error_messages = {"malformed": _("Write the currency as three letters, for example “AMD”.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not CURRENCY.fullmatch(data):
            self.fail("malformed")
        return data

    def to_representation(self, value: str) -> str:
        return value


class PeriodShape(serializers.Serializer[Any]):
    """First and last day, both included."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # “from” is a word of Python, so the fields are named here.
        return {
            "from": serializers.DateField(source="period_from"),
            "to": serializers.DateField(source="period_to"),
        }


class PeriodInput(Strict):
    """First and last day, both included."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.DateField(source="period_from"),
            "to": serializers.DateField(source="period_to"),
        }


def external_id(**options: Any) -> serializers.CharField:
    """Return the field of an id in another system."""
    return serializers.CharField(max_length=100, required=False, allow_null=True, **options)


def reference() -> serializers.CharField:
    """Return a field that names another record, by our id or by its external id."""
    return serializers.CharField(max_length=100)


def _attribute(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
    return value
