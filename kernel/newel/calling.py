"""The one place that calls hooks.

pluggy registers, validates and orders implementations; it has no async, so the calling is ours. Tuples of
implementations are frozen at boot: an unused hook costs one dictionary look-up. Implementations run one at a time, in
order of need, and a coroutine is made only when it is about to be awaited.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from difflib import get_close_matches
from operator import itemgetter
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pluggy
from attrs import define, frozen

from newel import spec as kinds
from newel.deprecation import tell
from newel.errors import BootError, NewelError, PluginError
from newel.failures import BROKEN
from newel.spans import step

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.tracing import Facts

S = TypeVar("S")
R = TypeVar("R")

DEADLINES = {"first": 1.0, "fold": 2.0, "around": 2.0, "notify": 30.0}
"""Seconds that one implementation may take; a fold or around chain has ``CHAIN`` in all."""
CHAIN = 5.0
BREAKER_FAILURES = 5
BREAKER_SECONDS = 60.0


@frozen
class Implementation:
    plugin: str
    hook: str
    call: Callable[..., Any]
    seconds: float | None = None
    """Its own deadline (``newel.spec.within``), in ``first`` and ``fold`` hooks."""

    def facts(self) -> Facts:
        """What traces say of a call of it."""
        return {"newel.plugin": self.plugin}


@define
class Health:
    """How one plugin's ``notify`` implementation of one hook fares. An open breaker skips it for a while."""

    failures: int = 0
    total_failures: int = 0
    open_until: float = 0.0


Observer = Callable[[str, str, float, Any], None]
"""Told of each call: hook, plugin, seconds, subject."""


def _adapted(function: Callable[..., Any], wanted: Sequence[str], offered: Sequence[str]) -> Callable[..., Any]:
    """A callable that takes all offered arguments by position and hands on those that the function names."""
    if tuple(wanted) == tuple(offered):
        return function
    places = [offered.index(name) for name in wanted]
    if not places:
        return lambda *_: function()
    if len(places) == 1:
        place = places[0]
        return lambda *arguments: function(arguments[place])
    pick = itemgetter(*places)
    return lambda *arguments: function(*pick(arguments))


