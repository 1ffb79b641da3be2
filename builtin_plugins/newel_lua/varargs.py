"""``arg``: what variable arguments were called in Lua 5.0. 5.1 still fills it, and so does the Go system; our machine's
compiler does not, so it is written into the text. No line moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

FILLED = " local arg={n=select('#',...),...};"
_TOKEN = re.compile(r"""--\[=*\[ | --[^\n]* | \[=*\[ | ["'] | [A-Za-z_]\w* | \.\.\. | [().:]""", re.VERBOSE | re.ASCII)
_QUOTED = {quote: re.compile(rf"{quote}(?:\\.|[^{quote}\\\n])*{quote}", re.DOTALL) for quote in "\"'"}
_OPEN, _CLOSE = frozenset({"function", "do", "if", "repeat"}), frozenset({"end", "until"})
_DOTS, _ARG = "...", "arg"


class _Function:
    """Where its body begins, whether it takes ``...``, and what it uses."""

    def __init__(self) -> None:
        self.begins = 0
        self.variable = self.uses_arg = self.uses_dots = False


def filled(code: bytes) -> bytes:
    """The code with ``arg`` in functions that take ``...`` and use ``arg`` instead. What is no Lua stays as it is."""
    return _filled(code.decode("latin-1")).encode("latin-1")


def _filled(text: str) -> str:
    if _DOTS not in text or not re.search(rf"\b{_ARG}\b", text):
        return text
    made, last = [], 0
    for place in sorted(_places(text)):
        made += [text[last:place], FILLED]
        last = place
    return "".join([*made, text[last:]])


def _places(text: str) -> list[int]:
    blocks: list[_Function | None] = []
    functions: list[_Function] = []
    found: list[int] = []
    heading, before = False, ""
    for word, ends in _words(text):
        if heading:
            functions[-1].variable |= word == _DOTS
            heading = word != ")"
            functions[-1].begins = ends
        elif word in _OPEN:
            heading = word == "function"
            blocks.append(_Function() if heading else None)
            functions += [one for one in blocks[-1:] if one is not None]
        elif word in _CLOSE and blocks:
            closed = blocks.pop()
            if closed is not None:
                functions.pop()
                if closed.variable and closed.uses_arg and not closed.uses_dots:
                    found.append(closed.begins)
                elif functions:  # it is an outer function's, if anybody's
                    functions[-1].uses_arg |= closed.uses_arg
        elif functions:
            functions[-1].uses_dots |= word == _DOTS
            functions[-1].uses_arg |= word == _ARG and before not in (".", ":")
        before = word
    return found


def _words(text: str) -> Iterator[tuple[str, int]]:
    """Those that matter, and where each ends. It ends with the first thing that is not closed."""
    at = 0
    while (match := _TOKEN.search(text, at)) is not None:
        word, at = match[0], match.end()
        if word in _QUOTED:
            quoted = _QUOTED[word].match(text, match.start())
            if quoted is None:
                return
            at = quoted.end()
        elif word.endswith("[") and (opened := re.fullmatch(r"(?:--)?\[(=*)\[", word)):
            close = text.find(f"]{opened[1]}]", at)
            if close < 0:
                return
            at = close + len(opened[1]) + 2
        elif not word.startswith("--"):
            yield word, at
