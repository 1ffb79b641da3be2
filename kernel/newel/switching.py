"""Takes plugins in and out while the site runs, where that is safe.

In: read and check → configure → load → collect → tables → start → *seen by everybody at once* → open doors. Out: *seen
by nobody any more* → the calls inside it end → stop. What fails on the way leaves the site as it was. Where a change
cannot be had like this, ``NeedsRestart`` says why, and nothing was touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import Context
from io import StringIO
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from newel import order
from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.idempotency import Idempotency
from newel.contracts.limits import RateLimit
from newel.contracts.migrations import Migrations
from newel.contracts.outbox import Outbox
from newel.discover import load_object, manifest_of
from newel.errors import BootError, Conflict, NeedsRestart, NewelError, NotFound
from newel.failures import BROKEN, told
from newel.hooks.lifecycle import register_commands, register_hookspecs, register_migrations
from newel.hooks.operations import register_operations
from newel.hooks.tui import register_screens
from newel.log import SECTION as LOG
from newel.log import LogConfig, configure
from newel.manifest import Manifest, Offer
from newel.spec import kind_of

if TYPE_CHECKING:
    from newel.app import App
    from newel.config import Layers
    from newel.operations import Operation

DRAIN_SECONDS = 30.0
"""How long the calls inside a plugin may take to end before it is left on."""
ALWAYS = frozenset(
    spec.__name__ for spec in (register_operations, register_commands, register_migrations, register_screens)
)
"""What the kernel itself follows."""
OF_THE_KERNEL = (Database, Outbox, Audit, Idempotency, RateLimit)
"""Contracts that an operation looks for more than once while it runs."""


@frozen
class Standing:
    """Who takes part, and what they brought: replaced as a whole, so that nobody sees half a change."""

    manifests: Mapping[str, Manifest]
    plugins: Mapping[str, object]
    plan: order.Plan
    collected: Mapping[str, list[tuple[str, Any]]]
    operations: Mapping[str, Operation]


@frozen
class _Coming:
    name: str
    manifest: Manifest
    plugin: object
    plan: order.Plan
    answers: Mapping[str, list[Any]]


class Switching:
    """Switches the plugins of one application, one at a time."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = asyncio.Lock()
        self.asked: set[str] = set()
        """The ``collect`` hooks whose answers a plugin has looked at."""
        self.followers: list[tuple[str, Callable[[], None], frozenset[str]]] = []
        """The plugins that look again, how, and at which hooks."""

    # -- in -------------------------------------------------------------------------------------------------------

    async def enable(self, name: str) -> None:
        async with self._turn(name):
            if name not in self._app.plugins:
                await self._on(name)

    async def _on(self, name: str) -> None:
        coming = await self._coming(name)
        before = self._standing()
        try:
            await self._tables(coming)
            with self._blamed(name, "start"):
                await self._begin(coming, before)
        except BaseException:
            self._restore(before)
            with suppress(Conflict):
                await self._over(name)
            await self._app.lifecycle.end(name)
            self._gone(name)
            raise
        self._app.disabled.pop(name, None)
        self._app.forgive(name)
        self._app.log.info("switched on", extra={"plugin": name})

    async def _coming(self, name: str) -> _Coming:
        """The plugin, made but not started. Nobody sees it yet."""
        app, one = self._app, self._app.found[name]
        with self._blamed(name, "manifest"):
            # Imports read files; the configuration is read again, since somebody may have written it for this.
            manifest = await asyncio.to_thread(manifest_of, one)
            plan = self._plan(manifest)
            layers = await self._layers()
        with self._blamed(name, "config"):
            faults = [fault for item in manifest.sections.items() for fault in app.configuration.add(*item)]
            if manifest.config is not None:
                faults += app.configuration.renew(name, manifest.config, layers)
            if faults:
                raise BootError("; ".join(map(str, faults)))
        with self._blamed(name, "import"), app.uses.watching(name):  # a thread has this task's context
            plugin = app.made(manifest, await asyncio.to_thread(load_object, manifest.load))
        try:
            with self._blamed(name, "collect"), app.uses.watching(name):
                hooks = app.hooks.enter(name, plugin)
                app.hooks.arrange(tuple(app.plugins))  # a fault of form shows now; it is not called yet
                self._possible(manifest, plugin, hooks)
                answers = {hook: app.hooks.ask(name, spec) for hook, spec in self._collecting(hooks)}
                app.operations.joined(name, answers.get(register_operations.__name__, ()))
        except BaseException:
            self._gone(name)
            raise
        return _Coming(name, manifest, plugin, plan, answers)

    async def _layers(self) -> Layers:
        app = self._app
        return app.configuration.layers if app.reread is None else await asyncio.to_thread(app.reread, None)

    def _plan(self, manifest: Manifest) -> order.Plan:
        app = self._app
        if offers := [one for one in manifest.provides if isinstance(one, Offer)]:
            raise Conflict(f"{offers[0].setting} chooses who provides {offers[0].contract.__name__}: change that")
        try:
            plan = app.planned([*app.manifests.values(), manifest])
        except order.Unorderable as error:
            raise BootError(str(error)) from None
        if plan.gaps:
            raise Conflict(
                f"{manifest.name} needs {plan.gaps[0].contract.__name__}, which no plugin that runs provides"
            )
        return plan

    async def _tables(self, coming: _Coming) -> None:
        steps = coming.answers.get(register_migrations.__name__)
        if steps:
            with self._blamed(coming.name, "migrate"):
                await self._app.need(Migrations).bring(coming.name, steps)

    async def _begin(self, coming: _Coming, before: Standing) -> None:
        app, name = self._app, coming.name
        app.manifests[name] = coming.manifest  # what it may provide
        around = Context()  # what it starts belongs to no request
        declared = coming.answers.get(register_operations.__name__, ())
        with app.operations.arriving(name, app.operations.joined(name, declared)):
            await app.lifecycle.begin(name, coming.plugin, "running", around)
        places = {one: place for place, one in enumerate(coming.plan.order)}
        after = Standing(
            manifests={**before.manifests, name: coming.manifest},
            plugins=_sorted({**before.plugins, name: coming.plugin}, places),
            plan=coming.plan,
            collected={
                hook: sorted(
                    [*values, *((name, value) for value in coming.answers.get(hook, ()))],
                    key=lambda pair: places.get(pair[0], -1),
                )
                for hook, values in before.collected.items()
            },
            operations=app.operations.joined(name, declared),
        )
        self._stand(after)
        self._tell_followers()
        if app.lifecycle.serving:
            await app.lifecycle.begin(name, coming.plugin, "serving", around)

    # -- out ------------------------------------------------------------------------------------------------------

    async def disable(self, name: str) -> None:
        async with self._turn(name):
            if name in self._app.plugins:
                self._may_go(name)
                await self._off(name)

    async def _off(self, name: str) -> None:
        app, manifest = self._app, self._app.manifests[name]
        before = self._standing()
        try:
            app.operations.leaving(name)
            self._stand(self._without(name, manifest, before))
            with self._blamed(name, "stop"):
                self._tell_followers()
            await self._over(name)
        except BaseException:
            self._restore(before)
            raise
        finally:
            app.operations.left()
        await app.lifecycle.end(name)  # its errors are logged; it is out all the same
        self._gone(name)
        app.disabled[name] = "switched off while the site runs"
        app.forgive(name)
        app.log.info("switched off", extra={"plugin": name})

    def _may_go(self, name: str) -> None:
        """Raises ``NeedsRestart`` or ``Conflict`` where the plugin cannot be taken out."""
        app, manifest = self._app, self._app.manifests[name]
        if app.required(name):
            raise Conflict(f"'{name}' is required: it stands in [plugins] required, or its manifest says so")
        if app.visits.mine(name):
            raise NeedsRestart(f"needs restart: '{name}' takes part in this very call")
        self._possible(manifest, app.plugins[name], app.hooks.of(name))

    def _without(self, name: str, manifest: Manifest, before: Standing) -> Standing:
        left = {other: one for other, one in before.manifests.items() if other != name}
        return Standing(
            manifests=left,
            plugins={other: one for other, one in before.plugins.items() if other != name},
            plan=evolve(
                before.plan,
                order=tuple(other for other in before.plan.order if other != name),
                providers={one: by for one, by in before.plan.providers.items() if by != name},
            ),
            collected={
                hook: [(owner, value) for owner, value in values if owner != name]
                for hook, values in before.collected.items()
            },
            operations={verb: one for verb, one in before.operations.items() if one.owner != name},
        )

    async def _over(self, name: str) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._app.visits.over(name)
        except TimeoutError:
            count = self._app.visits.count(name)
            raise Conflict(
                f"'{name}' is on still: {count} of its calls did not end within {DRAIN_SECONDS:g} s", code="busy"
            ) from None

    # -- both -----------------------------------------------------------------------------------------------------

    async def reconfigure(self, name: str) -> None:
        """Has a plugin that is on (or ``log``) go by what its section says now: it is switched off and on again.

        Raises as ``enable`` and ``disable`` do. One that does not start with its new section is off then.
        """
        app = self._app
        if name == LOG:
            async with self._lock:
                if faults := app.configuration.renew(LOG, LogConfig, await self._layers()):
                    raise Conflict("; ".join(map(str, faults)), code="plugin_failed")
                configure(app.log, app.config(LogConfig), app.clock)
            return
        async with self._turn(name):
            if name in app.plugins:
                self._may_go(name)
                await self._off(name)
                await self._on(name)

    def proved(self, layers: Layers) -> None:
        """Raises ``BootError`` where the site would not start with another configuration. Blocks for a while; touches
        nothing outside, and nothing of this application."""
        app = self._app
        type(app).build(
            app.folder, app.found.values(), layers, environment=app.configuration.environment, strict=app.strict,
            safe=app.safe, log_stream=StringIO(),
        )  # fmt: skip

    def obstacle(self, name: str) -> str:
        """Why a plugin that runs could not be switched off now; empty where it could."""
        try:
            self._may_go(name)
        except Conflict as error:
            return error.detail
        return ""

    def _possible(self, manifest: Manifest, plugin: object, hooks: list[str]) -> None:
        """Raises ``NeedsRestart`` for what others have looked at once, at their start."""
        why = next(self._obstacles(manifest, plugin, hooks), None)
        if why is not None:
            raise NeedsRestart(f"needs restart: {why}")

    def _obstacles(self, manifest: Manifest, plugin: object, hooks: list[str]) -> Iterator[str]:
        for contract in manifest.offered():
            if contract in OF_THE_KERNEL:
                yield f"every operation uses {contract.__name__}"
            for other in self._app.manifests.values():
                if other.name != manifest.name and contract in (*other.needs, *other.wants):
                    yield f"{other.name} {'needs' if contract in other.needs else 'uses'} {contract.__name__}"
        if hasattr(plugin, "listening"):
            yield "it is there before the site starts"
        if register_hookspecs.__name__ in hooks:
            yield "it declares hooks of its own"
        for hook, _ in self._collecting(hooks):
            if hook not in ALWAYS and not self._followed(hook):
                yield f"{hook} is asked once, when the site boots"

    def _collecting(self, hooks: list[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
        for hook, spec in self._app.hooks.declared().items():
            if hook in hooks and kind_of(spec) == "collect":
                yield hook, spec

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        async with self._lock:
            if not self._app.ready():
                raise Conflict("the site is starting or stopping")
            if name not in self._app.found:
                raise NotFound(f"there is no plugin '{name}'; one that was just installed is seen at the next start")
            yield

    @contextmanager
    def _blamed(self, name: str, stage: str) -> Iterator[None]:
        """What the plugin raises becomes a ``Conflict`` that says so, in one line."""
        try:
            yield
        except Conflict:
            raise
        except BROKEN as error:
            cause = error.detail if isinstance(error, NewelError) else told(error)
            self._app.log.error("a switch failed", extra={"plugin": name, "stage": stage}, exc_info=error)
            detail = f"plugin '{name}' failed at {stage}: {cause}; the site is as it was"
            raise Conflict(detail, code="plugin_failed") from error

    def _followed(self, hook: str) -> bool:
        """Whether everybody who asks a ``collect`` hook sees its later answers."""
        return hook not in self.asked or any(hook in hooks for _, _, hooks in self.followers)

    def _tell_followers(self) -> None:
        for owner, changed, _ in self.followers:
            if owner in self._app.plugins:
                changed()

    def _gone(self, name: str) -> None:
        self._app.hooks.forget(name)
        self.followers = [one for one in self.followers if one[0] != name]

    def _standing(self) -> Standing:
        app = self._app
        return Standing(dict(app.manifests), dict(app.plugins), app.plan, dict(app.answers), app.operations.known())

    def _stand(self, standing: Standing) -> None:
        """Puts others in their place, all at once. The dictionaries stay: plugins hold them."""
        app = self._app
        app.manifests.clear()
        app.manifests.update(standing.manifests)
        app.plugins.clear()
        app.plugins.update(standing.plugins)
        app.plan, app.answers = standing.plan, dict(standing.collected)
        app.operations.become(standing.operations)
        app.hooks.arrange(tuple(app.plugins))

    def _restore(self, before: Standing) -> None:
        """As it was. Followers have seen this state before, so that none has a reason to refuse it."""
        self._stand(before)
        try:
            self._tell_followers()
        except BROKEN as error:
            self._app.log.error("a plugin did not go back to what was", exc_info=error)


def _sorted(plugins: Mapping[str, object], places: Mapping[str, int]) -> dict[str, object]:
    return {name: plugins[name] for name in sorted(plugins, key=lambda name: places[name])}
