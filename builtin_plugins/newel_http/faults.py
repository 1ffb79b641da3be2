"""Errors that only this door knows, beside those of ``newel.errors``."""

from __future__ import annotations

from collections.abc import Iterable

from newel.errors import Malformed, NewelError, Problem


class BadQuery(Malformed):
    """The query string is wrong. The problems' pointers are names of parameters."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__("the query is not valid", problems=problems)

    @classmethod
    def of(cls, name: str, code: str, detail: str) -> BadQuery:
        return cls([Problem(name, code, detail)])


class BadToken(NewelError):
    """Credentials were sent and are not good."""

    code = "unauthenticated"
