"""The application: boot stages in order, and the owner of every registry. Nothing lives at module level.

discover → select → order → configure → load → collect → (checked: nothing outside was touched) → start → serve → stop
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from attrs import evolve

from newel import order, versions
from newel.calling import CollectError, Hooks
from newel.clock import SystemClock
from newel.config import ConfigFault, Configuration, Layers, PluginsConfig, did_you_mean
from newel.context import Actor, Call
from newel.contracts.clock import Clock
from newel.contracts.outbox import Outbox
from newel.discover import Found, load_object
from newel.errors import BootError
from newel.failures import Failure, remedy, told
from newel.hooks import HOOK_MODULES
from newel.hooks.lifecycle import register_hookspecs
from newel.hooks.operations import register_operations
from newel.ids import Ids
from newel.lifecycle import Lifecycle
from newel.log import LogConfig, logger
from newel.manifest import Manifest, Offer
from newel.operations import Operations
from newel.providers import Providers
from newel.spec import kind_of
from newel.structure import Structurer

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
        self.notices: list[tuple[str, str]] = []
        self.plan = order.Plan((), {}, (), ())
        self.configuration: Configuration
        self._lifecycle = Lifecycle(self)
        self._collected: dict[str, list[tuple[str, Any]]] = {}

    # -- what plugins use -----------------------------------------------------------------------------------------

    def config(self, kind: type[T]) -> T:
        """The frozen configuration object of a section's class."""
        return self.configuration.of(kind)

    def provide(self, contract: type[T], thing: T) -> None:
        """Keeps a promise: called inside ``running()``, for a contract that the manifest provides."""
        owner = self._lifecycle.starting
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
        """What all plugins answered to a ``collect`` hook, with the plugin's name, in order of need."""
        if spec.__name__ not in self._collected:
            self._collected[spec.__name__] = self._collect(spec)
        return self._collected[spec.__name__]

    def call(self, actor: Actor, door: str, **details: Any) -> Call:
        """A new call with a fresh request id and the present time."""
        known: dict[str, Any] = {"request_id": self.ids.new(), "now": self.clock.now()}
        return Call(actor=actor, door=door, **known | details)

    def announce(self, label: str, text: str) -> None:
        """Something the operator should read when the site is up: an address, a one-time password. Never logged."""
        self.notices.append((label, text))

    def tell(self, events: Iterable[tuple[Callable[..., Any], Any]], call: Call) -> None:
        """Queues ``notify`` hooks of a committed act."""
        self._lifecycle.tell(events, evolve(call, work=None))

    async def settle(self) -> None:
        """Returns when every ``notify`` hook that is due has been told, those in the outbox too."""
        await self._lifecycle.settle()
        if (outbox := self.find(Outbox)) is not None:
            await outbox.settle()

    def ready(self) -> bool:
        """Whether all plugins have started and none is being stopped."""
        return self._lifecycle.ready

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
        if faults:
            raise BootError(_config_report(faults))
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
            manifest = one.manifest()
            if manifest.name != name:
                raise ValueError(f"the manifest says '{manifest.name}', its entry point '{name}': make them equal")
            versions.check(manifest)
        except Exception as error:
            self.fail(name, "manifest", error)
            return
        if manifest.optional and name not in wanted.enable:
            self.disabled[name] = "optional; switch it on with [plugins] enable"
            return
        for section, kind in manifest.sections.items():
            if section not in self.configuration.sections and (found := self.configuration.add(section, kind)):
                raise BootError(_config_report(found))
        self.manifests[name] = manifest

    def _setting(self, path: str) -> str:
        section, _, key = path.partition(".")
        kind = self.configuration.sections[section]
        value = getattr(self.config(kind), key)
        return str(value.reveal() if hasattr(value, "reveal") else value)

    def _order(self) -> None:
        try:
            self.plan = order.plan(list(self.manifests.values()), self._setting, lambda name: self.found[name].builtin)
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
            if self._must_run(gap.plugin):
                raise BootError(f"{detail}\nremedy: {help_text}")
            self.failures.append(Failure(gap.plugin, "select", detail, help_text))
            self.manifests.pop(gap.plugin, None)
        for name in self.plan.unpicked:
            self.disabled[name] = "another engine is configured"
            self.manifests.pop(name)

    def _check_schemes(self) -> None:
        offers = [offer for one in self.manifests.values() for offer in one.provides if isinstance(offer, Offer)]
        for offer in offers:
            scheme = order.scheme_of(self._setting(offer.setting))
            known = sorted({name for other in offers if other.setting == offer.setting for name in other.schemes})
            if scheme not in known:
                hint = f"known here: {', '.join(known)}{did_you_mean(scheme, known)}"
                detail = f"no plugin knows the scheme '{scheme}'; {hint}"
                fault = ConfigFault("", offer.setting, detail, self.configuration.layers.origin(offer.setting))
                raise BootError(_config_report([fault]))

    def _disabled_provider(self, contract: type[Any]) -> str | None:
        """Only asked when the start fails anyway, so the manifests of our own disabled plugins may be read."""
        for name in self.disabled:
            if self.found[name].builtin and contract in self.found[name].manifest().offered():
                return name
        return None

    def _configure(self, faults: list[ConfigFault]) -> None:
        faults += self.configuration.unknown(self.found)
        skipped: dict[str, list[ConfigFault]] = {}
        for name in self.plan.order:
            kind = self.manifests[name].config
            found = [] if kind is None else self.configuration.add(name, kind)
            if found and not self._must_run(name):
                skipped[name] = found
            else:
                faults += found
        if faults:
            raise BootError(_config_report([*faults, *(fault for found in skipped.values() for fault in found)]))
        for name, found in skipped.items():
            self.fail(name, "config", ValueError("; ".join(str(fault) for fault in found)))

    def _load(self) -> None:
        for name in self.plan.order:
            manifest = self.manifests.get(name)
            if manifest is None:
                continue
            try:
                factory: Any = load_object(manifest.load)
                self.plugins[name] = (
                    factory(self) if manifest.config is None else factory(self, self.config(manifest.config))
                )
            except Exception as error:
                self.fail(name, "import", error)

    def _hooks_and_operations(self) -> None:
        for module in HOOK_MODULES:
            self.hooks.declare(module)
        self._own_hooks()
        for name in reversed(list(self.plugins)):
            try:
                self.hooks.register(name, self.plugins[name])
            except Exception as error:
                self.fail(name, "collect", error)
        self.hooks.freeze()
        for owner, declared in self.collected(register_operations):
            try:
                self.operations.add(owner, declared)
            except BootError as error:
                self.fail(owner, "collect", error)
        for name, declared_hook in self.hooks.declared().items():
            if kind_of(declared_hook) == "collect" and name != register_hookspecs.__name__:
                self.collected(declared_hook)

    def _own_hooks(self) -> None:
        for name, plugin in list(self.plugins.items()):
            declares = getattr(plugin, register_hookspecs.__name__, None)
            try:
                for module in declares() if declares is not None else ():
                    self.hooks.declare(module)
            except Exception as error:
                self.fail(name, "collect", error)

    def _collect(self, spec: Callable[..., Sequence[R]]) -> list[tuple[str, R]]:
        while True:
            try:
                return self.hooks.collect(spec)
            except CollectError as error:
                self.fail(error.plugin, "collect", error)

    # -- failure ----------------------------------------------------------------------------------------------------

    def _must_run(self, name: str) -> bool:
        manifest = self.manifests.get(name)
        marked = manifest is not None and manifest.required
        return self.strict or self.found[name].builtin or marked or name in self.config(PluginsConfig).required

    def fail(self, name: str, stage: str, error: BaseException) -> None:
        """Takes a failed plugin out, with those that need it. Raises ``BootError`` for one that must run."""
        failure = Failure(name, stage, told(error), remedy(name, self.found[name].origin))
        if self._must_run(name):
            raise BootError(str(error) if isinstance(error, BootError) else str(failure)) from error
        self.failures.append(failure)
        for line in failure.lines():
            self.log.error(line)
        self._forget(name)
        promised = self.manifests[name].offered() if name in self.manifests else ()
        self.manifests.pop(name, None)
        for other, manifest in list(self.manifests.items()):
            lost = [need for need in manifest.needs if need in promised]
            if lost and other in self.plan.order:
                self.fail(other, stage, BootError(f"{lost[0].__name__} is gone with '{name}'"))

    def _forget(self, name: str) -> None:
        self.plugins.pop(name, None)
        self.hooks.forget(name)
        self.operations.forget(name)
        self.providers.withdraw(name)
        for hook, values in self._collected.items():
            self._collected[hook] = [(owner, value) for owner, value in values if owner != name]

    def report_hook_failure(self, name: str, hook: str, error: BaseException, *, paused: bool) -> None:
        """A ``notify`` hook failed: logged in three lines, seen in ``newel plugins`` and ``/readyz``."""
        failure = Failure(name, "hook", f"{hook}: {told(error)}", remedy(name, self.found[name].origin))
        kept = [one for one in self.failures if not (one.plugin == name and one.cause.startswith(f"{hook}:"))]
        self.failures = [*kept, failure]
        for line in failure.lines():
            self.log.error(line)
        if paused:
            self.log.error("paused for a minute after repeated failure", extra={"plugin": name, "hook": hook})

    # -- life -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self, *, serving: bool = False) -> AsyncIterator[App]:
        """Starts all plugins in order of need (and with ``serving`` opens the doors), stops them in reverse."""
        async with self._lifecycle.running(serving):
            yield self


def _config_report(faults: Sequence[ConfigFault]) -> str:
    count = "one mistake" if len(faults) == 1 else f"{len(faults)} mistakes"
    return "\n".join([f"the configuration has {count}:", *(f"  {fault}" for fault in faults)])
