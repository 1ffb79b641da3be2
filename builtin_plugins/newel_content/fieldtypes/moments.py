"""Dates and times. Their texts sort by time, so the text is the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from newel.bounds import Fault
from newel.contracts.content import Field, FieldType
from newel.structure import rfc3339
from newel_content.fieldtypes.text import string

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _date(value: Any, field: Field) -> str:
    text = string(value)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Fault("format", "expected a date such as 2026-11-30") from None


def _time(value: Any, field: Field) -> str:
    text = string(value)
    try:
        if not _TIME.fullmatch(text):
            raise ValueError(text)
        return time.fromisoformat(text).isoformat("seconds")
    except ValueError:
        raise Fault("format", "expected a time such as 18:30 or 18:30:15") from None


def _datetime(value: Any, field: Field) -> str:
    """UTC, with milliseconds: finer ones are cut off."""
    text = string(value)
    if not _DATETIME.fullmatch(text):
        raise Fault("format", "expected a date and time with an offset, such as 2026-11-30T18:30:00Z")
    try:
        return rfc3339(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise Fault("format", "is no such date and time") from None


def _kind(name: str, summary: str, parse: Callable[[Any, Field], str], format: str) -> FieldType:
    def schema(field: Field) -> Mapping[str, Any]:
        return {"type": "string", "format": format}

    return FieldType(
        name=name, summary=summary, parse=parse, schema=schema, key=lambda stored, field: str(stored), literal=parse
    )


def _moment(value: Any, field: Field) -> str:
    """A filter may name a day instead of a moment: its beginning."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return _datetime(value + "T00:00:00Z", field)
    return _datetime(value, field)


DATE = _kind("date", "A day.", _date, "date")
TIME = _kind("time", "A time of day, without a zone.", _time, "time")
DATETIME = FieldType(
    name="datetime",
    summary="A moment; kept in UTC with milliseconds.",
    parse=_datetime,
    schema=lambda field: {"type": "string", "format": "date-time"},
    key=lambda stored, field: str(stored),
    literal=_moment,
)
FIELD_TYPES = (DATE, TIME, DATETIME)
