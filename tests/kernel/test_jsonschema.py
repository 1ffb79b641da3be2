"""JSON Schema of attrs classes: what inputs and answers look like to others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar

import pytest
from attrs import Factory, frozen
from jsonschema import Draft202012Validator

from newel import Max, MaxLength, Min, MinLength, Pattern, Secret, ShownOnce
from newel.jsonschema import Schemas, schema_of
from newel.structure import Structurer

T = TypeVar("T")
Id = NewType("Id", str)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Leaf:
    """The last thing.

    More about it, which is not shown.
    """

    id: Annotated[Id, "Which.", Pattern("[a-z]+")]
    count: Annotated[int, Min(1), Max(9)] = 1


@frozen(kw_only=True)
class Tree:
    name: Annotated[str, "Its name.", MinLength(1), MaxLength(5)]
    leaf: Annotated[Leaf | None, "The best leaf."] = None
    below: tuple[Tree, ...] = ()
    tags: Annotated[list[str], MaxLength(3)] = Factory(list)
    kind: Literal["oak", "elm"] = "oak"
    colour: Colour | None = None
    when: datetime | None = None
    extra: Annotated[Mapping[str, Any], MaxLength(2)] = Factory(dict)
    numbers: Mapping[str, int] = Factory(dict)
    secret: Secret[str] | None = None


@frozen
class Page(Generic[T]):
    data: tuple[T, ...]
    first: T


@frozen
class Made:
    token: ShownOnce[str]
    hidden: Secret[str]


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer", "format": "int64"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (Any, {}),
        (None, {"type": "null"}),
        (str | None, {"type": ["string", "null"]}),
        (int | str, {"anyOf": [{"type": "integer", "format": "int64"}, {"type": "string"}]}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a"] | None, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Colour, {"type": "string", "enum": ["red", "blue"]}),
        (Id, {"type": "string"}),
        (frozenset[str], {"type": "array", "items": {"type": "string"}}),
        (dict[str, Any], {"type": "object", "additionalProperties": {}}),
        (Secret[str], {"type": "string", "format": "password", "writeOnly": True}),
        (Annotated[float, "Size.", Min(1)], {"type": "number", "minimum": 1, "description": "Size."}),
        (Annotated[str | None, MaxLength(3)], {"type": ["string", "null"], "maxLength": 3}),
        (Annotated[tuple[str, ...], MinLength(1)], {"type": "array", "items": {"type": "string"}, "minItems": 1}),
        (Annotated[dict[str, int], MaxLength(2)], {
            "type": "object", "additionalProperties": {"type": "integer", "format": "int64"}, "maxProperties": 2,
        }),
        (Annotated[str, Pattern("a|b")], {"type": "string", "pattern": "^(?:a|b)$"}),
    ],
)  # fmt: skip
def test_a_type(hint: Any, schema: Any) -> None:
    assert Schemas().of(hint) == schema


def test_an_input_may_leave_out_what_has_a_default() -> None:
    schemas = Schemas()
    assert schemas.of(Leaf) == {"$ref": "#/components/schemas/Leaf"}
    assert schemas.components["Leaf"] == {
        "type": "object",
        "description": "The last thing.",
        "properties": {
            "id": {"type": "string", "pattern": "^(?:[a-z]+)$", "description": "Which."},
            "count": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 9, "default": 1},
        },
        "required": ["id"],
        "additionalProperties": False,
    }


def test_an_answer_has_every_field() -> None:
    schemas = Schemas()
    schemas.of(Leaf, answer=True)
    assert schemas.components["Leaf"]["required"] == ["id", "count"]
    assert "additionalProperties" not in schemas.components["Leaf"]


def test_a_class_that_is_both_is_described_twice() -> None:
    schemas = Schemas()
    schemas.of(Tree, answer=True)
    assert schemas.of(Tree) == {"$ref": "#/components/schemas/TreeInput"}
    assert set(schemas.components) == {"Tree", "TreeInput", "Leaf", "LeafInput"}
    assert schemas.components["TreeInput"]["properties"]["leaf"] == {
        "anyOf": [{"$ref": "#/components/schemas/LeafInput"}, {"type": "null"}],
        "description": "The best leaf.",
        "default": None,
    }


def test_secrets_in_an_answer() -> None:
    schemas = Schemas()
    schemas.of(Made, answer=True)
    properties = schemas.components["Made"]["properties"]
    assert "writeOnly" not in properties["token"]
    assert "never again" in properties["token"]["description"]
    assert "***" in properties["hidden"]["description"]


def test_generic_classes() -> None:
    schemas = Schemas()
    assert schemas.of(Page[Leaf], answer=True) == {"$ref": "#/components/schemas/PageOfLeaf"}
    properties = schemas.components["PageOfLeaf"]["properties"]
    assert properties["first"] == {"$ref": "#/components/schemas/Leaf"}
    assert properties["data"]["items"] == {"$ref": "#/components/schemas/Leaf"}


def test_two_classes_of_one_name() -> None:
    first, second = (frozen(type("Same", (), {"__annotations__": {name: "str"}})) for name in ("a", "b"))
    schemas = Schemas()
    assert schemas.of(first) != schemas.of(second)
    assert len(schemas.components) == 2
    assert schemas.of(first) == schemas.of(first)


@pytest.mark.parametrize(
    ("data", "good"),
    [
        ({"name": "a"}, True), ({}, False), ({"name": ""}, False), ({"name": "a", "x": 1}, False),
        ({"name": "a", "leaf": {"id": "b"}, "below": [{"name": "c"}]}, True),
        ({"name": "a", "leaf": {"id": "B"}}, False),
        ({"name": "a", "kind": "ash"}, False), ({"name": "a", "tags": ["1", "2", "3", "4"]}, False),
        ({"name": "a", "numbers": {"n": "1"}}, False), ({"name": "a", "extra": {"1": 1, "2": 2, "3": 3}}, False),
        ({"name": "a", "leaf": None, "when": None}, True), ({"name": "a", "leaf": {"id": "b", "count": 10}}, False),
    ],
)  # fmt: skip
def test_the_schema_and_the_structurer_agree(data: Any, good: bool) -> None:
    schema = schema_of(Tree)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(data) is good
    try:
        Structurer().structure(data, Tree)
        structured = True
    except Exception:  # noqa: BLE001 - whichever it is
        structured = False
    assert structured is good


def test_an_answer_fits_its_schema() -> None:
    tree = Tree(name="a", leaf=Leaf(id=Id("b")), below=(Tree(name="c"),), secret=Secret("x"))
    Draft202012Validator(schema_of(Tree, answer=True)).validate(Structurer().unstructure(tree))
