"""Whether a plugin is a good one: rules in three grades, each with a remedy.

``assert_good_plugin(manifest)`` in a test of the plugin's own says what is missing for gold. A rule that cannot hold is
exempted by name and with a reason; an exemption that is no longer needed fails.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newel.manifest import Manifest
from newel.testing.quality import bronze, gold, silver
from newel.testing.quality.record import RECORD, WRITE, write_record
from newel.testing.quality.rules import LEVELS, Level, Rule, rules_of
from newel.testing.quality.subject import Subject

RULES: tuple[Rule, ...] = rules_of(bronze, silver, gold)

__all__ = ["LEVELS", "RULES", "Level", "Rule", "Subject", "assert_good_plugin", "faults_of"]


def faults_of(
    manifest: Manifest,
    level: Level = "gold",
    *,
    tests: Path | None = None,
    config: Mapping[str, Any] | None = None,
    plugins: Iterable[Manifest] = (),
    exempt: Mapping[str, str] | None = None,
) -> list[str]:
    """What keeps a plugin from a level, a text each; see ``assert_good_plugin``."""
    subject = Subject(manifest, tests, dict(config or {}), tuple(plugins))
    exemptions = dict(exempt or {})
    if unknown := sorted(set(exemptions) - {one.name for one in RULES}):
        raise ValueError(f"there is no rule '{unknown[0]}'; the rules: {', '.join(one.name for one in RULES)}")
    if empty := sorted(name for name, reason in exemptions.items() if not reason.strip()):
        raise ValueError(f"the exemption of '{empty[0]}' gives no reason")
    if os.environ.get(WRITE) == "write" and tests is not None:
        write_record(subject, tests / RECORD)
    found = []
    for one in RULES:
        if LEVELS.index(one.level) > LEVELS.index(level):
            continue
        faults = one.faults(subject)
        if one.name in exemptions and not faults:
            found.append(f"{one.name} ({one.level}): it holds, so take its exemption out")
        elif one.name not in exemptions:
            found += [f"{one.name} ({one.level}): {fault}\n    remedy: {one.remedy}" for fault in faults]
    return found


def assert_good_plugin(
    manifest: Manifest,
    level: Level = "gold",
    *,
    tests: Path | str | None = None,
    config: Mapping[str, Any] | None = None,
    plugins: Iterable[Manifest] = (),
    exempt: Mapping[str, str] | None = None,
) -> None:
    """Fails with all that keeps a plugin from ``bronze``, ``silver`` or ``gold`` (each holds the ones before).

    ``tests`` is the folder of its tests (where this is called), ``config`` what it cannot start without, ``plugins``
    provide what it needs and Newel's own do not, ``exempt`` has reasons by the name of a rule. Call it in a plain test
    function: it starts applications of its own. ``NEWEL_SURFACE=write`` records the public surface anew.
    """
    __tracebackhide__ = True
    folder = Path(tests) if tests is not None else Path(inspect.stack()[1].filename).parent
    faults = faults_of(manifest, level, tests=folder, config=config, plugins=plugins, exempt=exempt)
    if faults:
        raise AssertionError("\n  ".join([f"plugin '{manifest.name}' is not {level}:", *faults]))
