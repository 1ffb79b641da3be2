"""Forms that are made from the input of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from attrs import Factory, frozen

from newel import MaxLength, Min, Secret
from newel.contracts.views import meant
from newel.jsonschema import schema_of
from newel_tui.forms import form_for
from newel_tui.gateway import Known


@frozen(kw_only=True)
class Place:
    city: Annotated[str, "Where it is."]
    zip: int | None = None


@frozen(kw_only=True)
class Order:
    name: Annotated[str, "What it is called.", MaxLength(80)]
    note: Annotated[str, "What there is to say.", MaxLength(5000)] = ""
    count: Annotated[int, "How many.", Min(1)] = 20
    share: float | None = None
    wanted: bool = True
    kind: Literal["one", "two"] | None = None
    kinds: tuple[Literal["a", "b"], ...] = ()
    tags: tuple[str, ...] = ()
    password: Secret[str] | None = None
    until: datetime | None = None
    place: Place | None = None
    places: tuple[Place, ...] = ()
    data: Mapping[str, Any] = Factory(dict)
    any: Any = None


def known(kind: type[Any] = Order) -> Known:
    schema = dict(schema_of(kind))
    schema |= schema["$defs"][schema.pop("$ref").rpartition("/")[2]]
    return Known(name="orders.create", summary="Makes an order", doc="", needs="x", effect="write", schema=schema)


def test_each_type_gets_its_control() -> None:
    form = form_for(known(), {}, (), {})
    assert {one.name: one.kind for one in form.controls} == {
        "name": "text", "note": "lines", "count": "integer", "share": "number", "wanted": "flag", "kind": "choice",
        "kinds": "choices", "tags": "tags", "password": "secret", "until": "datetime", "place": "object",
        "places": "list", "data": "json", "any": "json",
    }  # fmt: skip


def test_what_is_known_of_a_field_is_shown() -> None:
    controls = {one.name: one for one in form_for(known(), {}, (), {}).controls}
    assert controls["name"].required
    assert not controls["count"].required
    assert controls["name"].help == "What it is called."
    assert controls["name"].schema["maxLength"] == 80
    assert controls["count"].schema["default"] == 20
    assert [one.value for one in controls["kind"].options] == ["one", "two"]
    assert [(one.name, one.kind, one.required) for one in controls["place"].parts] == [
        ("city", "text", True),
        ("zip", "integer", False),
    ]


def test_fields_that_are_given_are_not_asked_for() -> None:
    form = form_for(known(), {"name": "$5", "count": 3}, (), {})
    assert "name" not in [one.name for one in form.controls]
    assert form.submit is not None
    assert meant(form.submit.params, {}) == {"name": "$5", "count": 3}


def test_a_row_fills_in_what_it_has_but_no_secret_and_nothing_unknown() -> None:
    row = {"name": "n", "password": "***", "place": {"city": "Ulm", "id": "x"}, "other": 1}
    form = form_for(known(), {"id": "7"}, ("name", "password", "place"), row)
    assert form.values == {"name": "n", "place": {"city": "Ulm"}}


async def test_optional_fields_that_are_empty_are_left_out(sit: Any) -> None:
    form = form_for(known(), {}, (), {})
    sat = await sit(*form.controls, submit=form.submit)
    sat.site.answers["orders.create"] = lambda params: {}
    await sat.type("Chair").does("ctrl+s")
    assert sat.site.sent("orders.create") == [{"name": "Chair"}]
