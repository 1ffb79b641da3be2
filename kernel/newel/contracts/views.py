"""What a terminal screen may show beside plain layouts: parts that the door moves in by itself.

A ``Grid`` (``layout.py``) is drawn and every key goes to its session. The views here say *what* is to be listed, asked
or done, in operations, and the door does the rest: it pages, filters, marks, asks for input, runs the operation in the
person's name, tells what went wrong at the field, and reads again. So a screen of a plugin is a value of a few lines,
permissions and audit are those of the operations, and the same screen works on this machine and from afar.

Texts are made harmless here as in ``layout.py``. Rows come from operations and are made harmless where they are drawn.

Inputs of operations are written as mappings in which a text that begins with ``$`` stands for a value of the row that
is meant: ``$id``, ``$data.title``, ``$`` alone for the whole row; ``$$`` begins a text with a dollar. Where the row has
no such value the input is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from newel.contracts.layout import Grid, Layout, Option, harmless

if TYPE_CHECKING:
    from newel.contracts.tui import Navigate

Cell = Literal["text", "time", "bytes", "flag", "number", "list", "state"]
"""How a value is written: ``time`` an RFC 3339 time in short; ``bytes`` a size; ``flag`` a mark where it is true;
``list`` with commas; ``state`` a word in the colour that it means (draft, published, failed, on ...)."""
Kind = Literal[
    "text", "lines", "markdown", "number", "integer", "flag", "choice", "choices", "tags", "date", "time", "datetime",
    "reference", "references", "json", "secret", "object", "list", "blocks",
]  # fmt: skip


@frozen(kw_only=True)
class Ask:
    """An operation with its input."""

    operation: str
    params: Mapping[str, Any] = Factory(dict)


@frozen(kw_only=True)
class Col:
    """A column of a listing, or a line of its details. ``value`` is a dotted path into the row; ``weight`` shares the
    width, and 0 takes what the values need."""

    label: str = field(converter=harmless)
    value: str
    cell: Cell = "text"
    weight: int = 1


@frozen(kw_only=True)
class Act:
    """Something that can be done here, by a key. One of five: ``ask`` runs an operation, ``opens`` leads to a screen,
    ``upload`` sends files, ``back`` leaves, and none of these tells the session (``Chosen``).

    An act whose operation the person may not run is not offered.
    """

    name: str
    """Unique in its screen, ``a-z 0-9 _``; with the plugin's and the screen's names in front it is what a key can be
    mapped to."""
    label: str = field(converter=harmless)
    key: str
    """As ``Key.key``; what a person or the site has mapped instead goes first."""
    ask: Ask | None = None
    opens: Navigate | None = None
    back: bool = False
    row: bool = True
    """Whether it is done to the row under the cursor, and not offered without one."""
    many: bool = False
    """Whether it is done to each marked row. With ``bulk``: once, with all their keys."""
    bulk: str = ""
    """The input field that takes the keys of all marked rows at once."""
    form: tuple[str, ...] | None = None
    """Input fields to ask for before, from the operation's input type; empty: all that ``ask.params`` does not give."""
    fill: Ask | None = None
    """Answers what the form starts with. Without it: the row."""
    confirm: str = field(default="", converter=harmless)
    """A question to be answered with yes before."""
    when: Mapping[str, Any] = Factory(dict)
    """Offered only for rows with these values (dotted paths)."""
    unless: Mapping[str, Any] = Factory(dict)
    """Not offered for rows with all of these values."""
    upload: Mapping[str, Any] | None = None
    """Files of the person's own are asked for and sent into the library, these fields with each (``folder``, written
    as inputs are). Offered only where their files can be read: not over SSH, which has SFTP for this. ``Done`` has the
    ``ids`` of what is new."""
    shows: bool = False
    """Whether the answer is shown until it is dismissed: one-time secrets, reports."""


@frozen(kw_only=True)
class Listing:
    """Rows of an operation that answers pages (or ``rows``, where they are there already), as a table or as a tree.

    Only what is seen, and a page around it, is asked for, however long the list is.
    """

    title: str = field(default="", converter=harmless)
    ask: Ask | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    at: str = "data"
    """Where the rows stand in the answer: a dotted path; empty: the answer is the list."""
    next: str = "next"
    """Where the cursor of the next page stands."""
    cursor: str = "cursor"
    """The input field that takes it."""
    size: int = 50
    """Rows a page, for an operation whose input has ``limit``."""
    key: str = "id"
    """What tells rows apart."""
    columns: tuple[Col, ...] = ()
    acts: tuple[Act, ...] = ()
    """The first one is what ``enter`` does, unless it is not for a row."""
    search: str = ""
    """The input field that takes what was typed after ``/``. Empty: what is loaded is searched."""
    filters: tuple[str, ...] = ()
    """Input fields that can be set by the reader, to narrow the list."""
    below: Ask | None = None
    """Asks for the rows below a row: the listing is a tree then."""
    leaf: str = ""
    """A path to what is true (or 0) of rows below which there is nothing. A ``!`` in front turns it round."""
    detail: Ask | None = None
    """What is told beside the list about the row under the cursor. Without it: the row itself."""
    details: tuple[Col, ...] = ()
    """The lines that are told; none: no pane."""
    start: str = ""
    """The key of the row that the cursor is on at first."""
    empty: str = field(default="nothing", converter=harmless)
    note: str = field(default="", converter=harmless)
    """A hint that stands below the list."""
    refresh: float | None = None
    """Seconds after which the pages that are seen are read again."""


