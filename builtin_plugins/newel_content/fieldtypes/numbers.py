"""Numbers, with keys that sort by value.

``number`` is a decimal. On the wire and in storage it is a JSON number; only numbers that a double carries exactly as
written are taken, so that no reader sees another one. With the option ``exact`` it is a decimal text on the wire and in
storage, in one spelling a value, for sums of money and the like.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Annotated, Any

from attrs import frozen

from newel.bounds import Fault, described
from newel.contracts.content import Field, FieldType

INTEGER_DIGITS = 20
FRACTION_DIGITS = 10
_WIDE = Context(prec=500)
"""Enough for every number that is taken; Decimal's own context rounds to 28 digits."""
_SCALE = Decimal(1).scaleb(-FRACTION_DIGITS)
_MOST = 10 ** (INTEGER_DIGITS + FRACTION_DIGITS) - 1
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1


@frozen
class NumberOptions:
    exact: Annotated[bool, 'A decimal text such as `"19.90"` instead of a JSON number.'] = False


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Fault("type", f"expected a number, got {described(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise Fault("type", "expected a number, got one that JSON does not have")
    if isinstance(value, str) and (len(value) > 64 or not value.isascii() or "_" in value):
        raise Fault("type", "expected a decimal number")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise Fault("type", "expected a decimal number") from None
    if not number.is_finite():
        raise Fault("type", "expected a decimal number")
    if number and number.adjusted() >= INTEGER_DIGITS:
        raise Fault("range", f"takes at most {INTEGER_DIGITS} digits before the point")
    if number and number.adjusted() < -350:
        raise Fault("range", "is too close to zero")
    return number


def _exact(field: Field) -> bool:
    return bool(field.options.get("exact", False))


def _fraction_digits(number: Decimal) -> int:
    exponent = number.normalize(_WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _number(value: Any, field: Field) -> int | float | str:
    number = _decimal(value)
    if _exact(field):
        if _fraction_digits(number) > FRACTION_DIGITS:
            raise Fault("range", f"takes at most {FRACTION_DIGITS} digits after the point")
        return _canonical(number)
    if isinstance(value, int) or (isinstance(value, str) and number == number.to_integral_value()):
        if abs(number) > 2**53:
            raise Fault("precision", "is more than a JSON number carries exactly: give the field the option `exact`")
        return int(number)
    double = float(number)
    if Decimal(repr(double)) != number:
        raise Fault("precision", "has more digits than a JSON number carries: give the field the option `exact`")
    return double if double else 0.0


def _canonical(number: Decimal) -> str:
    """Without exponent, trailing zeros and negative zero."""
    return f"{number.normalize(_WIDE):f}" if number else "0"


def number_key(stored: Any, field: Field) -> str:
    """Fixed point: sign, 20 digits, 10 digits; negative ones in nines' complement. What is finer is cut off."""
    scaled = int(_decimal(stored).quantize(_SCALE, ROUND_FLOOR, _WIDE).scaleb(FRACTION_DIGITS, _WIDE))
    digits = scaled if scaled >= 0 else _MOST + scaled + 1
    return f"{'1' if scaled >= 0 else '0'}{digits:0{INTEGER_DIGITS + FRACTION_DIGITS}d}"


def _number_literal(value: Any, field: Field) -> Any:
    number = _decimal(value)
    return _canonical(number)


def _number_schema(field: Field) -> Mapping[str, Any]:
    if _exact(field):
        return {"type": "string", "pattern": r"^-?\d{1,20}(\.\d{1,10})?$"}
    return {"type": "number"} | _bounds(field)


def _integer(value: Any, field: Field) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Fault("type", f"expected an integer, got {described(value)}")
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise Fault("range", "takes 64 bits: -9223372036854775808 to 9223372036854775807")
    return int(value)


def _integer_literal(value: Any, field: Field) -> int:
    if isinstance(value, str):
        try:
            value = int(value) if len(value) <= 20 else None
        except ValueError:
            value = None
        if value is None:
            raise Fault("type", "expected an integer")
    return _integer(value, field)


def _integer_key(stored: Any, field: Field) -> str:
    return f"{stored - MIN_INTEGER:020d}"


def _bounds(field: Field) -> dict[str, Any]:
    names = {"min": "minimum", "max": "maximum", "one_of": "enum"}
    return {names[rule]: bound for rule, bound in field.rules.items() if rule in names}


def _integer_schema(field: Field) -> Mapping[str, Any]:
    return {"type": "integer", "format": "int64"} | _bounds(field)


def _boolean(value: Any, field: Field) -> bool:
    if not isinstance(value, bool):
        raise Fault("type", f"expected true or false, got {described(value)}")
    return value


def _boolean_literal(value: Any, field: Field) -> bool:
    return _boolean({"true": True, "false": False}.get(value, value) if isinstance(value, str) else value, field)


NUMBER = FieldType(
    name="number",
    summary="A decimal number, sorted exactly to 20 digits before and 10 after the point.",
    parse=_number,
    schema=_number_schema,
    key=number_key,
    literal=_number_literal,
    options=NumberOptions,
)
INTEGER = FieldType(
    name="integer",
    summary="A whole number of 64 bits.",
    parse=_integer,
    schema=_integer_schema,
    key=_integer_key,
    literal=_integer_literal,
)
BOOLEAN = FieldType(
    name="boolean",
    summary="True or false.",
    parse=_boolean,
    schema=lambda field: {"type": "boolean"},
    key=lambda stored, field: "1" if stored else "0",
    literal=_boolean_literal,
)
FIELD_TYPES = (NUMBER, INTEGER, BOOLEAN)
