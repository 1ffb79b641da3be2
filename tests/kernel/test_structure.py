"""Input becomes frozen classes strictly, and every fault is told at once with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from attrs import field, frozen

from newel.errors import Problem
from newel.secrets import Secret, ShownOnce
from newel.structure import Faults, FromText, Max, MaxLength, Min, MinLength, Pattern, Structurer, rfc3339, sentence_of


@frozen
class Author:
    name: Annotated[str, "Who.", MinLength(1), MaxLength(5)]
    born: int | None = None


@frozen(kw_only=True)
class Book:
    title: str
    pages: Annotated[int, "How many.", Min(1), Max(9)] = 1
    price: float = 0.0
    sold: bool = False
    authors: tuple[Author, ...] = ()
    tags: frozenset[str] = frozenset()
    state: Literal["new", "old"] = "new"
    code: Annotated[str, Pattern("[a-z]+")] = "a"
    more: dict[str, int] = field(factory=dict)
    anything: Any = None
    at: datetime | None = None
    key: Secret[str] | None = None


STRUCTURER = Structurer()


def problems(data: Any, kind: type[Any] = Book) -> dict[str, str]:
    with pytest.raises(Faults) as caught:
        STRUCTURER.structure(data, kind)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def test_a_full_value() -> None:
    book = STRUCTURER.structure(
        {
            "title": "t", "pages": 3, "price": 2, "sold": True, "authors": [{"name": "a"}], "tags": ["x"],
            "state": "old", "more": {"a": 1}, "anything": [1, {"b": None}], "at": "2026-01-02T03:04:05+01:00",
            "key": "k",
        },
        Book,
    )  # fmt: skip
    assert (book.title, book.pages, book.price, book.authors[0].name) == ("t", 3, 2, "a")
    assert book.at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert book.key == Secret("k")
    assert book.anything == [1, {"b": None}]


def test_all_faults_at_once_with_pointers() -> None:
    assert problems(
        {
            "pages": 0, "sold": "yes", "authors": [{"name": ""}, {"nam": "x"}], "state": "x",
            "code": "A", "more": {"a/b": "1"}, "zz": 1,
        }
    ) == {
        "/title": "required",
        "/pages": "min",
        "/sold": "type",
        "/authors/0/name": "min_length",
        "/authors/1/name": "required",
        "/authors/1/nam": "unknown",
        "/state": "one_of",
        "/code": "pattern",
        "/more/a~1b": "type",
        "/zz": "unknown",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 1), ("title", None), ("title", ["a"]), ("title", {}), ("pages", "3"), ("pages", 3.0), ("pages", True),
        ("price", "1"), ("price", True), ("sold", 1), ("sold", "true"), ("authors", "ab"), ("authors", {}),
        ("tags", "a"),         ("more", []), ("at", 5), ("at", "yesterday"), ("at", "2026-01-02T03:04:05"), ("key", 5),
    ],
)  # fmt: skip
def test_nothing_is_coerced(name: str, value: Any) -> None:
    assert set(problems({"title": "t"} | {name: value})) <= {f"/{name}", "/authors/0", "/authors/1"}


@pytest.mark.parametrize("data", [None, [], "x", 5, True])
def test_not_an_object(data: Any) -> None:
    assert problems(data) == {"": "type"}


def test_text_from_a_place_without_types_is_parsed_by_the_field() -> None:
    data = {
        "title": FromText("7"), "pages": FromText("7"), "price": FromText("1.5"), "sold": FromText("true"),
        "tags": FromText("a, b"), "state": FromText("old"), "more": FromText('{"a": 1}'),
        "authors": [{"name": FromText("n")}],
    }  # fmt: skip
    book = STRUCTURER.structure(data, Book)
    assert (book.title, book.pages, book.price, book.sold, book.tags) == ("7", 7, 1.5, True, frozenset("ab"))
    assert type(book.title) is str
    assert problems({"title": FromText("t"), "pages": FromText("x"), "sold": FromText("1")}) == {
        "/pages": "type",
        "/sold": "type",
    }


def test_a_message_never_shows_the_value() -> None:
    with pytest.raises(Faults) as caught:
        STRUCTURER.structure({"title": "t", "key": 12345678}, Book)
    assert "12345678" not in str(caught.value)
    assert caught.value.problems == [Problem("/key", "type", "expected a string, got integer")]


def test_secrets_are_masked_by_type_and_shown_once() -> None:
    @frozen
    class Made:
        token: ShownOnce[str]
        hash: Secret[str]
        inner: dict[str, Any]

    made = Made(ShownOnce("t"), Secret("h"), {"deep": [Secret("x"), ShownOnce("y")]})
    assert STRUCTURER.unstructure(made) == {"token": "***", "hash": "***", "inner": {"deep": ["***", "***"]}}
    assert STRUCTURER.unstructure(made, show=True) == {"token": "t", "hash": "***", "inner": {"deep": ["***", "y"]}}
    assert "t" not in repr(made.token) + str(made.hash)


def test_times_are_written_one_way() -> None:
    assert rfc3339(datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=UTC)) == "2026-01-02T03:04:05.678Z"
    assert STRUCTURER.unstructure({"at": datetime(2026, 1, 2, tzinfo=UTC)}) == {"at": "2026-01-02T00:00:00.000Z"}


def test_the_sentence_of_a_field() -> None:
    assert sentence_of(Annotated[str, Min(1), "Words."]) == "Words."
    assert sentence_of(str) == ""