@frozen(kw_only=True)
class Pick:
    """Where the values of a reference come from. Where the value itself is shown, ``shown`` asks for it by ``$``."""

    listing: Listing
    label: str
    """A path to what a row is called."""
    value: str = "id"
    """A path to what becomes the value."""
    shown: Ask | None = None
    opens: Navigate | None = None
    """The screen that a value is looked at in, which ``$`` stands for; from there one comes back to the form."""


@frozen(kw_only=True)
class Control:
    """A field of a form. ``kind`` says how it is edited; values are those of the wire."""

    name: str
    kind: Kind = "text"
    label: str = field(default="", converter=harmless)
    help: str = field(default="", converter=harmless)
    required: bool = False
    options: tuple[Option, ...] = ()
    """Of ``choice`` and ``choices``."""
    schema: Mapping[str, Any] = Factory(dict)
    """JSON Schema of the value: what is checked while somebody types."""
    pick: Pick | None = None
    """Of ``reference`` and ``references``."""
    parts: tuple[Control, ...] = ()
    """Of ``object``; of ``list``: one, the item."""
    variants: Mapping[str, tuple[Control, ...]] = Factory(dict)
    """Of ``blocks``: the fields of each kind of block, by its name. A value is ``{"type": name, ...}``, see
    ``tag``."""
    tag: str = "type"
    """Of ``blocks``: the key that names the kind."""
    within: str = ""
    """Of ``blocks``: the key below which the fields of a block stand; empty: beside the kind."""
    localized: bool = False
    """Whether the value is a mapping of locales."""
    interface: tuple[str, str] | None = None
    """The plugin and name of a ``FieldInterface`` that edits it instead."""
    readonly: bool = False


@frozen(kw_only=True)
class Form:
    """Fields to fill in. Sent with ``submit``: the values go into its input at ``at``, or as the input itself.

    Faults are shown at their fields (by JSON pointer). After it went well the session gets ``Submitted``.
    """

    title: str = field(default="", converter=harmless)
    controls: tuple[Control, ...]
    values: Mapping[str, Any] = Factory(dict)
    submit: Ask | None
    """``None``: the session gets ``Submitted`` with the values, and answers with the form again if they will not do."""
    at: str = ""
    changed_only: bool = False
    """Whether only what differs from ``values`` is sent."""
    check: Ask | None = None
    """A reading operation that answers what is wrong (``{"problems": [{"pointer", "code", "detail"}]}``) with the
    values where ``submit`` has them; asked a moment after typing stops."""
    locales: tuple[str, ...] = ()
    """Of fields that are ``localized``; the first is the one shown first."""
    acts: tuple[Act, ...] = ()
    """What else can be done; the row is ``subject``. An act is offered when nothing is unsaved, or saves first where
    ``saves`` names it."""
    saves: tuple[str, ...] = ()
    subject: Mapping[str, Any] = Factory(dict)
    keep: str = ""
    """Under this name what was typed and not sent is kept for the person, through lost connections and restarts, and
    offered again. Empty: it is not."""
    problems: Sequence[Mapping[str, Any]] = ()
    """What is wrong with ``values`` from the start."""


@frozen(kw_only=True)
class Sheet:
    """A grid to read: the door scrolls and moves between its cells, and does ``acts`` to ``subject``."""

    title: str = field(default="", converter=harmless)
    grid: Grid
    acts: tuple[Act, ...] = ()
    subject: Mapping[str, Any] = Factory(dict)


View: TypeAlias = Layout | Listing | Form | Sheet


def meant(params: Any, row: Any) -> Any:
    """An input with what it takes from a row filled in; what the row does not have is left out (``MISSING``)."""
    if isinstance(params, str):
        if params.startswith("$$"):
            return params[1:]
        return at(row, params[1:]) if params.startswith("$") else params
    if isinstance(params, Mapping):
        found = {key: meant(value, row) for key, value in params.items()}
        return {key: value for key, value in found.items() if value is not MISSING}
    if isinstance(params, list | tuple):
        return [value for one in params if (value := meant(one, row)) is not MISSING]
    return params


class _Missing:
    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def at(row: Any, path: str) -> Any:
    """The value at a dotted path, or ``MISSING``. An empty path is the whole."""
    for part in path.split(".") if path else ():
        if isinstance(row, Mapping) and part in row:
            row = row[part]
        elif isinstance(row, list | tuple) and part.isdigit() and int(part) < len(row):
            row = row[int(part)]
        else:
            return MISSING
    return row
