"""From manifests to an order of start: who provides what, who needs whom, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from newel.manifest import Manifest, Offer


@frozen
class Gap:
    """A plugin that cannot be placed: it needs what nobody provides."""

    plugin: str
    contract: type[Any]


class Unorderable(Exception):
    """The graph has no order: a cycle, or a promise kept by two. The text names the chain and the remedy."""


@frozen
class Plan:
    """The order of start, and who provides each contract."""

    order: tuple[str, ...]
    providers: Mapping[type[Any], str]
    unpicked: tuple[str, ...]
    gaps: tuple[Gap, ...]


def scheme_of(url: str) -> str:
    """The engine a URL asks for: ``postgresql+asyncpg://...`` is ``postgresql``; ``file:data`` needs no slashes."""
    # Of others too few slashes are a slip: 'sqlite:data.db' is no place for a site.
    mark = ":" if url[:5].lower() == "file:" else "://"
    return url.partition(mark)[0].partition("+")[0].lower()


def unpicked(manifests: Iterable[Manifest], setting: Callable[[str], str]) -> tuple[str, ...]:
    """The plugins that offer a contract only for other URL schemes than the configured one."""
    return tuple(
        one.name
        for one in manifests
        if any(
            isinstance(offer, Offer) and scheme_of(setting(offer.setting)) not in offer.schemes
            for offer in one.provides
        )
    )


def plan(manifests: Sequence[Manifest], setting: Callable[[str], str], builtin: Callable[[str], bool]) -> Plan:
    """Orders the plugins. Among equals, ours come before others', then by name."""
    out = unpicked(manifests, setting)
    chosen = {one.name: one for one in manifests if one.name not in out}
    providers: dict[type[Any], str] = {}
    for one in chosen.values():
        for contract in one.offered():
            if contract in providers:
                raise Unorderable(
                    f"{contract.__name__} is provided by both {providers[contract]} and {one.name}: "
                    f'disable one of them ([plugins] disable = ["{one.name}"])'
                )
            providers[contract] = one.name
    gaps = []
    while True:
        missing = [Gap(one.name, need) for one in chosen.values() for need in one.needs if need not in providers]
        if not missing:
            break
        gaps += missing
        for gap in missing:
            chosen.pop(gap.plugin, None)
        providers = {contract: name for contract, name in providers.items() if name in chosen}
    before = {one.name: _before(one, providers, chosen) for one in chosen.values()}
    order = _sorted(before, lambda name: (not builtin(name), name))
    return Plan(tuple(order), providers, out, tuple(gaps))


def _before(one: Manifest, providers: Mapping[type[Any], str], chosen: Mapping[str, Manifest]) -> set[str]:
    names = {providers[need] for need in (*one.needs, *one.wants) if need in providers}
    return (names | {name for name in one.after if name in chosen}) - {one.name}


def _sorted(before: Mapping[str, set[str]], rank: Callable[[str], Any]) -> list[str]:
    done: list[str] = []
    waiting = dict(before)
    while waiting:
        ready = [name for name, needs in waiting.items() if needs <= set(done)]
        if not ready:
            raise Unorderable(f"these plugins wait for each other: {' → '.join(_cycle(waiting))}; disable one of them")
        chosen = min(ready, key=rank)
        done.append(chosen)
        del waiting[chosen]
    return done


def _cycle(waiting: Mapping[str, set[str]]) -> list[str]:
    path = [min(waiting)]
    while True:
        step = min(name for name in waiting[path[-1]] if name in waiting)
        if step in path:
            return [*path[path.index(step) :], step]
        path.append(step)


def chain(name: str, manifests: Mapping[str, Manifest], providers: Mapping[type[Any], str]) -> list[str]:
    """Why a plugin stands where it stands: one line a reason."""
    one = manifests[name]
    lines = [f"{name} needs {need.__name__} ({name} → {providers.get(need, 'nobody')})" for need in one.needs]
    lines += [f"{name} uses {need.__name__} when it is there ({name} → {providers[need]})"
              for need in one.wants if need in providers]  # fmt: skip
    lines += [f"{name} comes after {other}" for other in one.after if other in manifests]
    for other in manifests.values():
        lines += [f"{other.name} needs {need.__name__} ({other.name} → {name})"
                  for need in other.needs if providers.get(need) == name]  # fmt: skip
    return lines or [f"{name} needs nothing and nothing needs it"]
