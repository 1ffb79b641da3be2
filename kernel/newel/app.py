"""The application: boot stages in order, and the owner of every registry. Nothing lives at module level.

discover → select → order → configure → load → collect → (checked: nothing outside was touched) → start → serve → stop
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from attrs import evolve, fields

from newel import order, versions
from newel.calling import Hooks
from newel.clock import SystemClock
from newel.config import ConfigFault, Configuration, Layers, PluginsConfig, did_you_mean, mistakes
from newel.context import Actor, Call
from newel.contracts.clock import Clock
from newel.contracts.outbox import Outbox
from newel.deprecation import Uses
from newel.discover import Found, load_object, manifest_of
from newel.errors import BootError
from newel.failures import BROKEN, PART, Failure, remedy, report, told
from newel.hooks import HOOK_MODULES
from newel.hooks.lifecycle import register_hookspecs
from newel.hooks.operations import register_operations
from newel.ids import Ids
from newel.lifecycle import Lifecycle
from newel.log import LogConfig, logger
from newel.manifest import Manifest, Offer
from newel.operations import Operations
from newel.providers import Providers
from newel.releases import ReleasesConfig
from newel.spec import kind_of
from newel.structure import Structurer
from newel.switching import Switching
from newel.visits import Visits

T = TypeVar("T")
R = TypeVar("R")


class App:
    """One site's application. ``App.build`` runs the stages up to *checked*; ``running()`` does the rest."""

    def __init__(self, folder: Path, clock: Clock | None = None, *, strict: bool = False, safe: bool = False) -> None:
        self.folder = folder
        self.clock: Clock = clock or SystemClock()
        self.ids = Ids(self.clock.now)
        self.structurer = Structurer()
        self.log = logger(LogConfig(), self.clock)
        self.strict = strict
        self.safe = safe
        self.hooks = Hooks(self)
        self.operations = Operations(self)
        self.providers = Providers()
        self.found: dict[str, Found] = {}
        self.manifests: dict[str, Manifest] = {}
        self.plugins: dict[str, object] = {}
        self.disabled: dict[str, str] = {}
        self.failures: list[Failure] = []
        self.failure_observers: list[Callable[[list[Failure]], None]] = []
        self.examined = False  # by `newel doctor`: plugins that start then make nothing
        self.notices: list[tuple[str, str]] = []
        self.uses = Uses(lambda told: self.log.warning(told))
        self.plan = order.Plan((), {}, (), ())
        self.visits = Visits()
        self.configuration: Configuration
        self.reread: Callable[[Path | None], Layers] | None = None
        """Reads the configuration again, where there is something to read; with a path, as if the file were that."""
        self.lifecycle = Lifecycle(self)
        self.switching = Switching(self)
        self.making = ""
        """The plugin that is being made right now."""
        self.answers: dict[str, list[tuple[str, Any]]] = {}
        """Of ``collect`` hooks, by name."""

    # -- what plugins use -----------------------------------------------------------------------------------------

    def config(self, kind: type[T]) -> T:
        """The frozen configuration object of a section's class."""
        return self.configuration.of(kind)

    def provide(self, contract: type[T], thing: T) -> None:
        """Keeps a promise: called inside ``running()``, for a contract that the manifest provides."""
        owner = self.lifecycle.starting
        if owner is None:
            raise RuntimeError("provide() belongs into a plugin's running(), before its yield")
        if contract not in self.manifests[owner].offered():
            raise BootError(f"{owner} provides {contract.__name__}, but its manifest does not say so")
        self.providers.provide(contract, thing, owner)

    def need(self, contract: type[T]) -> T:
        """The provider of a contract in the manifest's ``needs``; there from the plugin's ``running()`` on."""
        return self.providers.need(contract)

    def find(self, contract: type[T]) -> T | None:
        """The provider of a contract in the manifest's ``wants``, or ``None``."""
        return self.providers.find(contract)

    def collected(self, spec: Callable[..., Sequence[R]]) -> list[tuple[str, R]]:
        """What all plugins answered to a ``collect`` hook, with the plugin's name, in order of need.

        Whoever keeps something made of it ``follow``s the hook. Where nobody does, plugins that implement it come and
        go with the start of the site only.
        """
        self.switching.asked.add(spec.__name__)
        return self._gathered(spec)

    def _gathered(self, spec: Callable[..., Sequence[R]]) -> list[tuple[str, R]]:
        if spec.__name__ not in self.answers:
            self.answers[spec.__name__] = self.hooks.collect(spec)
        return self.answers[spec.__name__]

    def follow(self, changed: Callable[[], None], *specs: Callable[..., Any]) -> None:
        """Has ``changed`` called after a plugin came or went while the site runs. ``specs`` are the ``collect`` hooks
        whose answers it then looks at anew.

        Called while the plugin is made, or starts. ``changed`` is plain and quick; what it raises when a plugin comes
        keeps that plugin out.
        """
        owner = self.starting or self.making
        self.switching.followers.append((owner, changed, frozenset(spec.__name__ for spec in specs)))

    def call(self, actor: Actor, door: str, **details: Any) -> Call:
        """A new call with a fresh request id and the present time."""
        known: dict[str, Any] = {"request_id": self.ids.new(), "now": self.clock.now()}
        return Call(actor=actor, door=door, **known | details)

    def announce(self, label: str, text: str) -> None:
        """Something the operator should read when the site is up: an address, a one-time password. Never logged."""
        self.notices.append((label, text))

    def tell(self, events: Iterable[tuple[Callable[..., Any], Any]], call: Call) -> None:
        """Queues ``notify`` hooks of a committed act."""
        self.lifecycle.tell(events, evolve(call, work=None))

    async def settle(self) -> None:
        """Returns when every ``notify`` hook that is due has been told, those in the outbox too."""
        await self.lifecycle.settle()
        if (outbox := self.find(Outbox)) is not None:
            await outbox.settle()

    def ready(self) -> bool:
        """Whether all plugins have started and none is being stopped."""
        return self.lifecycle.ready

    # -- boot -----------------------------------------------------------------------------------------------------

    @classmethod
    def build(
        cls,
        folder: Path,
        found: Iterable[Found],
        layers: Layers,
        *,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
        strict: bool = False,
        safe: bool = False,
        log_stream: TextIO | None = None,
    ) -> App:
        """Runs the stages that touch nothing outside. Raises ``BootError`` with one report of all that is wrong."""
        app = cls(folder, clock, strict=strict, safe=safe)
        app.configuration = Configuration(
            layers, app.structurer, folder, os.environ if environment is None else environment
        )
        faults = app._kernel_sections(log_stream)
        app._discover(found, faults)
        app._select(faults)
        app._order()
        app._configure(faults)
        app._load()
        app._hooks_and_operations()
        return app

    def _kernel_sections(self, log_stream: TextIO | None) -> list[ConfigFault]:
        faults = list(self.configuration.layers.faults)
        faults += self.configuration.add("plugins", PluginsConfig)
        faults += self.configuration.add("log", LogConfig)
        faults += self.configuration.add("releases", ReleasesConfig)
        if faults:
            raise BootError(mistakes(faults))
        self.log = logger(self.config(LogConfig), self.clock, log_stream)
        return faults

    def _discover(self, found: Iterable[Found], faults: list[ConfigFault]) -> None:
        for one in found:
            other = self.found.get(one.name)
            if other is not None:
                raise BootError(
                    f"two plugins are called '{one.name}': {other.origin}, {one.origin}. Remove or rename one of them."
                )
            self.found[one.name] = one

    def _select(self, faults: list[ConfigFault]) -> None:
        wanted = self.config(PluginsConfig)
        for key in ("disable", "enable", "required"):
            for name in getattr(wanted, key):
                if name not in self.found:
                    origin = self.configuration.layers.origin(f"plugins.{key}")
                    detail = f"there is no plugin '{name}'" + did_you_mean(name, self.found)
                    faults.append(ConfigFault("plugins", f"plugins.{key}", detail, origin))
        for name, one in self.found.items():
            if name in wanted.disable:
                self.disabled[name] = "switched off in the configuration"
            elif self.safe and not one.builtin:
                self.disabled[name] = "left out by --safe"
            else:
                self._manifest(name, one, wanted)

    def _manifest(self, name: str, one: Found, wanted: PluginsConfig) -> None:
        try:
            with self.uses.watching(name):
                manifest = manifest_of(one, version=False)
            if manifest.optional and name not in wanted.enable:
                self.disabled[name] = "optional; switch it on with [plugins] enable"
                return
            self.manifests[name] = manifest
            versions.check(manifest)
            found = [fault for item in manifest.sections.items() for fault in self.configuration.add(*item)]
            if not found:
                for offer in manifest.provides:
                    if isinstance(offer, Offer):
                        self._setting(offer.setting)
        except BROKEN as error:
            self.fail(name, "manifest", error)
            return
        if found and one.builtin:
            raise BootError(mistakes(found))
        if found:
            self.fail(name, "config", BootError("; ".join(map(str, found))))

    def _setting(self, path: str) -> str:
        section, _, key = path.partition(".")
        kind = self.configuration.sections.get(section)
        if kind is None or key not in [one.name for one in fields(kind)]:
            raise BootError(f"it is offered by the setting '{path}', which is in no section of its manifest")
        value = getattr(self.config(kind), key)
        return str(value.reveal() if hasattr(value, "reveal") else value)

    def _order(self) -> None:
        try:
            self.plan = self.planned(list(self.manifests.values()))
        except order.Unorderable as error:
            raise BootError(str(error)) from None
        self._check_schemes()
        for gap in self.plan.gaps:
            chain = f"{gap.plugin} → {gap.contract.__name__}"
            provider = self._disabled_provider(gap.contract)
            if provider is not None:
                detail = f"cannot disable {provider}: {gap.plugin} needs {gap.contract.__name__} ({chain} → {provider})"
                help_text = f"enable {provider}, or disable {gap.plugin} as well"
            else:
                detail = f"{gap.plugin} needs {gap.contract.__name__}, which no plugin provides ({chain})"
                help_text = f"install a plugin that provides it, or disable {gap.plugin}"
            if self.found[gap.plugin].builtin:
                raise BootError(f"{detail}\nremedy: {help_text}")
            if gap.plugin in self.manifests:
                self.fail(gap.plugin, "select", BootError(detail), help_text)
        for name in self.plan.unpicked:
            self.disabled[name] = "another engine is configured"
            self.manifests.pop(name)

    def planned(self, manifests: Sequence[Manifest]) -> order.Plan:
        """The order of these plugins. Raises ``Unorderable``."""
        return order.plan(manifests, self._setting, lambda name: self.found[name].builtin)

    def _check_schemes(self) -> None:
        offers = [offer for one in self.manifests.values() for offer in one.provides if isinstance(offer, Offer)]
        for offer in offers:
            scheme = order.scheme_of(self._setting(offer.setting))
            known = sorted({name for other in offers if other.setting == offer.setting for name in other.schemes})
            if scheme not in known:
                if (name := self._disabled_engine(offer.setting, scheme)) is not None:
                    raise BootError(
                        f"cannot disable {name}: {offer.setting} asks for it ({offer.setting} → {scheme} → {name})\n"
                        f"remedy: enable {name}, or change {offer.setting}"
                    )
                hint = f"known here: {', '.join(known)}{did_you_mean(scheme, known)}"
                detail = f"no plugin knows the scheme '{scheme}'; {hint}"
                if "://" not in str(self._setting(offer.setting)):  # it may be anything then, a password too
                    detail = f"this is no URL, such as {offer.schemes[0]}://...; schemes {hint}"
                fault = ConfigFault("", offer.setting, detail, self.configuration.layers.origin(offer.setting))
                raise BootError(mistakes([fault]))

    def _disabled_engine(self, setting: str, scheme: str) -> str | None:
        """One of ours that is off and knows the scheme."""
        for name in self.disabled:
            offers = self.found[name].manifest().provides if self.found[name].builtin else ()
            if any(isinstance(one, Offer) and one.setting == setting and scheme in one.schemes for one in offers):
                return name
        return None

    def _disabled_provider(self, contract: type[Any]) -> str | None:
        """Only asked when the start fails anyway, so the manifests of our own disabled plugins may be read."""
        for name in self.disabled:
            if self.found[name].builtin and contract in self.found[name].manifest().offered():
                return name
        return None

    def _configure(self, faults: list[ConfigFault]) -> None:
        faults += self.configuration.unknown(self.found)
        others: dict[str, BaseException] = {}
        for name in self.plan.order:
            kind = self.manifests[name].config
            try:
                found = [] if kind is None else self.configuration.add(name, kind)
            except BROKEN as error:
                others[name] = error
                continue
            if self.found[name].builtin:
                faults += found
            elif found:
                others[name] = BootError("; ".join(str(fault) for fault in found))
        for section, path, why in self.configuration.deprecated:
            self.uses.note(section, f"the setting {path}", why)
        failures = [self.failure(name, "config", error) for name, error in others.items()]
        if faults:
            raise BootError("\n".join([mistakes(faults), *map(str, failures)]))
        if needed := [one for one in failures if self._must_run(one.plugin)]:
            raise BootError(report(needed))
        for name, cause in others.items():
            if name in self.manifests:
                self.fail(name, "config", cause)

    def _load(self) -> None:
        for name in self.plan.order:
            manifest = self.manifests.get(name)
            if manifest is None:
                continue
            try:
                with self.uses.watching(name):
                    self.plugins[name] = self.made(manifest, load_object(manifest.load))
            except BROKEN as error:
                self.fail(name, "import", error)

    def made(self, manifest: Manifest, factory: Any) -> object:
        """The plugin's object, with its configuration. Raises what its class raises."""
        self.making = manifest.name
        try:
            return factory(self) if manifest.config is None else factory(self, self.config(manifest.config))
        finally:
            self.making = ""

    def _hooks_and_operations(self) -> None:
        for module in HOOK_MODULES:
            self.hooks.declare(module)
        self._own_hooks()
        for name in reversed(list(self.plugins)):
            try:
                if name in self.plugins:
                    with self.uses.watching(name):
                        self.hooks.register(name, self.plugins[name])
            except BROKEN as error:
                self.fail(name, "collect", error)
        self.hooks.freeze()
        for owner, declared in self._gathered(register_operations):
            try:
                if owner in self.plugins:
                    self.operations.add(owner, declared)
            except BROKEN as error:
                self.fail(owner, "collect", error)
        for name, declared_hook in self.hooks.declared().items():
            if kind_of(declared_hook) == "collect" and name != register_hookspecs.__name__:
                self._gathered(declared_hook)

    def _own_hooks(self) -> None:
        for name, plugin in list(self.plugins.items()):
            declares = getattr(plugin, register_hookspecs.__name__, None)
            try:
                for module in declares() if declares is not None else ():
                    self.hooks.declare(module)
            except BROKEN as error:
                self.fail(name, "collect", error)

    # -- failure ----------------------------------------------------------------------------------------------------

    def required(self, name: str) -> bool:
        """Whether the operator or its author says that the site is nothing without this plugin."""
        manifest = self.manifests.get(name)
        return (manifest is not None and manifest.required) or name in self.config(PluginsConfig).required

    def _must_run(self, name: str) -> bool:
        return self.strict or self.found[name].builtin or self.required(name)

    def failure(self, name: str, stage: str, error: BaseException, help_text: str = "") -> Failure:
        return Failure(name, stage, told(error), help_text or remedy(name, self.found[name].origin))

    def fail(self, name: str, stage: str, error: BaseException, help_text: str = "") -> None:
        """Takes a failed plugin out, with those that need it. Raises ``BootError`` for one that must run."""
        failure = self.failure(name, stage, error, help_text)
        if self._must_run(name):
            ours = self.found[name].builtin and isinstance(error, BootError)  # its text says all there is to say
            raise BootError(str(error) if ours else str(failure)) from error
        self._tell_failure([*self.failures, failure])
        self._forget(name)
        promised = self.manifests[name].offered() if name in self.manifests else ()
        self.manifests.pop(name, None)
        for other, manifest in list(self.manifests.items()):
            lost = [need for need in manifest.needs if need in promised]
            if lost and other in self.plan.order:
                self.fail(other, stage, BootError(f"{lost[0].__name__} is gone with '{name}'"))

    def _tell_failure(self, failures: list[Failure]) -> None:
        self.failures = failures
        for line in failures[-1].lines():
            self.log.error(line)
        for observer in self.failure_observers:
            observer(failures)

    def _forget(self, name: str) -> None:
        self.plugins.pop(name, None)
        self.hooks.forget(name)
        self.operations.forget(name)
        self.providers.withdraw(name)
        for hook, values in self.answers.items():
            self.answers[hook] = [(owner, value) for owner, value in values if owner != name]

    def report_hook_failure(self, name: str, hook: str, error: BaseException, *, paused: bool = False) -> None:
        """A hook failed while the site runs: logged in three lines, seen in ``newel plugins list`` and ``/readyz``."""
        failure = Failure(name, "hook", f"{hook}: {told(error)}", remedy(name, self.found[name].origin))
        kept = [one for one in self.failures if not (one.plugin == name and one.cause.startswith(f"{hook}:"))]
        self._tell_failure([*kept, failure])
        if paused:
            self.log.error("paused for a minute after repeated failure", extra={"plugin": name, "hook": hook})

    def report_part(self, name: str, part: str, cause: str, help_text: str = "") -> None:
        """A part of a plugin, such as a plugin that it runs, does not work: told like a hook that failed. Without a
        ``cause`` it works again. What is told already is not told twice."""
        kept = [one for one in self.failures if not one.is_of(name, part)]
        failure = Failure(name, PART, f"{part}: {cause}", help_text)
        if not cause:
            self._set_failures(kept)
        elif failure not in self.failures:
            self._tell_failure([*kept, failure])

    def report_death(self, name: str, error: BaseException) -> None:
        """What a plugin had started ended by itself: told like a hook that failed. The rest of it runs on."""
        self._tell_failure([*self.failures, self.failure(name, "run", error)])

    def forgive(self, name: str) -> None:
        """Forgets the failures of a plugin that came or went."""
        self._set_failures([one for one in self.failures if one.plugin != name])

    def _set_failures(self, kept: list[Failure]) -> None:
        if kept != self.failures:
            self.failures = kept
            for observer in self.failure_observers:
                observer(kept)

    # -- while it runs ------------------------------------------------------------------------------------------------

    async def enable(self, name: str) -> None:
        """Switches a plugin on while the site runs; nothing happens where it is on.

        Raises ``NeedsRestart`` where that takes a start, ``Conflict`` where the plugin fails (the site is then as it
        was), ``NotFound``. Only this process and this run: the configuration is the caller's to write.
        """
        await self.switching.enable(name)

    async def disable(self, name: str) -> None:
        """Switches a plugin off while the site runs, when the calls inside it have ended. Raises as ``enable`` does."""
        await self.switching.disable(name)

    # -- life -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self, *, serving: bool = False) -> AsyncIterator[App]:
        """Starts all plugins in order of need (and with ``serving`` opens the doors), stops them in reverse."""
        self.uses.started()
        async with self.lifecycle.running(serving):
            yield self

    @asynccontextmanager
    async def running_only(self, *contracts: type[Any]) -> AsyncIterator[App]:
        """Starts the providers of these contracts and what they need, and nothing else: for work on what a site stands
        on, such as its tables."""
        wanted: set[str] = set()
        waiting = [self.plan.providers[one] for one in contracts if one in self.plan.providers]
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += [self.plan.providers[need] for need in self.manifests[name].needs]
        async with self.lifecycle.running(False, frozenset(wanted)):
            yield self

    @property
    def serving(self) -> bool:
        """Whether this process opens the doors (``newel serve``), from the first start of a plugin on."""
        return self.lifecycle.serving

    @property
    def starting(self) -> str | None:
        """The plugin that is being started right now."""
        return self.lifecycle.starting
