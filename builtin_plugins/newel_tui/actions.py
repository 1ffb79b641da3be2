"""Actions, the one map of keys, and what is made of it: hints and help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from attrs import frozen


@frozen(kw_only=True)
class Action:
    """Something that can be done now. ``run`` is plain and quick, or answers what is awaited."""

    name: str
    """What a key can be mapped to: ``list.down``, ``accounts.users.delete``."""
    label: str
    keys: tuple[str, ...]
    """As ``newel.contracts.tui.Key.key``."""
    run: Callable[[], Awaitable[None] | None]
    hint: bool = False
    """Whether the bottom line names it."""


class ActionMap:
    """Which key does what; where keys are written, the space is ``space``. ``mapped`` (from the configuration) goes
    before the actions' own keys, and takes a key away from whoever had it."""

    def __init__(self, mapped: Mapping[str, str]) -> None:
        self._mapped = {name: tuple(map(_read, keys.split())) for name, keys in mapped.items()}

    def keys(self, action: Action) -> tuple[str, ...]:
        return self._mapped.get(action.name, action.keys)

    def named(self, action: Action) -> tuple[str, ...]:
        """The keys as they are written."""
        return tuple("space" if key == " " else key for key in self.keys(action))

    def find(self, key: str, actions: Iterable[Action]) -> Action | None:
        """The first action that has the key, those with a mapped key first."""
        listed = list(actions)
        for one in listed:
            if key in self._mapped.get(one.name, ()):
                return one
        return next((one for one in listed if one.name not in self._mapped and key in one.keys), None)

    def help(self, actions: Sequence[Action]) -> list[tuple[str, str, str]]:
        """Keys, label and name of each action."""
        return [(" ".join(self.named(one)), one.label, one.name) for one in actions]


def _read(key: str) -> str:
    return " " if key == "space" else key
