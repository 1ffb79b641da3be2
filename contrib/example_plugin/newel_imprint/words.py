"""Words that are not printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from newel import Problem


class Words:
    """The banned words, made ready once: the hook runs for every save."""

    def __init__(self, words: Iterable[str]) -> None:
        alternatives = "|".join(re.escape(word.strip()) for word in words)
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if alternatives else None

    def problems(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        """One for every field whose text holds a banned word."""
        if self._pattern is None:
            return
        for name, value in data.items():
            found = self._pattern.search(value) if isinstance(value, str) else None
            if found is not None:
                yield Problem(f"/data/{name}", "banned_word", f"'{found[0]}' is not printed here")
