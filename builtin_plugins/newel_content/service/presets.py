"""Quick start: the types of a kind of site, all at once."""

from __future__ import annotations

from typing import Annotated

from attrs import evolve, frozen

from newel import Call, Conflict, NotFound, Problem, operation
from newel.app import App
from newel.contracts.content import ContentType
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.permissions import TYPES_READ, TYPES_WRITE
from newel_content.presets import PRESETS
from newel_content.presets.making import Preset
from newel_content.service.types import NewType
from newel_content.store import Store


@frozen(kw_only=True)
class PresetInfo:
    """A preset, and what of it is there already."""

    name: str
    label: str
    summary: str
    types: Annotated[tuple[str, ...], "The types that it makes."]
    taken: Annotated[tuple[str, ...], "Those whose names types of this site have: it cannot be installed as it is."]


@frozen(kw_only=True)
class PresetList:
    data: tuple[PresetInfo, ...]


@frozen(kw_only=True)
class InstallPreset:
    preset: Annotated[str, "The preset."]


@frozen(kw_only=True)
class Installed:
    """What was made."""

    preset: str
    types: tuple[str, ...]
    left_out: Annotated[tuple[str, ...], "Fields (`type.field`) whose field type this site does not have."]


class Presets:
    """The operations of the quick start."""

    def __init__(self, app: App, store: Store, field_types: FieldTypes) -> None:
        self._app = app
        self._store = store
        self._field_types = field_types

    @operation("types.presets", needs=TYPES_READ, http="GET /type-presets")
    async def presets(self, call: Call) -> PresetList:
        """What a site can begin with: sets of content types."""
        catalogue = await self._store.catalogue.load(self._store.db)
        return PresetList(
            data=tuple(
                PresetInfo(
                    name=preset.name,
                    label=preset.label,
                    summary=preset.summary,
                    types=tuple(type.name for type in preset.types),
                    taken=tuple(type.name for type in preset.types if type.name in catalogue.models),
                )
                for preset in PRESETS.values()
            )
        )

    @operation(
        "types.install_preset", needs=TYPES_WRITE, http="POST /type-presets/{preset}/install", effect="write",
        status=201,
    )  # fmt: skip
    async def install(self, call: Call, order: InstallPreset) -> Installed:
        """Makes all types of a preset, or none.

        Raises ``conflict`` (``not_unique``) where the site has types of these names, with their names.
        """
        preset = PRESETS.get(order.preset)
        if preset is None:
            raise NotFound(f"there is no preset '{order.preset}'; there are: {', '.join(PRESETS)}")
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        taken = [type.name for type in preset.types if type.name in catalogue.models]
        if taken:
            problems = [Problem("/preset", "not_unique", f"there is a content type '{name}' already") for name in taken]
            raise Conflict(
                f"these names are taken: {', '.join(taken)}", code="not_unique", problems=problems,
                extra={"types": taken},
            )  # fmt: skip
        for type in preset.types:
            made = self._fitting(type)
            new = NewType(name=made.name, label=made.label, kind=made.kind, fields=made.fields, public=made.public)
            await self._app.operations.run("types.create", new, call)
        return Installed(
            preset=preset.name, types=tuple(type.name for type in preset.types), left_out=tuple(self._missing(preset))
        )

    def _fitting(self, type: ContentType) -> ContentType:
        """The type without fields that no plugin of this site knows."""
        return evolve(type, fields=tuple(field for field in type.fields if self._field_types.get(field.type)))

    def _missing(self, preset: Preset) -> list[str]:
        return [
            f"{type.name}.{field.name}"
            for type in preset.types
            for field in type.fields
            if self._field_types.get(field.type) is None
        ]
