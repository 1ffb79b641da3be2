"""What can be set."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import field, frozen

from newel import MaxLength


def _no_empty_word(_: Any, __: Any, words: tuple[str, ...]) -> None:
    if not all(word.strip() for word in words):
        raise ValueError("an empty word would be found everywhere")


@frozen(kw_only=True)
class ImprintConfig:
    """The ``[imprint]`` section."""

    banned_words: Annotated[
        tuple[str, ...], "Words, in any case, that no field of an entry may contain.", MaxLength(1000)
    ] = field(default=(), validator=_no_empty_word)