class _Manager(pluggy.PluginManager):
    """Looks only at what is marked: pluggy takes apart each name of a module and a plugin."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        marked = hasattr(getattr(type(plugin), name, None), f"{kinds.PROJECT}_impl")
        return super().parse_hookimpl_opts(plugin, name) if marked else None

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> Any:
        marked = kinds.kind_of(getattr(module_or_class, name, None)) is not None
        return super().parse_hookspec_opts(module_or_class, name) if marked else None


class Hooks:
    """All hooks of one application: declarations, implementations, calls."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._manager = _Manager(kinds.PROJECT)
        self._specs: dict[str, Callable[..., Any]] = {}
        self._table: dict[Callable[..., Any], tuple[Implementation, ...]] = {}
        self._health: dict[tuple[str, str], Health] = {}
        self._frozen = False
        self.observers: list[Observer] = []
        self.failed: Counter[tuple[str, str]] = Counter()
        """How often an implementation failed for a reason that is not its caller's, by plugin and hook."""

    # -- boot ---------------------------------------------------------------------------------------------------

    def declare(self, module: ModuleType) -> None:
        """Adds the hooks of a module. A name that is declared already is an error."""
        for name, function in vars(module).items():
            if kinds.kind_of(function) is None:
                continue
            if name in self._specs and self._specs[name] is not function:
                raise BootError(f"hook '{name}' is declared twice: {self._specs[name].__module__}, {module.__name__}")
            self._specs[name] = function
        self._manager.add_hookspecs(module)

    def register(self, name: str, plugin: object) -> None:
        """Registers a plugin's implementations after checking their form; all or nothing."""
        if self._frozen:
            raise BootError(f"{name}: too late, the hooks are frozen; plugins register while the site boots")
        self.enter(name, plugin)

    def enter(self, name: str, plugin: object) -> list[str]:
        """Registers, and answers the hooks that it implements. It is called from the next ``arrange`` on."""
        hooks = []
        for attribute in dir(type(plugin)):
            function = getattr(type(plugin), attribute, None)
            marked = getattr(function, f"{kinds.PROJECT}_impl", None)
            if marked is None or function is None:
                continue
            hook = marked.get("specname") or attribute
            self._check_form(name, hook, function, marked)
            if hook in self._specs:
                hooks.append(hook)
                for what, why in kinds.deprecations_of(self._specs[hook], function):
                    tell(what, why)
        self._manager.register(plugin, name)
        return hooks

    def _check_form(self, plugin: str, hook: str, function: Callable[..., Any], marked: dict[str, Any]) -> None:
        if marked.get("wrapper") or marked.get("hookwrapper"):
            raise BootError(f"{plugin}: {hook} uses wrapper=True, which cannot await; use an 'around' hook")
        declared = self._specs.get(hook)
        if declared is None:
            if marked.get("optionalhook"):
                return
            close = get_close_matches(hook, self._specs, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise BootError(f"{plugin}: there is no hook '{hook}'{hint}")
        kind = kinds.kind_of(declared)
        if kind == "collect" and inspect.iscoroutinefunction(function):
            raise BootError(f"{plugin}: {hook} is asked at boot and must be a plain function: 'def', not 'async def'")
        if kind == "around" and (inspect.isasyncgenfunction(function) or inspect.iscoroutinefunction(function)):
            raise BootError(
                f"{plugin}: {hook} must return an async context manager: put @asynccontextmanager below @hookimpl"
            )

    def forget(self, plugin: str) -> None:
        """Takes a plugin's implementations out: it has failed, or is switched off."""
        self._health = {key: health for key, health in self._health.items() if key[0] != plugin}
        if self._manager.get_plugin(plugin) is not None:
            self._manager.unregister(name=plugin)
        self._table = {
            spec: tuple(item for item in items if item.plugin != plugin) for spec, items in self._table.items()
        }
        self._table = {spec: items for spec, items in self._table.items() if items}

    def freeze(self) -> None:
        """Fixes the order: plugins must have been registered in reverse order of need (pluggy calls the last first)."""
        self._manager.check_pending()
        self._table = self._arranged(None)
        self._frozen = True

    def arrange(self, order: Sequence[str]) -> None:
        """Calls exactly these plugins from now on, in this order: whoever looks sees all of the change or nothing."""
        self._manager.check_pending()
        self._table = self._arranged(order)

    def _arranged(self, order: Sequence[str] | None) -> dict[Callable[..., Any], tuple[Implementation, ...]]:
        """The implementations by hook. Without an order they stay as pluggy has them."""
        places = {name: place for place, name in enumerate(order or ())}
        table = {}
        for hook, declared in self._specs.items():
            found = list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))
            if order is not None:
                found = [item for item in found if item.plugin_name in places]
                found.sort(key=lambda item: (not item.tryfirst, item.trylast, places[item.plugin_name]))
            items = tuple(self._implementation(item, declared) for item in found)
            if items:
                table[declared] = items
        return table

    def _implementation(self, item: pluggy.HookImpl, declared: Callable[..., Any]) -> Implementation:
        offered = inspect.getfullargspec(declared).args
        function = _adapted(item.function, item.argnames, offered)
        seconds = getattr(item.function, "newel_seconds", None)
        return Implementation(item.plugin_name, declared.__name__, function, seconds)

    def ask(self, plugin: str, spec: Callable[..., Sequence[R]]) -> list[R]:
        """What one plugin, arranged or not, answers to a ``collect`` hook. Raises what it raises."""
        found = getattr(self._manager.hook, spec.__name__).get_hookimpls()
        items = [self._implementation(item, spec) for item in found if item.plugin_name == plugin]
        return [value for item in items for value in item.call(*self._about(spec)) or ()]

    def _about(self, spec: Callable[..., Any]) -> tuple[App, ...]:
        return (self._app,) if inspect.getfullargspec(spec).args else ()

    # -- looking ------------------------------------------------------------------------------------------------

    def declared(self) -> dict[str, Callable[..., Any]]:
        return dict(self._specs)

    def implementers(self, spec: Callable[..., Any]) -> tuple[str, ...]:
        """The plugins that implement a hook, in calling order."""
        return tuple(item.plugin for item in self._table.get(spec, ()))

    def of(self, plugin: str) -> list[str]:
        """The hooks that a registered plugin implements."""
        found = self._manager.get_plugin(plugin)
        callers = () if found is None else self._manager.get_hookcallers(found) or ()
        return [one.name for one in callers if one.name in self._specs]

    def used(self, spec: Callable[..., Any]) -> bool:
        """Whether anybody implements it: one look-up, for hot paths that would have to build a subject first."""
        return spec in self._table

    def health(self) -> dict[tuple[str, str], Health]:
        """The failing (plugin, hook) pairs of ``notify`` hooks."""
        return dict(self._health)

    # -- calling ------------------------------------------------------------------------------------------------

    def collect(self, spec: Callable[..., Sequence[R]]) -> list[tuple[str, R]]:
        """Asks a ``collect`` hook, each plugin once: ``(plugin, value)`` in order. One that fails is taken out."""
        gathered: list[tuple[str, R]] = []
        for item in self._table.get(spec, ()):
            try:
                gathered += [(item.plugin, value) for value in item.call(*self._about(spec)) or ()]
            except BROKEN as error:
                self._app.fail(item.plugin, "collect", error)
        return [(plugin, value) for plugin, value in gathered if plugin in self._app.plugins]

    async def first(self, spec: Callable[[S, Call, App], R | None], subject: S, call: Call) -> R | None:
        """The first answer that is not ``None``."""
        for item in self._table.get(spec, ()):
            limit = None if item.seconds is None else min(item.seconds, CHAIN)
            answer = await self._invoke(item, "first", subject, call, limit)
            if answer is not None:
                return answer  # type: ignore[no-any-return]  # the declaration states R
        return None

    async def fold(self, spec: Callable[[S, Call, App], S | None], subject: S, call: Call) -> S:
        """Lets each implementation change the subject in turn; answers the last."""
        items = self._table.get(spec)
        if items is None:
            return subject
        ends = perf_counter() + CHAIN
        for item in items:
            limit = min(item.seconds or DEADLINES["fold"], max(0.0, ends - perf_counter()))
            changed = await self._invoke(item, "fold", subject, call, limit)
            if changed is not None:
                subject = changed
        return subject

    async def notify(self, spec: Callable[[S, Call, App], None], subject: S, call: Call) -> None:
        """Tells everybody; a failure stays with its plugin: logged, counted, and after several the breaker opens."""
        for item in self._table.get(spec, ()):
            if self.paused(item.plugin, item.hook) > 0:
                continue
            with suppress(Exception):  # counted and reported
                await self._tell(item, subject, call)

    async def tell(self, plugin: str, spec: Callable[[S, Call, App], None], subject: S, call: Call) -> None:
        """Tells one plugin, whatever its breaker says. A failure is counted and reported, then raised."""
        for item in self._table.get(spec, ()):
            if item.plugin == plugin:
                await self._tell(item, subject, call)

    def paused(self, plugin: str, hook: str) -> float:
        """For how many seconds more the breaker skips a plugin's ``notify`` hook; 0: it does not."""
        health = self._health.get((plugin, hook))
        return 0.0 if health is None else max(0.0, health.open_until - self._app.clock.monotonic())

    async def _tell(self, item: Implementation, subject: Any, call: Call) -> None:
        health = self._health.get((item.plugin, item.hook)) or Health()
        try:
            await self._invoke(item, "notify", subject, call)
        except Exception as error:
            health.failures += 1
            health.total_failures += 1
            now = self._app.clock.monotonic()
            if health.failures >= BREAKER_FAILURES:
                health.open_until = now + BREAKER_SECONDS
            self._health[item.plugin, item.hook] = health
            self._app.report_hook_failure(item.plugin, item.hook, error, paused=health.open_until > now)
            raise
        health.failures = 0

    @asynccontextmanager
    async def around(self, spec: Callable[[S, Call, App], Any], subject: S, call: Call) -> AsyncIterator[None]:
        """Enters each implementation's context, in order; leaves them in reverse."""
        items = self._table.get(spec, ())
        ends = perf_counter() + CHAIN
        visits = self._app.visits
        async with AsyncExitStack() as stack:
            for item in items:
                context = await self._invoke(item, "around", subject, call)
                if context is not None:
                    stack.callback(visits.leave, item.plugin, visits.enter(item.plugin))
                    try:
                        async with asyncio.timeout(min(DEADLINES["around"], max(0.0, ends - perf_counter()))):
                            await stack.enter_async_context(context)
                    except BROKEN as error:
                        self._count(item, error)
                        if not isinstance(error, NewelError):
                            self._app.report_hook_failure(item.plugin, item.hook, error)
                        self._blame(item, error)
            yield

    async def _invoke(
        self, item: Implementation, kind: str, subject: Any, call: Call, limit: float | None = None
    ) -> Any:
        """The only place that knows plain from async."""
        begun = perf_counter() if self.observers else 0.0
        visit = self._app.visits.enter(item.plugin)
        try:
            with step(item.hook, facts=item.facts):
                answer = item.call(subject, call, self._app)
                if hasattr(answer, "__await__"):
                    async with asyncio.timeout(DEADLINES[kind] if limit is None else limit):
                        answer = await answer
        except BROKEN as error:
            self._count(item, error)
            if kind != "notify" and not isinstance(error, NewelError):
                self._app.report_hook_failure(item.plugin, item.hook, error)
            self._blame(item, error)
        finally:
            self._app.visits.leave(item.plugin, visit)
            for observer in self.observers:
                observer(item.hook, item.plugin, perf_counter() - begun, subject)
        return answer

    def _count(self, item: Implementation, error: BaseException) -> None:
        if not isinstance(error, NewelError):
            self.failed[item.plugin, item.hook] += 1

    def _blame(self, item: Implementation, error: BaseException) -> NoReturn:
        """A polite refusal goes up as it is, with a note; anything else becomes a ``PluginError``."""
        error.add_note(f"in plugin '{item.plugin}', hook '{item.hook}'")
        if isinstance(error, NewelError):
            raise error
        what = "took too long" if isinstance(error, TimeoutError) else "failed"
        detail = f"plugin '{item.plugin}' {what} in {item.hook}"
        raise PluginError(detail, plugin=item.plugin, hook=item.hook) from error
