"""Which table changes a snapshot's tables have had, and which of them this installation can make again."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from newel.app import App
from newel.hooks.lifecycle import register_migrations
from newel_backup.repo.faults import TooNew
from newel_backup.repo.manifest import Snapshot


@frozen(kw_only=True)
class Levels:
    """How far tables are made before rows come in."""

    made: Mapping[str, int]
    """By plugin, the number of its last step in the snapshot."""
    absent: Mapping[str, str]
    """Plugins whose tables the snapshot has and that are not on here, with their versions then."""
    ahead: Mapping[str, int]
    """By plugin, the number of its last step here, where that is a later one: applied when the rows are there."""

    @classmethod
    def of(cls, app: App, snapshot: Snapshot) -> Levels:
        """Raises ``TooNew`` where a plugin was further when the snapshot was made than it is here."""
        known: dict[str, int] = {}
        for plugin, step in app.collected(register_migrations):
            known[plugin] = max(known.get(plugin, 0), step.number)
        then: dict[str, int] = {}
        for one in snapshot.steps:
            then[one.plugin] = max(then.get(one.plugin, 0), one.number)
        absent = {name: snapshot.plugins.get(name, "") for name in then if name not in app.manifests}
        made = {name: number for name, number in then.items() if name not in absent}
        for name, number in made.items():
            if number > known.get(name, 0):
                raise TooNew(
                    f"snapshot {snapshot.id} was made by {name} {snapshot.plugins.get(name, '?')} (Newel "
                    f"{snapshot.newel}), whose tables are at step {number}; this one knows {known.get(name, 0)}: "
                    "install a later version, then restore"
                )
        ahead = {name: number for name, number in known.items() if number > made.get(name, 0)}
        return cls(made=made, absent=absent, ahead=ahead)
