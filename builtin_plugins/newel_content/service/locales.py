"""Locales: the languages of the content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import evolve, frozen

from newel import Call, Conflict, MaxLength, NotFound, Pattern, Problem, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.content import Locale
from newel.structure import rfc3339
from newel_content.documents.checking import storable
from newel_content.permissions import TYPES_READ, TYPES_WRITE
from newel_content.service.telling import locale_changed
from newel_content.service.undoing import locale_again, locale_back, locale_gone
from newel_content.store import Store

Code = Annotated[
    str, "A BCP 47 code such as `en` or `pt-BR`.", Pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"), MaxLength(35)
]


@frozen(kw_only=True)
class NewLocale:
    code: Code
    label: Annotated[str, "What editors read; the code when empty.", MaxLength(200)] = ""
    enabled: bool = True
    default: Annotated[bool, "Make it the default; the present one stops being it."] = False
    fallback: Annotated[str | None, "The locale that fills gaps."] = None


@frozen(kw_only=True)
class ChangeLocale:
    code: Code
    label: Annotated[str | None, "What editors read.", MaxLength(200)] = None
    enabled: bool | None = None
    default: Annotated[bool | None, "`true` makes it the default."] = None
    fallback: Annotated[str | None, "The locale that fills gaps; an empty text: none."] = None


@frozen(kw_only=True)
class LocaleCode:
    code: Code


@frozen(kw_only=True)
class LocaleList:
    data: tuple[Locale, ...]


class Locales:
    """The operations on locales."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @operation("locales.list", needs=TYPES_READ, http="GET /locales")
    async def list(self, call: Call) -> LocaleList:
        """All locales, the default first."""
        catalogue = await self._store.catalogue.load(self._store.db)
        return LocaleList(data=tuple(catalogue.locales.values()))

    @operation("locales.create", needs=TYPES_WRITE, http="POST /locales", effect="write", status=201, undo=locale_gone)
    async def create(self, call: Call, order: NewLocale) -> Locale:
        """Adds a locale."""
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        if any(code.lower() == order.code.lower() for code in catalogue.locales):
            problem = Problem("/code", "not_unique", "there is such a locale already")
            raise Conflict("the locale is there already", code="not_unique", problems=[problem])
        made = Locale(
            code=order.code,
            label=order.label,
            enabled=order.enabled,
            default=order.default,
            fallback=order.fallback or None,
        )
        _check(catalogue.locales, made)
        if made.default:
            await self._store.locales.clear_default(call.tx)
        await self._store.locales.insert(call.tx, made, rfc3339(call.now))
        await self._store.rows.new_locale(call.tx, made.code, catalogue.default)
        await self._noted(call, None, made)
        return made

    @operation("locales.update", needs=TYPES_WRITE, http="PATCH /locales/{code}", effect="write", undo=locale_back)
    async def update(self, call: Call, order: ChangeLocale) -> Locale:
        """Changes a locale; what is not named stays."""
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        before = catalogue.locales.get(order.code)
        if before is None:
            raise NotFound(f"there is no locale '{order.code}'")
        given = {name: getattr(order, name) for name in ("label", "enabled", "default")}
        made = evolve(before, **{name: value for name, value in given.items() if value is not None})
        if order.fallback is not None:
            made = evolve(made, fallback=order.fallback or None)
        if before.default and not made.default:
            raise Conflict("there is always one default locale: make another one the default", code="default_locale")
        _check(catalogue.locales, made)
        if made.default and not before.default:
            await self._store.locales.clear_default(call.tx)
        await self._store.locales.update(call.tx, made)
        await locale_changed(self._store, call, before, made)
        await self._noted(call, before, made)
        return made

    @operation("locales.delete", needs=TYPES_WRITE, http="DELETE /locales/{code}", effect="write", undo=locale_again)
    async def delete(self, call: Call, order: LocaleCode) -> None:
        """Deletes a locale that no entry has content in. Raises ``conflict``; to hide a used one, disable it."""
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        before = catalogue.locales.get(order.code)
        if before is None:
            raise NotFound(f"there is no locale '{order.code}'")
        if before.default:
            raise Conflict("there is always one default locale: make another one the default", code="default_locale")
        leaning = [one.code for one in catalogue.locales.values() if one.fallback == order.code]
        if leaning:
            raise Conflict(f"it fills gaps of {', '.join(leaning)}", code="in_use")
        if await self._store.locales.uses(call.tx, order.code):
            raise Conflict("entries have content in it; disable it instead", code="in_use")
        await self._store.rows.old_locale(call.tx, order.code)
        await self._store.locales.delete(call.tx, order.code)
        await self._noted(call, before, None)

    async def _noted(self, call: Call, before: Locale | None, after: Locale | None) -> None:
        await self._store.catalogue.renew(call.tx)
        known = after or before
        assert known is not None  # noqa: S101 - one of them is there
        call.changed(Change(entity="locale", id=known.code, before=_plain(before), after=_plain(after)))


def _check(known: Mapping[str, Locale], made: Locale) -> None:
    """Raises ``Reject`` for a label that cannot be kept, a fallback that is not there or leads back, and for a default
    that is switched off.
    """
    storable(made.label, "/label")
    if made.default and not made.enabled:
        raise Reject.field("/enabled", "default_locale", "the default locale cannot be disabled")
    seen = [made.code]
    following = made.fallback
    while following is not None:
        if following in seen:
            raise Reject.field("/fallback", "cycle", f"leads back: {' → '.join([*seen, following])}")
        if following not in known:
            raise Reject.field("/fallback", "not_found", f"there is no locale '{following}'")
        seen.append(following)
        following = known[following].fallback


def _plain(locale: Locale | None) -> dict[str, Any] | None:
    if locale is None:
        return None
    return {name: getattr(locale, name) for name in ("label", "enabled", "default", "fallback")}
