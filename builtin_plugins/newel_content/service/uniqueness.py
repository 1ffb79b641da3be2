"""Who may have a value: the database's unique index decides, and this explains its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from attrs import define, frozen

from newel import Conflict, Problem
from newel.contracts.database import Transaction, UniqueViolation
from newel.ids import Ids
from newel_content.documents.checking import pointer
from newel_content.documents.document import Document
from newel_content.documents.rows import IndexRow, draft_index, key_of
from newel_content.fieldtypes.slug import numbered, slugify, with_tail
from newel_content.model import EVERY, SHARED, SLUG, BoundField, Catalogue, Model
from newel_content.store import Store

ATTEMPTS = 20
RANGES = ((2, 18), (18, 82), (82, 338))
"""Numbers that are tried for a taken slug, a statement a range; after those a random tail."""


@frozen
class Generated:
    """A slug that was made from another field, so may become another one."""

    bound: BoundField
    locale: str
    base: str


@define
class Claim:
    """A document whose unique values are to be claimed for an entry."""

    catalogue: Catalogue
    model: Model
    entry: str
    parent_key: str
    document: Document
    shown_locale: str
    generated: Sequence[Generated] = ()

    def unique(self) -> dict[str, tuple[BoundField, str]]:
        """Every unique key, with the field and locale it stands for."""
        found = {}
        for bound in self.model.indexed:
            if bound.unique:
                for locale in self.catalogue.locales if bound.localized else (SHARED,):
                    key = self.key(bound, locale, self.document.get(bound, locale))
                    if key is not None:
                        found[key] = (bound, locale)
        return found

    def key(self, bound: BoundField, locale: str, value: object) -> str | None:
        return key_of(self.model, bound, self.parent_key, "draft", locale, value)

    def rows(self) -> list[IndexRow]:
        return draft_index(self.catalogue, self.model, self.document, self.parent_key)


def generate(
    model: Model, document: Document, entry: str, touched: Sequence[str], default: str, *, top: bool
) -> list[Generated]:
    """Puts slugs where they are missing and their source is there; answers which."""
    made: list[Generated] = []
    for bound in model:
        if bound.field.type != SLUG or bound.options is None or bound.options.source not in model.fields:
            continue
        source = model.fields[bound.options.source]
        for locale in touched if bound.localized else (SHARED,):
            if document.get(bound, locale) is not None:
                continue
            looked = (locale,) if bound.localized or not source.localized else (default, *touched, *document.locales)
            text = next((value for one in looked if (value := document.get(source, one))), None)
            if isinstance(text, str):
                base = slugify(text) or entry.lower()
                # A page called "Index" must not become the home page unasked.
                base = "index-page" if top and base == "index" else base
                document.put(bound, locale, base)
                made.append(Generated(bound, locale, base))
    return made


class Uniqueness:
    """Runs a write until its unique values are settled."""

    def __init__(self, store: Store, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    async def settle(
        self, tx: Transaction, claim: Claim, write: Callable[[list[IndexRow]], Awaitable[None]], *, guard: bool
    ) -> list[IndexRow]:
        """Runs ``write`` with the index rows of the claim's document; generated slugs change until they are free.

        Raises ``Conflict`` (``not_unique``) with the pointers of the fields. Without ``guard`` nothing unique is
        written, and no savepoint is spent on it.
        """
        for _ in range(ATTEMPTS):
            rows = claim.rows()
            try:
                async with AsyncExitStack() as stack:
                    if guard:
                        await stack.enter_async_context(tx.savepoint())
                    await write(rows)
            except UniqueViolation as violation:
                if not guard or not about_values(violation):
                    raise
                await self._resolve(tx, claim)
            else:
                return rows
        raise Conflict("too many others take the same slug at this moment: try again", code="busy")

    async def _resolve(self, tx: Transaction, claim: Claim) -> None:
        """Gives taken generated slugs another number. Raises ``Conflict`` for what was asked for."""
        await self._queue(tx, claim)
        keys = claim.unique()
        taken = await self._store.rows.taken(tx, list(keys), claim.entry)
        made = {(one.bound.key, one.locale): one for one in claim.generated}
        problems = []
        for key in taken:
            bound, locale = keys[key]
            generated = made.get((bound.key, locale))
            if generated is None:
                problems.append(not_unique(bound, locale, claim.shown_locale))
            else:
                claim.document.put(bound, locale, await self._free(tx, claim, generated))
        if problems:
            raise Conflict("a value is taken", code="not_unique", problems=problems)

    async def _queue(self, tx: Transaction, claim: Claim) -> None:
        """Waits for the others that number the same slugs, by the entries that have them without a number: many at once
        would else all find the same number free, and all but one be refused, again and again."""
        bases = [claim.key(one.bound, one.locale, one.base) for one in claim.generated]
        holders = await self._store.rows.holders(tx, [key for key in bases if key is not None])
        await self._store.entries.lock_many(tx, list(set(holders.values()) - {claim.entry}))

    async def _free(self, tx: Transaction, claim: Claim, one: Generated) -> str:
        for first, end in RANGES:
            candidates = {
                claim.key(one.bound, one.locale, slug) or "": slug
                for slug in (numbered(one.base, number) for number in range(first, end))
            }
            taken = await self._store.rows.taken(tx, list(candidates), claim.entry)
            free = next((slug for key, slug in candidates.items() if key not in taken), None)
            if free is not None:
                return free
        return with_tail(one.base, self._ids.new()[-10:].lower())


def not_unique(bound: BoundField, locale: str, shown_locale: str) -> Problem:
    parts = ("data", bound.name, locale) if bound.localized and shown_locale == EVERY else ("data", bound.name)
    where = f" in '{locale}'" if locale else ""
    return Problem(pointer(*parts), "not_unique", f"another entry has this value{where}")


def about_values(violation: UniqueViolation) -> bool:
    """Whether it is the index of unique values that said no (engines name the index or its columns)."""
    return "content_index" in violation.index and "unique" in violation.index
