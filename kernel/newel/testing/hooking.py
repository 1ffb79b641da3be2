"""One implementation of a hook, for one block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from newel.app import App
from newel.spec import PROJECT, hookimpl

NAME = "for_a_block"


@contextmanager
def hook_temporarily(app: App, spec: Callable[..., Any], implementation: Callable[..., Any]) -> Iterator[None]:
    """Has a running application call ``implementation`` for the hook ``spec``, after those of its plugins.

    ``implementation`` names the arguments that it wants, as a method of a plugin does. Not for ``collect`` hooks: those
    were asked already.
    """
    mark = hookimpl(specname=spec.__name__)
    marked = implementation if hasattr(implementation, f"{PROJECT}_impl") else mark(implementation)
    name = next(name for name in (NAME + "_" * length for length in range(100)) if name not in app.plugins)
    app.plugins[name] = plugin = type("ForABlock", (), {spec.__name__: staticmethod(marked)})()
    try:
        app.hooks.enter(name, plugin)
        app.hooks.arrange(tuple(app.plugins))
        yield
    finally:
        app.hooks.forget(name)
        del app.plugins[name]
