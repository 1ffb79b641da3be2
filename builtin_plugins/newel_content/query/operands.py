"""What a filter compares with: operands from JSON or from a query string, as the values that rows hold."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from newel import FromText
from newel.bounds import Fault, described
from newel.contracts.content import Field
from newel.contracts.database import Value
from newel.structure import rfc3339
from newel_content.documents.rows import TEXT_LENGTH
from newel_content.fieldtypes.moments import DATETIME
from newel_content.fieldtypes.text import KEY_LENGTH, string
from newel_content.model import BoundField
from newel_content.query.nodes import Test, padded

_NOW = re.compile(r"\$NOW(?:\(\s*([+-]?\d{1,6})\s+(second|minute|hour|day|week|month|year)s?\s*\))?", re.ASCII)
_MOMENTS = ("date", "datetime")
_TOP = "\U0010ffff"
COMPARE: Mapping[str, str] = {"_lt": "lt", "_lte": "lte", "_gt": "gt", "_gte": "gte"}
TEXTUAL: Mapping[str, str] = {
    "_contains": "contains", "_icontains": "icontains", "_starts_with": "starts", "_ends_with": "ends",
}  # fmt: skip
_TIME = Field(name="time", type="datetime")


def moment(text: str, now: datetime) -> str | None:
    """The time that ``$NOW`` or ``$NOW(-7 days)`` stands for; ``None`` for any other text."""
    match = _NOW.fullmatch(text)
    if match is None:
        return None
    count, unit = int(match[1] or 0), match[2] or "day"
    try:
        if unit in ("month", "year"):
            return rfc3339(_months_later(now.astimezone(UTC), count * (12 if unit == "year" else 1)))
        return rfc3339(now + timedelta(**{f"{unit}s": count}))
    except (OverflowError, ValueError):
        raise Fault("range", "there is no such time") from None


def _months_later(now: datetime, months: int) -> datetime:
    years, month = divmod(now.month - 1 + months, 12)
    year = now.year + years
    if not 1 <= year <= 9999:
        raise OverflowError
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


def truth(value: Any) -> bool:
    """A yes or no, perhaps as text. Raises ``Fault``."""
    if isinstance(value, bool):
        return value
    if isinstance(value, FromText) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Fault("type", f"expected true or false, got {described(value)}")


def listed(value: Any, most: int) -> list[Any]:
    """The values of ``_in``: a list, or in a query string a comma list. Raises ``Fault``."""
    if isinstance(value, FromText):
        value = [FromText(part.strip()) for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise Fault("type", f"expected a list, got {described(value)}")
    if not 0 < len(value) <= most:
        raise Fault("count", f"takes 1 to {most} values")
    return list(value)


@frozen
class FieldOperands:
    """Operands for one field: its type says what they mean."""

    bound: BoundField
    now: datetime

    def key(self, value: Any) -> tuple[str, str | None]:
        """The sort key, and for texts the text as written. Raises ``Fault``."""
        kind, field = self.bound.kind, self.bound.field
        if isinstance(value, str):
            value = string(str(value))
            if kind.name in _MOMENTS:
                value = self._moment(value)
            if kind.textual and len(value) > TEXT_LENGTH:
                raise Fault("max_length", f"takes at most {TEXT_LENGTH} characters")
        stored = (kind.literal or kind.parse)(value, field)
        key = None if kind.key is None else kind.key(stored, field)
        if key is None:
            raise Fault("type", "is nothing to compare with")
        return key, stored[:TEXT_LENGTH] if kind.textual and isinstance(stored, str) else None

    def _moment(self, text: str) -> str:
        found = moment(text, self.now)
        if found is None:
            return text
        return found[:10] if self.bound.kind.name == "date" else found

    def equal(self, value: Any) -> Test:
        key, text = self.key(value)
        return Test(("eq",), (key,)) if text is None else Test(("same",), (key, text))

    def among(self, value: Any, most: int) -> Test:
        pairs = [self.key(one) for one in listed(value, most)]
        keys = padded([key for key, _ in pairs])
        if pairs[0][1] is None:
            return Test(("in", len(keys)), keys)
        texts: list[Value] = [text for _, text in pairs]
        return Test(("among", len(keys)), (*keys, *padded(texts)))

    def compared(self, operator: str, value: Any) -> Test:
        return Test((COMPARE[operator],), (self.key(value)[0],))

    def between(self, value: Any) -> Test:
        pair = listed(value, 2)
        if len(pair) != 2:
            raise Fault("count", "takes two values: the least and the greatest")
        return Test(("between",), (self.key(pair[0])[0], self.key(pair[1])[0]))

    def like(self, operator: str, value: Any) -> Test:
        """Case counts, but for ``_icontains``."""
        if not isinstance(value, str) or not value:
            raise Fault("type", "expected a text of one character or more")
        if operator == "_icontains":
            return Test(("icontains",), (f"%{_escaped(self.key(str(value).casefold())[0])}%",))
        key, text = self.key(value)
        pattern = _escaped(text or "")
        if operator == "_starts_with":
            # The range lets the index be used; it holds wherever the pattern does.
            return Test(("starts",), (key, key + _TOP * (KEY_LENGTH - len(key)), f"{pattern}%"))
        # The key is in the index, the text is not: most rows are passed over without being fetched.
        inside = f"%{_escaped(key)}%"
        if operator == "_ends_with":
            return Test(("ends",), (inside, f"%{pattern}"))
        return Test(("contains",), (inside, f"%{pattern}%"))


@frozen
class ColumnOperands:
    """Operands for a column that every entry has: an id, a position or a time."""

    name: str
    now: datetime

    def key(self, value: Any) -> str:
        text = string(str(value) if isinstance(value, str) else value)
        if not self.name.endswith("_at"):
            if len(text) > KEY_LENGTH:
                raise Fault("max_length", f"takes at most {KEY_LENGTH} characters")
            return text
        assert DATETIME.literal is not None  # noqa: S101 - it has one
        return moment(text, self.now) or str(DATETIME.literal(text, _TIME))

    def equal(self, value: Any) -> Test:
        return Test(("eq",), (self.key(value),))

    def among(self, value: Any, most: int) -> Test:
        keys = padded([self.key(one) for one in listed(value, most)])
        return Test(("in", len(keys)), keys)

    def compared(self, operator: str, value: Any) -> Test:
        return Test((COMPARE[operator],), (self.key(value),))

    def between(self, value: Any) -> Test:
        pair = listed(value, 2)
        if len(pair) != 2:
            raise Fault("count", "takes two values: the least and the greatest")
        return Test(("between",), (self.key(pair[0]), self.key(pair[1])))


def _escaped(text: str) -> str:
    """The text in a pattern, where it stands for itself."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
