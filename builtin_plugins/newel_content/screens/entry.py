"""The screen ``entry``: one entry, to change or to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from newel import NotFound
from newel.contracts.content import Entry
from newel.contracts.layout import Line
from newel.contracts.tui import Action, Init, Quit
from newel.contracts.views import Act, Ask, Form, Listing, Sheet, View
from newel.screens import Screens
from newel_content.model import EVERY, Model
from newel_content.permissions import CONTENT_CREATE, CONTENT_PUBLISH, CONTENT_READ_DRAFT, CONTENT_UPDATE
from newel_content.screens.acts import ENTRY, history_acts
from newel_content.screens.controls import Controls
from newel_content.screens.publishing import publishing
from newel_content.screens.session import Session
from newel_content.screens.texts import lines_of, reading, told

SAVES = ("publish",)


class EntrySession(Session):
    """``type`` and ``id``; without ``id`` a new one, below ``parent`` where one is named."""

    _stale = False
    """Whether the form below is of an entry that has changed since."""

    async def first(self, event: Init) -> View | Action:
        return await self._view()

    async def again(self) -> View | Action | None:
        if self._stale and len(self._stack) == 1:
            self._stale = False
            return await self._view()
        return None

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        if isinstance(answer, Mapping) and "id" in answer:
            self.params["id"] = answer["id"]
        return await self._view()

    async def done(self, act: str, answer: Any) -> View | Action | None:
        """What was done may have changed everything that is shown."""
        if len(self._stack) > 1:
            return await self._publishing()
        if act == "delete":
            return Quit()
        if act == "duplicate" and isinstance(answer, Mapping):
            self.params["id"] = answer["id"]
        return await self._view()

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        match act:
            case "preview":
                return self.over(await self._preview())
            case "publish" | "unpublish":
                return self.over(await self._publishing())
            case _:
                return await self._view()

    # -- views ----------------------------------------------------------------------------------------------------

    async def _view(self) -> View:
        type, id = self.param("type") or "", self.param("id")
        models = await self.models()
        model = models.get(type)
        if model is None:
            raise NotFound(f"there is no content type '{type}'")
        if id is None:
            self.require(CONTENT_CREATE)
            return self._new(model, models, await self.locales())
        if not self.may(CONTENT_READ_DRAFT):
            return self._sheet(await self.run("content.get", type=type, id=id, status="published"))
        if not self.may(CONTENT_UPDATE):
            return self._sheet(await self.run("content.get", type=type, id=id), *history_acts())
        entry = await self.run("content.get", type=type, id=id, locale=EVERY)
        return await self._form(entry, model, models)

    def _new(self, model: Model, models: Mapping[str, Model], locales: list[str]) -> Form:
        order: dict[str, Any] = {"type": model.name, "locale": EVERY}
        if (parent := self.param("parent")) is not None:
            order["parent"] = parent
        return Form(
            title=f"New: {model.type.label or model.name}",
            controls=self._controls(models).of(model),
            values=_defaults(model, locales),
            submit=Ask(operation="content.create", params=order),
            at="data",
            check=Ask(operation="content.validate", params=order),
            locales=tuple(locales),
            keep=f"content/{model.name}/new",
        )

    async def _form(self, entry: Entry, model: Model, models: Mapping[str, Model]) -> Form:
        locales = await self.locales()
        order = {"type": entry.type, "id": entry.id, "locale": EVERY}
        title = (await self.run("content.outline", id=entry.id)).title or entry.id
        return Form(
            title=f"{model.type.label or model.name}: {title} ({_state(entry, locales)})",
            controls=self._controls(models).of(model),
            values=dict(entry.data),
            submit=Ask(operation="content.update", params={**order, "revision": entry.revision}),
            at="data",
            changed_only=True,
            check=Ask(operation="content.validate", params=order),
            locales=tuple(locales),
            acts=_acts(locales) if self.may(CONTENT_PUBLISH) else _acts(locales)[2:],
            saves=SAVES,
            subject={
                "id": entry.id, "type": entry.type, "title": title, "revision": entry.revision,
                "state": dict(entry.state), "path": entry.path,
            },
            keep=f"content/{entry.type}/{entry.id}",
        )  # fmt: skip

    async def _publishing(self) -> Listing:
        """The locales, each with its state."""
        self._stale = True
        order = {"type": self.param("type"), "id": self.param("id")}
        entry = await self.run("content.get", **order)
        return publishing(entry.state, await self.locales(), order)

    def _controls(self, models: Mapping[str, Model]) -> Controls:
        return Controls(models, Screens(self.app).interfaces())

    def _sheet(self, entry: Entry, *acts: Act) -> Sheet:
        where = f"{entry.type} {entry.path or entry.id}, {entry.locale}"
        return Sheet(
            title=where,
            grid=reading(where, told(entry.data)),
            acts=acts,
            subject={"id": entry.id, "type": entry.type},
        )

    async def _preview(self) -> Sheet:
        """What delivery answers, in each locale that is published."""
        type, id = self.param("type"), self.param("id")
        entry = await self.run("content.get", type=type, id=id)
        lines: list[Line] = []
        for code in await self.locales():
            lines.append(Line(text=code, bold=True, accent=True))
            if entry.state.get(code) not in ("published", "changed"):
                lines.append(Line(text="  not published: readers get nothing", faint=True))
                continue
            seen = await self.run("content.get", type=type, id=id, status="published", locale=code)
            plain = {
                name: value
                for name, value in asdict(seen).items()
                if name not in ("state", "author", "deleted_at", "outside") and value is not None
            }
            lines += [Line(text=f"  {line}") for line in lines_of(plain)]
        title = f"As readers get it: {type} {id}"
        return Sheet(title=title, grid=reading(title, lines))


def _acts(locales: list[str]) -> tuple[Act, ...]:
    """In one locale publishing asks nothing; of several it shows the states."""
    one = len(locales) == 1
    return (
        Act(
            name="publish", label="publish" if one else "publish ...", key="p",
            ask=Ask(operation="content.publish", params=ENTRY) if one else None,
        ),
        Act(
            name="unpublish", label="unpublish" if one else "unpublish ...", key="P",
            confirm="Take it from readers?" if one else "",
            ask=Ask(operation="content.unpublish", params=ENTRY) if one else None,
        ),
        Act(name="preview", label="as readers get it", key="w"),
        *history_acts(),
        Act(name="duplicate", label="copy", key="c", ask=Ask(operation="content.duplicate", params=ENTRY)),
        Act(
            name="delete", label="delete", key="d", confirm="Put it into the trash?",
            ask=Ask(operation="content.delete", params=ENTRY),
        ),
        Act(name="again", label="read again", key="r"),
    )  # fmt: skip


def _state(entry: Entry, locales: list[str]) -> str:
    return ", ".join(
        f"{code} {entry.state[code]}" if len(locales) > 1 else entry.state[code]
        for code in locales
        if code in entry.state
    )


def _defaults(model: Model, locales: list[str]) -> dict[str, Any]:
    """What a new entry would get anyway, to be seen."""
    given = {one.name: (one.localized, one.field.default) for one in model if one.field.default is not None}
    return {name: {locales[0]: value} if localized else value for name, (localized, value) in given.items()}
