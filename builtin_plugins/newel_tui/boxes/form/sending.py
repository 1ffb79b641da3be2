"""Sends a form, asks whether it would be taken, and settles what somebody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from newel.contracts.tui import Submitted
from newel.contracts.views import Ask, Form, meant
from newel.errors import Conflict, NewelError, PreconditionFailed
from newel_tui.boxes.form.conflict import settled
from newel_tui.boxes.form.field import step
from newel_tui.boxes.form.state import told

if TYPE_CHECKING:
    from newel_tui.boxes.form.box import FormBox


class Sender:
    """The way of a form's values to its operation."""

    def __init__(self, box: FormBox) -> None:
        self._box = box
        self.busy = False
        self.over = False
        """Whether it was taken, or thrown away: nothing is unsaved any more."""
        self._asked = 0
        self.base: Any = None
        """The revision that the values are based on, where it is another one than the form says."""

    def again(self, view: Form) -> None:
        self.base, self.over = None, False

    @property
    def prefix(self) -> str:
        """The pointer to where the values stand in the input."""
        view: Form = self._box.view
        return "".join(step(one) for one in view.at.split(".")) if view.at else ""

    def params(self, ask: Ask, values: Mapping[str, Any]) -> dict[str, Any]:
        """The input, with the values in their place."""
        view: Form = self._box.view
        params: dict[str, Any] = dict(meant(ask.params, view.subject))
        if self.base is not None and "revision" in params:
            params["revision"] = self.base
        inner: Any = dict(values)
        for part in reversed(view.at.split(".")) if view.at else ():
            inner = {part: inner}
        return _over(params, inner)

    async def send(self, *, leaving: bool = False) -> bool:
        """Whether it was taken. What is wrong is shown, and nothing is lost."""
        box, view = self._box, self._box.view
        if self.busy:
            return False
        box.fields.tried = True
        if any(one.stops for one in box.fields.faults()):
            box.to_fault()
            box.host.redraw()
            return False
        values = box.fields.values(changed_only=view.changed_only)
        self.busy = True
        box.host.redraw()
        try:
            answer = await self._sent(values)
        except NewelError as error:
            self._failed(error)
            return False
        finally:
            self.busy = False
            box.host.redraw()
        if answer is _NOT_SENT:
            return False
        await self._taken(answer, values, leaving)
        return True

    async def _sent(self, values: Mapping[str, Any]) -> Any:
        box, view = self._box, self._box.view
        if view.submit is None:
            return None
        while True:
            try:
                work = box.host.gateway.run(view.submit.operation, self.params(view.submit, values))
                return await box.host.did(view.title, work)
            except (PreconditionFailed, Conflict) as error:
                if "revision" not in error.extra:
                    raise
                answer = await settled(box, error)
                if answer is None:
                    return _NOT_SENT
                self.base = error.extra["revision"]
                if answer == "theirs":
                    box.fields.told = {}
                    return _NOT_SENT

    def _failed(self, error: NewelError) -> None:
        fields = self._box.fields
        fields.tell(error.problems, self.prefix)
        if not error.problems:
            self._box.host.toast(error.detail, "error")
        else:
            self._box.to_fault()

    async def _taken(self, answer: Any, values: Mapping[str, Any], leaving: bool) -> None:
        box, view = self._box, self._box.view
        if view.submit is not None:
            box.fields.tell(())
            box.fields.checked = {}
            box.fields.tried = False
            for one in box.fields.all.values():
                one.settled()
            if isinstance(answer, Mapping) and "revision" in answer:
                self.base = answer["revision"]
            await box.keeper.drop()
        if box.above:
            self.over = True
            given = values if view.submit is None else answer
            box.host.finish(box, {} if given is None else given)
        elif not leaving:
            await box.owner.send(Submitted(answer=answer, values=values))
        else:
            self.over = True

    async def check(self) -> None:
        """Asks what is wrong with what was typed. An answer to what has been changed since is dropped."""
        box, ask = self._box, self._box.view.check
        if ask is None or self.busy or not box.host.gateway.may(ask.operation):
            return
        self._asked += 1
        mine = self._asked
        try:
            values = box.fields.values(changed_only=box.view.changed_only)
            answer = await box.host.gateway.run(ask.operation, self.params(ask, values))
            problems: Any = answer.get("problems", ()) if isinstance(answer, Mapping) else ()
        except NewelError as error:
            problems = error.problems  # nobody asked for it: where there is no answer, nothing is told
        if mine == self._asked:
            box.fields.checked = told(problems, self.prefix)


_NOT_SENT = object()


def _over(params: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values over the input, one inside the other."""
    for name, value in values.items():
        known = params.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        params[name] = _over(dict(known), value) if both and isinstance(known, Mapping) else value
    return params
