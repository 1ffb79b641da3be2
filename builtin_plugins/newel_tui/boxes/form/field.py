"""What every field of a form is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from newel.contracts.views import MISSING, Control
from newel_tui.actions import Action
from newel_tui.boxes.base import Host
from newel_tui.boxes.form.lines import Drawn, Line

if TYPE_CHECKING:
    from newel_tui.boxes.base import Owner
    from newel_tui.boxes.form.conversing import Conversation


class Around(Protocol):
    """The form, as its fields see it."""

    host: Host
    owner: Owner
    locale: str
    """The one that is shown of localized fields."""
    locales: Sequence[str]
    second: str
    """The locale that is shown beside; empty: none."""
    height: int
    """How high the form is."""
    talks: set[Conversation]
    """Editors of plugins that are open."""
    typing_now: bool
    """Whether a key was pressed just now: what takes long waits."""

    @property
    def above(self) -> bool:
        """Whether it lies above a screen."""

    def changed(self, stop: Stop) -> None:
        """Something was typed there."""

    def go(self, stop: Stop | None) -> None:
        """Goes to a stop that is or will be there."""


@frozen
class Fault:
    """What is wrong at a pointer, as seen here. One that ``stops`` has no value that could be sent."""

    pointer: str
    detail: str
    stops: bool = False
    quiet: bool = False
    """Told only once somebody has tried to send: nobody has typed there yet."""


class Stop:
    """Something in a form that can have the focus."""

    typing = False
    label = ""
    help = ""
    required = False
    tall = False
    """Whether it takes the whole width, below its label."""

    def drawn(self, width: int, focused: bool) -> Drawn:
        raise NotImplementedError

    def key(self, key: str) -> bool:
        """Whether the key was for it. Other keys move and act in the form."""
        return False

    def pasted(self, text: str) -> bool:
        return False

    def actions(self) -> Sequence[Action]:
        return ()

    @property
    def note(self) -> str:
        """What is told beside its label."""
        return ""

    def out(self) -> bool:
        """``esc``: whether something that was open is closed now."""
        return False

    @property
    def closed(self) -> bool:
        """Whether there are stops inside that are not seen."""
        return False

    def open(self) -> None:
        """Shows what is inside."""


@frozen
class Placed:
    """A stop, or a line without one, in its place."""

    pointer: str
    indent: int
    stop: Stop | None = None
    line: Line | None = None
    covers: str = ""
    """The pointer of the whole where this is one locale of it."""
    parent: Stop | None = None
    """The line of the item that it is in."""

    def opens_for(self, pointer: str) -> bool:
        """Whether what is at the pointer is inside, and not seen."""
        return self.stop is not None and self.stop.closed and pointer.startswith(self.pointer + "/")


class Field(Stop):
    """A value and how it is edited. ``MISSING`` is a value that is not there."""

    def __init__(self, form: Around, control: Control, value: Any = MISSING) -> None:
        self.form = form
        self.control = control
        self.touched = False
        self.original: Any = value
        self.load(value)

    @property
    def label(self) -> str:  # type: ignore[override]  # fixed for other stops
        return self.control.label or self.control.name

    @property
    def help(self) -> str:  # type: ignore[override]  # fixed for other stops
        return self.control.help

    @property
    def required(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return self.control.required

    def load(self, value: Any) -> None:
        """Takes another value."""
        raise NotImplementedError

    def value(self) -> Any:
        """As it goes over the wire."""
        raise NotImplementedError

    def kept(self) -> Any:
        """What is kept of it where it is not sent: for ``load``. Secrets are not."""
        return self.value()

    def changes(self) -> Any:
        """What is sent of it where only changes are: ``null`` where it is empty now."""
        value = self.value()
        return None if value is MISSING else value

    @property
    def dirty(self) -> bool:
        return not same(self.value(), self.original)

    def takes(self, value: Any) -> None:
        """Takes what somebody else wrote: it is what the site has."""
        self.original = value
        self.load(value)
        self.touched = False

    def settled(self) -> None:
        """What it holds now is what the site has."""
        self.original = self.value()
        self.touched = False

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        """Its stops in order, those inside it as well."""
        yield Placed(pointer, indent, self)

    def faults(self, pointer: str) -> Iterator[Fault]:
        """What is wrong as far as can be seen here."""
        from newel_tui.boxes.form.checks import broken

        yield from broken(self.value(), self.control, pointer, self.touched)

    def changed(self) -> None:
        self.touched = True
        self.form.changed(self)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a reader: what is not there is ``null``, and empty text is neither."""
    if one is MISSING or one is None:
        return other is MISSING or other is None
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(same(one.get(key), other.get(key)) for key in {**one, **other})
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return (type(one) is type(other) and bool(one == other)) or (_number(one) and _number(other) and bool(one == other))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def step(part: str | int) -> str:
    """A part of a JSON pointer."""
    return "/" + str(part).replace("~", "~0").replace("/", "~1")
