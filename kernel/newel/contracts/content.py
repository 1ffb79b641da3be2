"""Content, as other plugins see it: types, field types, entries, and the reads that delivery is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from attrs import Factory, field, frozen

from newel.bounds import Fault, Max, MaxLength, Min, Pattern

if TYPE_CHECKING:
    from newel.contracts.database import Transaction

MAIN = "main"
"""The space that always exists."""
NAME_PATTERN = r"[a-z][a-z0-9_]{0,62}"
Kind = Literal["collection", "single", "page", "block"]
OnDelete = Literal["restrict", "clear", "cascade"]
Stage = Literal["draft", "published"]
ChangeKind = Literal["published", "unpublished"]


@frozen(kw_only=True)
class Field:
    """One field of a content type. ``number`` is given once and never reused; documents are keyed by it."""

    name: Annotated[str, "The name in the API.", Pattern(NAME_PATTERN)]
    type: Annotated[str, "The field type, such as `text`, `markdown` or `reference`."]
    number: Annotated[int, "Stable inside the type; 0 lets the server give the next one.", Min(0)] = 0
    label: Annotated[str, "What editors read; the name when empty.", MaxLength(200)] = ""
    help: Annotated[str, "A sentence below the input.", MaxLength(1000)] = ""
    required: Annotated[bool, "An entry cannot be published without it."] = False
    unique: Annotated[bool, "No two entries of the type share a value (per locale where localised)."] = False
    localized: Annotated[bool, "One value per locale instead of one for all."] = False
    indexed: Annotated[bool, "Filters and sorts may use it."] = False
    default: Annotated[Any, "The value of a new entry that does not give one."] = None
    options: Annotated[Mapping[str, Any], "Options of the field type, e.g. `targets` of a reference."] = field(
        factory=dict
    )
    rules: Annotated[
        Mapping[str, Any], "`min`, `max`, `min_length`, `max_length`, `pattern`, `one_of`, `min_count`, `max_count`."
    ] = field(factory=dict)


@frozen(kw_only=True)
class ContentType:
    """A content type, defined at run time. ``revision`` counts its changes."""

    name: Annotated[str, "The name in the API.", Pattern(NAME_PATTERN)]
    label: Annotated[str, "What editors read; the name when empty.", MaxLength(200)] = ""
    kind: Annotated[
        Kind, "`collection`, `single` (one entry), `page` (routable, in a tree) or `block` (only embedded)."
    ] = "collection"
    fields: Annotated[tuple[Field, ...], "The fields, in the order of the editor.", MaxLength(200)] = ()
    public: Annotated[bool, "Whether delivery serves published entries to anybody."] = True
    parents: Annotated[tuple[str, ...], "Types allowed as parent of a page; empty: any page type."] = ()
    space: str = MAIN
    id: str = ""
    revision: int = 0
    created_at: str = ""
    updated_at: str = ""

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


@frozen(kw_only=True)
class Locale:
    """A language of the content. ``fallback`` names the locale that fills gaps."""

    code: Annotated[str, "A BCP 47 code such as `en` or `pt-BR`.", Pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")]
    label: Annotated[str, "What editors read; the code when empty.", MaxLength(200)] = ""
    enabled: bool = True
    default: bool = False
    fallback: str | None = None


class Outside(Protocol):
    """What the values of a field type point at, where that is not content (files, products of a shop).

    Content keeps an index of who points at what, in drafts and in what is published (``Content.uses``).
    """

    @property
    def kind(self) -> str:
        """A word for what is pointed at, such as ``media``: one plugin's, 1 to 32 of ``a-z 0-9 _``."""

    def ids(self, stored: Any, field: Field) -> Sequence[str]:
        """What a stored value points at: ids of 1 to 64 of ``A-Za-z0-9 . _ -``. Plain and quick."""

    async def faults(self, tx: Transaction, wanted: Sequence[tuple[str, Field]]) -> Sequence[Fault | None]:
        """What is wrong with ids in fields, one answer for each: not there, or not what the field's options ask for.

        Asked when an entry is saved or published, in its transaction; what is wrong is refused. Those that are there
        it holds on to until the transaction ends.
        """

    async def shown(self, ids: Sequence[str], *, locale: str | None, private: bool) -> Mapping[str, Any]:
        """What readers get in their place, for all ids of an answer at once. One that is left out becomes ``None``
        (and is left out of a list). ``locale`` is the one that was asked for. No transaction is open."""


