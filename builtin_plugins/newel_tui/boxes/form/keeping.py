"""What was typed and not sent, kept by the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newel.errors import NewelError
from newel_tui.actions import Action

if TYPE_CHECKING:
    from newel_tui.boxes.form.box import FormBox


class Keeper:
    """Keeps a form's values under its name, and offers them when it is opened again."""

    def __init__(self, box: FormBox) -> None:
        self._box = box
        self._found: Any = None
        self._stored = False
        self._last: Any = None
        self._failed = False

    def begin(self) -> None:
        if self._key:
            self._box.host.start(self._look())

    @property
    def _key(self) -> str:
        key = str(self._box.view.keep)
        return key if key and self._box.host.gateway.may("tui.kept.put") else ""

    @property
    def offered(self) -> str:
        """The question, while there is one."""
        if self._found is None:
            return ""
        when = str(self._found["saved_at"])[:16].replace("T", " ")
        return f"typed on {when} and not sent: enter takes it, esc throws it away"

    def actions(self) -> Sequence[Action]:
        if self._found is None:
            return ()
        return (
            Action(name="form.take_kept", label="take what was typed", keys=("enter",), hint=True, run=self.take),
            Action(name="form.drop_kept", label="throw it away", keys=("esc",), hint=True, run=self.drop),
        )

    async def _look(self) -> None:
        try:
            found = await self._box.host.gateway.run("tui.kept.get", {"key": self._key})
        except NewelError:
            return  # a form without memory is a form
        if found and found.get("values") is not None:
            self._found, self._stored = found, True
            self._box.host.redraw()

    def take(self) -> None:
        """Puts what was kept into the fields, based on the revision that it was typed on."""
        found, self._found = self._found, None
        values = found["values"]
        self._box.fields.take(values.get("fields", {}))
        if values.get("revision") is not None:
            self._box.sender.base = values["revision"]

    async def keep(self) -> None:
        """Keeps what is unsaved now. Errors are told once: what cannot be kept can still be sent."""
        if self._found is not None or not self._key or self._box.sender.over:
            return
        fields = self._box.fields.kept()
        if not fields:
            await self.drop()
            return
        view = self._box.view
        params = view.submit.params if view.submit is not None else {}
        base = self._box.sender.base if self._box.sender.base is not None else params.get("revision")
        values = {"fields": fields, "revision": base if isinstance(base, int) else None}
        if values == self._last:
            return
        try:
            await self._box.host.gateway.run("tui.kept.put", {"key": self._key, "values": values})
        except NewelError as error:
            if not self._failed:
                self._box.host.toast(f"not kept, but still here: {error.detail}", "warning")
            self._failed = True
            return
        self._last, self._stored, self._failed = values, True, False

    async def drop(self) -> None:
        """It was sent, or thrown away."""
        self._found, self._last = None, None
        if self._stored and self._key:
            self._stored = False
            try:
                await self._box.host.gateway.run("tui.kept.drop", {"key": self._key})
            except NewelError as error:
                self._box.host.toast(error.detail, "warning")
