"""Markdown as it is meant: drawn with what a terminal has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from attrs import define, field
from markdown_it import MarkdownIt
from markdown_it.token import Token

from newel.contracts.layout import harmless
from newel_tui.boxes.form.lines import Line, cut, filled, width_of, wrapped

DEEPEST = 20
"""Quotes and lists inside each other."""
_MARKS = {"strong": "bold", "em": "field", "s": "dim", "link": "match"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"])


@define
class Page:
    """Rows that were drawn, each with the line of the text that it comes from."""

    width: int
    rows: list[tuple[int, Line]] = field(factory=list)
    source: int = 0

    def put(self, line: Line) -> None:
        self.rows.append((self.source, line))


def previewed(text: str, width: int) -> list[tuple[int, Line]]:
    """The rows of a text, each with the number of the line that it begins at."""
    page = Page(max(8, width))
    _blocks(page, _parser().parse(text), "", "")
    while page.rows and not page.rows[-1][1]:
        page.rows.pop()
    return page.rows


def _blocks(page: Page, tokens: Sequence[Token], first: str, rest: str) -> None:
    """``first`` stands before the first row (the mark of an item), ``rest`` before the others."""
    at = 0
    while at < len(tokens):
        token, end = tokens[at], _closing(tokens, at)
        inner = tokens[at + 1 : end]
        if token.map:
            page.source = token.map[0]
        lead, first = first, rest
        match token.type:
            case "heading_open":
                _flow(page, [("title", "#" * int(token.tag[1:]) + " "), *_inline(inner, "title")], lead, rest)
            case "paragraph_open":
                _flow(page, _inline(inner, ""), lead, rest)
            case "fence" | "code_block":
                for row in token.content.rstrip("\n").split("\n"):
                    page.put([("dim", lead), ("accent", "  " + cut(row, page.width - len(lead) - 2))])
                    lead = rest
            case "blockquote_open":
                _blocks(page, inner, lead + "│ ", rest + "│ ")
                if page.rows and "".join(text for _, text in page.rows[-1][1]) == rest + "│ ":
                    page.rows.pop()  # the space after its last paragraph comes after it
            case "bullet_list_open" | "ordered_list_open":
                _items(page, token, inner, lead, rest)
            case "table_open":
                _table(page, inner, lead, rest)
            case "hr":
                page.put([("dim", lead + "─" * (page.width - len(lead)))])
            case "html_block":
                for row in token.content.rstrip("\n").split("\n"):
                    page.put([("dim", lead + cut(row, page.width - len(lead)))])
                    lead = rest
            case _:
                first = lead
        if token.type in _SPACED and not token.hidden and (not page.rows or page.rows[-1][1]):
            page.put([("dim", rest)] if rest.strip() else [])
        at = end + 1


_SPACED = {
    "heading_open", "paragraph_open", "fence", "code_block", "blockquote_open", "bullet_list_open",
    "ordered_list_open", "table_open", "hr", "html_block",
}  # fmt: skip


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Where what begins at a token ends."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth <= 0:
            return index
    return len(tokens) - 1


def _items(page: Page, token: Token, inner: Sequence[Token], lead: str, rest: str) -> None:
    number, at = int(token.attrs.get("start", 1)), 0
    while at < len(inner):
        end = _closing(inner, at)
        mark = f"{number}. " if token.type.startswith("ordered") else "• "
        _blocks(page, inner[at + 1 : end], lead + mark, rest + " " * len(mark))
        number, at, lead = number + 1, end + 1, rest


def _table(page: Page, inner: Sequence[Token], lead: str, rest: str) -> None:
    rows: list[list[str]] = []
    for index, token in enumerate(inner):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append("".join(text for _, text in _inline(inner[index + 1 : index + 2], "")))
    count = max(map(len, rows), default=1)
    room = max(3, (page.width - len(lead)) // count - 3)
    widths = [min(room, max((width_of(row[n]) for row in rows if n < len(row)), default=1)) for n in range(count)]
    for index, row in enumerate(rows):
        cells = " │ ".join(filled(row[n] if n < len(row) else "", width) for n, width in enumerate(widths))
        page.put([("dim", lead), ("bold" if index == 0 else "", cells)])
        lead = rest
        if index == 0:
            page.put([("dim", lead + "─┼─".join("─" * width for width in widths))])


def _inline(tokens: Sequence[Token], base: str) -> Line:
    found: Line = []
    looks, hrefs = [base], []
    for token in (child for one in tokens for child in one.children or ()):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if token.nesting == 1:
            looks.append(_MARKS.get(name, looks[-1]))
            hrefs += [str(token.attrs.get("href", ""))] if name == "link" else []
        elif token.nesting == -1:
            looks.pop()
            if name == "link" and (href := hrefs.pop()):
                found.append(("dim", f" ({harmless(href)})"))
        elif token.type == "code_inline":
            found.append(("accent", harmless(token.content)))
        elif token.type == "image":
            found.append(("dim", f"[image: {harmless(token.content)}]"))
        elif token.type == "hardbreak":
            found.append(("", "\n"))
        else:
            found.append((looks[-1], " " if token.type == "softbreak" else harmless(token.content)))
    return found


def _flow(page: Page, line: Line, lead: str, rest: str) -> None:
    """Wraps a line of several looks."""
    for part in _broken(line):
        text = "".join(one for _, one in part)
        for start, end in wrapped(text, page.width - width_of(rest)):
            page.put([("dim", lead), *_slice(part, start, end)])
            lead = rest


def _broken(line: Line) -> Iterator[Line]:
    part: Line = []
    for one in line:
        if one[1] == "\n":
            yield part
            part = []
        else:
            part.append(one)
    yield part


def _slice(line: Line, start: int, end: int) -> Line:
    found, at = [], 0
    for look, text in line:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            found.append((look, piece))
        at += len(text)
    return found