@frozen(kw_only=True)
class FieldType:
    """What a kind of field does with a value. All functions are plain, quick and touch nothing outside.

    ``parse(value, field)`` checks a wire value and answers the value to store (JSON-like); it raises
    ``newel.Fault(code, sentence)``. ``key(stored, field)`` answers an order-preserving text for the index
    (compared bytewise; at most 191 characters) or ``None``; a type without ``key`` cannot be indexed. ``literal(value,
    field)`` turns a filter's operand (perhaps text from a query string) into a stored value. ``textual`` types also
    offer ``_contains`` and its kin.
    """

    name: str
    summary: str
    parse: Callable[[Any, Field], Any]
    schema: Callable[[Field], Mapping[str, Any]]
    """The JSON Schema of a wire value."""
    key: Callable[[Any, Field], str | None] | None = None
    literal: Callable[[Any, Field], Any] | None = None
    textual: bool = False
    many: bool = False
    """Whether the value is a list whose items are indexed one by one (tags)."""
    options: type[Any] | None = None
    """A frozen attrs class for ``Field.options``; ``None``: it takes no options."""
    outside: Outside | None = None
    """Where values are ids of something that is not content. A value is then an id, or a list of ids."""


@frozen(kw_only=True)
class OutsideUse:
    """A place in content that points at something outside of it."""

    id: str
    """What is pointed at."""
    entry: str
    type: str
    """The type of the entry."""
    field: str
    """By name; of a block, where the value stands in one."""
    locale: str | None
    """``None`` in a draft for a field that all locales share."""
    stage: Stage


@frozen(kw_only=True)
class Entry:
    """An entry as a caller sees it: in one locale, or (``locale="*"``) with localised fields as ``{code: value}``."""

    id: str
    type: str
    space: str
    revision: int
    """Counts every change of the draft; it is the ETag. In a published entry: the version's number."""
    locale: str
    data: Mapping[str, Any]
    state: Mapping[str, str] = Factory(dict)
    """By locale: ``draft``, ``published`` or ``changed`` (published, with a newer draft). Empty in delivery."""
    parent: str | None = None
    position: str | None = None
    path: str | None = None
    """Where a published page answers, such as ``/about/team``."""
    created_at: str = ""
    updated_at: str = ""
    published_at: str | None = None
    deleted_at: str | None = None
    author: str | None = None
    outside: tuple[str, ...] = ()
    """What a list or a page of published entries has shown here from outside of content, as ``kind:id``, whether or not
    it was there: caches go by it. Not what stands in expanded references, which have their own."""


@frozen(kw_only=True)
class EntryPage:
    """A page of a list. ``next`` is the cursor of the following page; ``total`` only where it was asked for."""

    data: tuple[Entry, ...]
    next: str | None = None
    total: int | None = None


@frozen(kw_only=True)
class ListQuery:
    """What to list. Field names may be dotted through references in ``expand`` and ``fields`` (``author.name``)."""

    type: Annotated[str, "The content type.", Pattern(NAME_PATTERN)]
    filter: Annotated[Mapping[str, Any], 'Conditions, e.g. `{"price": {"_gte": 10}}` or `filter[price][_gte]=10`.'] = (
        field(factory=dict)
    )
    sort: Annotated[tuple[str, ...], "Field names, `-` for descending, e.g. `-published_at,title`.", MaxLength(4)] = ()
    fields: Annotated[tuple[str, ...], "Only these fields; empty: all.", MaxLength(100)] = ()
    expand: Annotated[
        tuple[str, ...],
        "References to answer in full, up to three levels (`author`, `author.employer`).",
        MaxLength(20),
    ] = ()
    locale: Annotated[str | None, "The locale; empty: the default one."] = None
    fallback: Annotated[bool, "Whether gaps are filled from the locale's fallback."] = True
    limit: Annotated[int, "Entries a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended (`links.next`).", MaxLength(5000)] = None
    count: Annotated[Literal["none", "exact"], "Whether `meta.total` is counted."] = "none"


@frozen(kw_only=True)
class RouteTarget:
    """What answers at a path: an entry, or a redirect as data."""

    entry: Entry | None = None
    redirect: str | None = None
    status: int = 200


@frozen(kw_only=True)
class RouteRow:
    """One line of the route table."""

    path: str
    """With a slash in front: ``/`` is the home page."""
    locale: str
    entry: str | None
    type: str | None
    redirect: str | None
    status: int
    updated_at: str


