"""Values: what goes in comes out, keys sort as values do, and what is wrong is told."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newel.bounds import Fault
from newel.contracts.content import Field, FieldType
from newel_content.fieldtypes import FIELD_TYPES
from newel_content.fieldtypes.rules import broken
from newel_content.fieldtypes.slug import MAX_LENGTH, numbered, slugify
from newel_content.fieldtypes.text import KEY_LENGTH, folded

KINDS: dict[str, FieldType] = {kind.name: kind for kind in FIELD_TYPES}
CHOICES = {"choices": [{"value": "a"}, {"value": "b"}]}


def parse(kind: str, value: Any, **field: Any) -> Any:
    return KINDS[kind].parse(value, Field(name="x", type=kind, number=1, **field))


def key(kind: str, value: Any, **field: Any) -> str:
    made = Field(name="x", type=kind, number=1, **field)
    make = KINDS[kind].key
    assert make is not None
    found = make(KINDS[kind].parse(value, made), made)
    assert found is not None
    assert len(found) <= KEY_LENGTH
    return found


def faults(kind: str, value: Any, **field: Any) -> list[str]:
    made = Field(name="x", type=kind, number=1, **field)
    try:
        stored = KINDS[kind].parse(value, made)
    except Fault as fault:
        return [fault.code]
    return [fault.code for fault in broken(stored, made)]


@pytest.mark.parametrize(
    ("kind", "value", "options"),
    [
        ("text", " Ünïcode 🪜 ", {}),
        ("textarea", "two\nlines\r\n", {}),
        ("markdown", "# A\n\n*b* ", {}),
        ("slug", "eine-straße-2", {}),
        ("slug", "日本語", {}),
        ("email", "Name+tag@sub.example.org", {}),
        ("url", "https://example.org/a?b=c#d", {}),
        ("url", "/inside", {}),
        ("url", "mailto:a@example.org", {}),
        ("url", "tel:+491234", {}),
        ("url", "#part", {}),
        ("number", 12.5, {}),
        ("number", 3, {}),
        ("number", "12.50", {"exact": True}),
        ("integer", -(2**63), {}),
        ("boolean", False, {}),
        ("date", "2026-02-28", {}),
        ("datetime", "2026-02-28T12:00:00.123Z", {}),
        ("time", "18:30:00", {}),
        ("select", "b", CHOICES),
        ("multiselect", ["b", "a"], CHOICES),
        ("tags", ["Wood", "wood"], {}),
        ("color", "#1F6feb", {}),
        ("json", {"a": [1, 2.5, None, {"b": "c"}]}, {}),
        ("geo", {"lat": 52.5, "lng": -13}, {}),
        ("reference", "01ARZ3NDEKTSV4RRFFQ69G5FAV", {}),
        ("reference", ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], {"many": True}),
    ],
)
def test_what_goes_in_comes_out(kind: str, value: Any, options: dict[str, Any]) -> None:
    expected = "12.5" if value == "12.50" else value
    assert parse(kind, value, options=options) == expected
    assert type(parse(kind, value, options=options)) is type(value)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", 1, "type"),
        ("text", "two\nlines", "line"),
        ("text", "nul\0", "characters"),
        ("markdown", "\ud800", "characters"),
        ("slug", "Upper", "slug"),
        ("slug", "a--b", "slug"),
        ("slug", "a b", "slug"),
        ("slug", "a/b", "slug"),
        ("slug", "", "slug"),
        ("slug", "a" * 151, "slug"),
        ("email", "no-at.example.org", "format"),
        ("email", "a@b", "format"),
        ("email", "a b@example.org", "format"),
        ("email", "a@example.org\n", "format"),
        ("url", "javascript:alert(1)", "scheme"),
        ("url", "JaVaScRiPt:alert(1)", "scheme"),
        ("url", "java\tscript:alert(1)", "format"),
        ("url", " javascript:alert(1)", "format"),
        ("url", "\x01javascript:alert(1)", "format"),
        ("url", "data:text/html,x", "scheme"),
        ("url", "vbscript:x", "scheme"),
        ("url", "https://", "format"),
        ("url", "http:\\\\example.org", "format"),
        ("number", True, "type"),
        ("number", math.nan, "type"),
        ("number", "1e5x", "type"),
        ("number", "NaN", "type"),
        ("number", "0.1234567890123456789", "precision"),
        ("number", 10**20, "range"),
        ("number", 2**53 + 1, "precision"),
        ("integer", 1.0, "type"),
        ("integer", 2**63, "range"),
        ("integer", "1", "type"),
        ("boolean", 1, "type"),
        ("date", "2026-02-30", "format"),
        ("date", "20260228", "format"),
        ("datetime", "2026-02-28T12:00:00", "format"),
        ("datetime", "2026-02-28", "format"),
        ("time", "25:00", "format"),
        ("select", "c", "one_of"),
        ("multiselect", ["a", "a"], "duplicate"),
        ("multiselect", "a", "type"),
        ("tags", [" a"], "format"),
        ("tags", ["a", 1], "type"),
        ("color", "red", "format"),
        ("json", {"a": 2**64}, "range"),
        ("json", {"a": math.inf}, "type"),
        ("json", {"a\0": 1}, "characters"),
        ("geo", {"lat": 91, "lng": 0}, "range"),
        ("geo", {"lat": 1}, "type"),
        ("reference", "nobody", "format"),
        ("reference", ["01ARZ3NDEKTSV4RRFFQ69G5FAV"], "type"),
        ("blocks", {}, "type"),
    ],
)
def test_what_is_wrong_is_told(kind: str, value: Any, code: str) -> None:
    assert faults(kind, value, options=CHOICES if "select" in kind else {}) == [code]


def test_exact_numbers_have_one_spelling() -> None:
    spelled = {parse("number", one, options={"exact": True}) for one in ("1", "1.0", "01.00", "1e0", 1, 1.0, "+1")}
    assert spelled == {"1"}
    assert parse("number", "-0.0", options={"exact": True}) == "0"
    assert faults("number", "0.12345678901", options={"exact": True}) == ["range"]


def test_a_datetime_is_kept_in_utc() -> None:
    assert parse("datetime", "2026-02-28T13:00:00+01:00") == "2026-02-28T12:00:00.000Z"


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**19), max_value=10**19)))
def test_number_keys_sort_by_value(numbers: list[Decimal]) -> None:
    texts = [f"{number:f}" for number in numbers]
    by_key = sorted(texts, key=lambda text: key("number", text, options={"exact": True}))
    assert [Decimal(text) for text in by_key] == sorted(numbers)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e19, max_value=1e19)))
def test_keys_of_doubles_never_disagree_with_their_order(numbers: list[float]) -> None:
    ordered = sorted(numbers)
    keys = [key("number", number) for number in ordered]
    assert keys == sorted(keys)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integer_keys_sort_by_value(numbers: list[int]) -> None:
    assert sorted(numbers, key=lambda number: key("integer", number)) == sorted(numbers)


@given(st.lists(st.dates()), st.lists(st.datetimes(timezones=st.just(UTC))))
def test_keys_of_times_sort_by_time(dates: list[date], moments: list[datetime]) -> None:
    assert sorted(dates, key=lambda one: key("date", one.isoformat())) == sorted(dates)
    exact = [one.replace(microsecond=one.microsecond // 1000 * 1000) for one in moments]
    assert sorted(exact, key=lambda one: key("datetime", one.isoformat())) == sorted(exact)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_double_keeps_every_bit(number: float) -> None:
    assert faults("number", number) or parse("number", number) == number


@given(st.text(max_size=400))
def test_text_is_kept_or_refused(text: str) -> None:
    assert faults("textarea", text) == ["characters"] or parse("textarea", text) == text
    assert len(folded(text)) <= KEY_LENGTH


@given(st.text())
def test_a_slug_is_a_slug_whatever_it_is_made_from(text: str) -> None:
    slug = slugify(text)
    if slug:
        assert parse("slug", slug) == slug
        assert parse("slug", numbered(slug, 337))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Über uns", "uber-uns"),
        ("Straße & Weg", "strasse-weg"),
        ("Привет, мир", "privet-mir"),
        ("Ελληνικά", "ellinika"),
        ("日本語の本", "日本語の本"),
        ("שלום עולם", "שלום-עולם"),
        ("हिन्दी में", "हिन्दी-में"),
        ("Don't \N{EN DASH} stop!", "dont-stop"),
        ("--", ""),
        ("word " * 50, "-".join(["word"] * 30)),
    ],
)
def test_slugs_of_titles(text: str, slug: str) -> None:
    assert slugify(text) == slug
    assert len(slugify(text)) <= MAX_LENGTH


@pytest.mark.parametrize(
    ("kind", "value", "rules", "codes"),
    [
        ("text", "ab", {"min_length": 3}, ["min_length"]),
        ("text", "abcd", {"max_length": 3, "pattern": "[0-9]+"}, ["max_length", "pattern"]),
        ("text", "x", {"one_of": ["a", "b"]}, ["one_of"]),
        ("integer", 5, {"min": 1, "max": 5}, []),
        ("integer", 6, {"max": 5}, ["max"]),
        ("number", 0.3, {"max": 0.3}, []),
        ("date", "2026-01-01", {"min": "2026-01-02"}, ["min"]),
        ("tags", ["a"], {"min_count": 2}, ["min_count"]),
        ("tags", ["a", "bbb"], {"max_length": 2, "max_count": 1}, ["max_length", "max_count"]),
    ],
)
def test_rules(kind: str, value: Any, rules: dict[str, Any], codes: list[str]) -> None:
    assert faults(kind, value, rules=rules) == codes


def test_a_pattern_that_would_take_for_ever_is_stopped() -> None:
    begun = datetime.now(UTC)
    assert faults("text", "a" * 40 + "!", rules={"pattern": "(a|a)*"}) == ["pattern_time"]
    assert datetime.now(UTC) - begun < timedelta(seconds=2)
