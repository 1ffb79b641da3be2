"""Settings that a plugin declares in ``plugin.toml``, and their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import frozen

from newel import MaxLength
from newel.errors import Problem
from newel.secrets import MASK, Secret

Kind = Literal["text", "integer", "number", "boolean", "choice", "secret"]
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
MOST_TEXT = 10_000
TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "secret": (str,), "choice": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
}  # fmt: skip


@frozen(kw_only=True)
class Setting:
    """One setting."""

    type: Kind = "text"
    summary: Annotated[str, MaxLength(500)] = ""
    default: Any = None
    choices: Annotated[tuple[str, ...], MaxLength(100)] = ()
    min: float | None = None
    max: float | None = None
    """Of a number; of a text, its length."""

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value."""
        if type(value) not in TYPES[self.type]:
            return f"expected {'true or false' if self.type == 'boolean' else f'a {self.type}'}"
        if isinstance(value, str) and len(value) > MOST_TEXT:
            return f"takes at most {MOST_TEXT} characters"
        if self.type == "choice" and value not in self.choices:
            return "expected one of: " + ", ".join(self.choices)
        measured = len(value) if isinstance(value, str) else value
        if self.min is not None and measured < self.min:
            return f"must be at least {self.min:g}" + (" characters" if isinstance(value, str) else "")
        if self.max is not None and measured > self.max:
            return f"must be at most {self.max:g}" + (" characters" if isinstance(value, str) else "")
        return None


def declared(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The ``[settings]`` table as data for ``Setting``: ``greeting = "Hello"`` is short for a text with a default."""
    made: dict[str, Any] = {}
    problems = []
    for name, value in raw.items():
        if not NAME.fullmatch(name):
            problems.append(Problem(f"/settings/{name}", "invalid", "a setting's name is up to 48 of a-z, 0-9 and _"))
        elif isinstance(value, Mapping):
            made[name] = value
        else:
            short = {bool: "boolean", int: "integer", float: "number", str: "text"}.get(type(value))
            if short is None:
                problems.append(Problem(f"/settings/{name}", "type", "give it a table with `type`"))
            else:
                made[name] = {"type": short, "default": value}
    return made, problems


def faults_of(settings: Mapping[str, Setting]) -> list[Problem]:
    """What is wrong with declarations: defaults that they would refuse themselves."""
    found = []
    for name, one in settings.items():
        if one.type == "choice" and not one.choices:
            found.append(Problem(f"/settings/{name}", "required", "a choice needs `choices`"))
        elif one.type == "secret" and one.default is not None:
            found.append(Problem(f"/settings/{name}/default", "invalid", "a secret has no default: it would be known"))
        elif one.default is not None and (fault := one.fault(one.default)) is not None:
            found.append(Problem(f"/settings/{name}/default", "invalid", fault))
    return found


def judged(settings: Mapping[str, Setting], given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with values that somebody sets; ``None`` goes back to the default."""
    found = []
    for name, value in given.items():
        if name not in settings:
            found.append(Problem(f"/settings/{name}", "unknown", f"there is no setting '{name}'"))
        elif value is not None and (fault := settings[name].fault(value)) is not None:
            found.append(Problem(f"/settings/{name}", "invalid", fault))
    return found


def effective(settings: Mapping[str, Setting], kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a plugin gets: what was set, where it still fits its declaration, else the default, else
    ``None``. Secrets are ``Secret``."""
    values: dict[str, Any] = {}
    for name, one in settings.items():
        value = kept.get(name)
        if value is None or one.fault(value) is not None:
            value = one.default
        values[name] = Secret(value) if one.type == "secret" and value is not None else value
    return values


def shown(settings: Mapping[str, Setting], kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For people: declaration and present value, secrets masked."""
    values = effective(settings, kept)
    return [
        {
            "name": name, "type": one.type, "summary": one.summary, "default": one.default,
            "value": MASK if isinstance(values.get(name), Secret) else values.get(name), "set": name in kept,
            "choices": list(one.choices),
        }
        for name, one in settings.items()
    ]  # fmt: skip
