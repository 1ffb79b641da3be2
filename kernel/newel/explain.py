"""Configuration told back: what can be set, and what is set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from attrs import NOTHING, Factory, fields, frozen

from newel.bounds import sentence_of
from newel.config import PREFIX, deprecated_of, did_you_mean
from newel.errors import NotFound

if TYPE_CHECKING:
    from newel.app import App


@frozen(kw_only=True)
class Setting:
    """One key of one section."""

    section: str
    key: str
    type: str
    default: str
    sentence: str

    @property
    def environment(self) -> str:
        return f"{PREFIX}{self.section}__{self.key}".upper()

    def as_dict(self) -> dict[str, str]:
        return {
            "section": self.section, "key": self.key, "type": self.type, "default": self.default,
            "environment": self.environment, "sentence": self.sentence,
        }  # fmt: skip


def type_name(annotation: Any) -> str:
    """A type as an operator reads it."""
    if get_origin(annotation) is Annotated:
        return type_name(get_args(annotation)[0])
    origin, arguments = get_origin(annotation), get_args(annotation)
    if str(origin) == "typing.Literal":
        return " | ".join(str(argument) for argument in arguments)
    if type(None) in arguments:
        return " | ".join(type_name(one) for one in arguments if one is not type(None)) + " | nothing"
    names = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true | false",
        tuple: "list",
        dict: "table",
        Any: "any",
    }
    if origin is tuple:
        return f"list of {type_name(arguments[0])}"
    return names.get(origin or annotation, getattr(origin or annotation, "__name__", str(annotation)).lower())


def settings_of(section: str, kind: type[Any], app: App) -> list[Setting]:
    """The settings that a section's class declares."""
    hints = get_type_hints(kind, include_extras=True)
    made = []
    for one in fields(kind):
        default = one.default.factory() if isinstance(one.default, Factory) else one.default  # type: ignore[arg-type]  # attrs
        text = "(required)" if default is NOTHING else _text(app.structurer.unstructure(default))
        annotation = hints[one.name]
        made.append(
            Setting(
                section=section,
                key=one.name,
                type=type_name(annotation),
                default=text,
                sentence=_sentence(annotation, one.name),
            )
        )
    return made


def _sentence(annotation: Any, name: str) -> str:
    why = deprecated_of(annotation)
    return sentence_of(annotation) + ("" if why is None else f" {why.told(f'`{name}`')}.")


def explained(app: App, section: str | None = None) -> list[Setting]:
    """The settings of all sections, or of one."""
    sections = app.configuration.sections
    if section is not None and section not in sections:
        raise NotFound(f"there is no section [{section}]{did_you_mean(section, sections)}")
    return [
        setting
        for name, kind in sorted(sections.items())
        if section in (None, name)
        for setting in settings_of(name, kind, app)
    ]


def shown(app: App) -> list[tuple[str, str, str]]:
    """``(path, value, origin)`` of every setting in force; secrets are masked."""
    rows = []
    for section, kind in sorted(app.configuration.sections.items()):
        values = app.structurer.unstructure(app.config(kind))
        for key, value in values.items():
            path = f"{section}.{key}"
            rows.append((path, _text(value), app.configuration.layers.origin(path)))
    return rows


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
