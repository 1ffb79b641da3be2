"""Forms made from the input type of an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.views import Ask, Control, Form
from newel_tui.gateway import Known


def form_for(known: Known, given: Mapping[str, Any], names: Sequence[str], start: Any) -> Form:
    """Asks for the named input fields (none named: all that are not given), filled in from a row where it has them."""
    wanted = [name for name in (names or known.inputs) if name not in given or name in names]
    controls = tuple(Control(name=name, label=name, schema=known.inputs[name]) for name in wanted)
    values = {name: start[name] for name in wanted if isinstance(start, Mapping) and name in start}
    return Form(title=known.summary, controls=controls, values=values, submit=Ask(operation=known.name, params=given))