@frozen(kw_only=True)
class ContentChange:
    """The latest change of one locale of an entry, as readers know it."""

    entry: str
    type: str
    locale: str
    change: ChangeKind
    """``published`` also where its path, its place or its type changed; ``unpublished``: readers cannot get it now."""
    version: int
    """The version that readers see, or saw last."""
    path: str | None
    """Where it answers, or answered last; ``None`` for what is no page."""
    at: str


@frozen(kw_only=True)
class ChangePage:
    """A part of what changed, oldest first. ``next`` is the token to go on with, now or later; it is always there."""

    data: tuple[ContentChange, ...]
    next: str
    more: bool
    """Whether there is more at this moment."""


@frozen(kw_only=True)
class EntryDraft:
    """The subject of ``content_before_save``: the draft about to be saved, its data as it will stand.

    ``data`` holds all fields by name, localised ones in ``locale``. Change it with ``attrs.evolve(draft, data={...})``;
    what comes back is validated again.
    """

    type: str
    id: str
    created: bool
    locale: str
    data: Mapping[str, Any]
    before: Mapping[str, Any] | None
    parent: str | None = None


@frozen(kw_only=True)
class EntryEvent:
    """The subject of ``content_before_publish``, ``content_before_delete`` and the ``content_after_...`` hooks: plain
    data, since those may be told by another process, later."""

    type: str
    id: str
    space: str
    revision: int
    locale: str | None
    version: int | None = None
    path: str | None = None
    data: Mapping[str, Any] | None = None
    """In the ``content_before_...`` hooks: the draft's fields by name, in ``locale`` or the default one. ``None`` in
    those after it, for it may have changed since."""


class Content(Protocol):
    """Reads of published content, for delivery and its like. Each makes a constant number of statements, whatever the
    size of the answer. Only published snapshots are seen: no argument can reach a draft. Without ``private`` the types
    that are not ``public`` are not there: neither by name, nor behind references, nor in the route table."""

    async def list_published(self, query: ListQuery, *, private: bool = False) -> EntryPage:
        """Published entries of a type. Raises ``NotFound`` (no such type), ``Malformed`` (bad filter, sort, cursor)."""

    async def get_published(self, type: str, key: str, query: ListQuery, *, private: bool = False) -> Entry:
        """One entry by id or slug; of ``query`` the parts that fit one entry are used. Raises ``NotFound``."""

    async def page_at(
        self, path: str, query: ListQuery, *, depth: int = 0, private: bool = False
    ) -> tuple[RouteTarget, Sequence[Entry]]:
        """What answers at a path (``""`` is the home page), and the published descendants of the page down to
        ``depth`` levels (0 to 3; up to 1,000 entries each), level by level, in order. Raises ``NotFound``."""

    async def singles(self, query: ListQuery, *, private: bool = False) -> Sequence[Entry]:
        """The entries of all types of kind ``single``, by name of the type; the query's own type is of no matter."""

    async def routes(
        self, locale: str | None = None, *, after: str | None = None, limit: int = 1000, private: bool = False
    ) -> Sequence[RouteRow]:
        """The route table of a locale (``None``: the default one) in order of path, from behind the path ``after``."""

    async def changes(self, since: str | None = None, *, limit: int = 100, private: bool = False) -> ChangePage:
        """What changed for readers after a token, at most ``limit`` entries and locales; without one, all that is
        published.

        Who applies the pages in order ends up with what is published, and misses nothing: a change that commits after
        a token was given comes behind it. Each entry and locale comes once, with its latest change. A token is of use
        to those with the same ``private`` only. Raises ``Malformed``: ``token``; ``expired`` where what has been
        unpublished since is no longer known, so that a mirror has to begin anew.
        """

    async def uses(
        self, kind: str, ids: Sequence[str], *, limit: int = 100, tx: Transaction | None = None
    ) -> Sequence[OutsideUse]:
        """Who points at these things of a kind (``Outside.kind``), drafts and trash included; at most ``limit``.

        ``tx``: asked in this transaction, by who locked those things and is about to delete them. It would otherwise
        wait for a second connection while it holds its first.
        """

    async def types(self) -> Sequence[ContentType]:
        """All content types, by name."""

    async def locales(self) -> Sequence[Locale]:
        """All locales, the default first."""
