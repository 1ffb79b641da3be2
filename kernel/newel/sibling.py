"""The same site on something else: another store, another database. For copies, backups and drills."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from newel.app import App
from newel.bounds import FromText


def sibling(app: App, values: Mapping[str, str]) -> App:
    """An application of the same folder and plugins with other settings, booted as far as *checked*.

    ``values`` are texts by dotted path, as after ``--set``; they win over every layer. Its log goes nowhere, since its
    site is not the one that people look at. Raises ``BootError``.
    """
    layers = deepcopy(app.configuration.layers)
    for path, text in values.items():
        layers.put(tuple(path.split(".")), FromText(text), f"sibling {path}")
    made = App.build(
        app.folder,
        app.found.values(),
        layers,
        clock=app.clock,
        environment=app.configuration.environment,
        strict=app.strict,
        safe=app.safe,
    )
    made.log = app.log
    return made
