"""One deployment, step by step: each is in the journal before it begins, for who comes next when it is killed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from newel_deploy.far.errors import DOWN, ROLLED_BACK, Stop
from newel_deploy.far.health import Health
from newel_deploy.far.place import Place, now
from newel_deploy.far.program import Newel
from newel_deploy.far.said import Said
from newel_deploy.far.service import Service

Journal = dict[str, Any]
FAULTS = (Stop, OSError, ValueError, subprocess.SubprocessError)
TOUCHED = ("stop", "backup-stopped", "migrate", "switch", "start", "undo")
"""Steps after which the site is no longer what it was: they are taken back."""


class Deploying:
    """Brings ``release`` to the front, or leaves what was there. All of it under the place's lock."""

    def __init__(self, place: Place, said: Said, service: Service, health: Health, order: dict[str, Any]) -> None:
        self._place = place
        self._said = said
        self._service = service
        self._health = health
        self._target = str(order.get("target") or "local")
        self._without_backup = bool(order.get("no_backup"))
        self._keep = int(order.get("keep") or 5)
        self._by = str(order.get("by") or "")

    def recover(self) -> None:
        """Ends what a killed deployment left: taken back if it had touched the site, otherwise forgotten."""
        journal = self._place.journal()
        if journal is not None:
            self._said(f"a deployment of {journal['release']} was killed at '{journal['stage']}'")
            if journal["stage"] == "answered":
                self._done(journal)
            elif journal["stage"] in TOUCHED:
                self._undo(journal, "killed")
            else:
                self._place.ended(journal, "killed", "nothing had been changed")
        for half in self._place.sweep():
            self._said(f"removed the half-made release {half}")

    def deploy(self, release: str, install: Callable[[], None]) -> None:
        """Raises ``Stop`` with ``FAILED`` where nothing was changed, ``ROLLED_BACK``, or ``DOWN``."""
        journal = self._journal(release, "deploy")
        if journal["previous"] == release:
            raise Stop(f"{release} is what runs here already")
        known = (self._place.folder(release) / "release.json").exists()
        try:
            self._reach(journal, "install")
            if not known:
                install()
            newel = Newel(self._place, release, self._said)
            if not (self._place.site / "newel.toml").exists():
                newel.run("init")
            self._reach(journal, "check")
            newel.check()
            pending = journal["previous"] is not None and newel.pending()
            if journal["previous"] is not None and not pending:
                newel.doctor()
                self._back_up(journal, "backup")
        except FAULTS as fault:
            self._place.ended(journal, "refused", str(fault))
            if not known:
                self._place.remove(release)
            raise Stop(f"{release} was not deployed, nothing was changed: {fault}") from None
        self._change(journal, pending)

    def go_back(self, release: str, *, restore: bool = False) -> None:
        """To a release that is there. ``restore``: also to the rows and files from before the present one, where the
        older release does not read the present tables; what was written since is then only in the kept database."""
        journal = self._journal(release, "rollback")
        if journal["previous"] == release:
            raise Stop(f"{release} is what runs here already")
        self._place.record(release)
        present = self._place.record(journal["previous"]) if journal["previous"] else {}
        try:
            self._back_up(journal, "backup")
        except FAULTS as fault:
            self._place.ended(journal, "refused", str(fault))
            raise Stop(f"nothing was changed: {fault}") from None
        self._change(journal, pending=False, before=lambda: self._readable(release, present, restore=restore))

    def _readable(self, release: str, present: Journal, *, restore: bool) -> None:
        older = Newel(self._place, release, self._said)
        if older.reads():
            return
        snapshot = present.get("snapshot")
        if not (restore and snapshot):
            remedy = "there is no backup of before"
            if snapshot:
                remedy = (
                    f"with --restore they come from the backup {snapshot} of before, without what was written since"
                )
            raise Stop(f"{release} does not read the tables as {present.get('name')} has made them: {remedy}")
        self._said(f"restoring the backup {snapshot}; the present database is kept beside it")
        older.restore(snapshot, self._target)

    def _journal(self, release: str, what: str) -> Journal:
        return {"what": what, "release": release, "previous": self._place.current(), "began_at": now(), "by": self._by,
                "snapshot": None, "stage": ""}  # fmt: skip

    def _reach(self, journal: Journal, stage: str) -> None:
        journal["stage"] = stage
        self._place.reached(journal)
        self._said(f"{stage}: {journal['release']}")

    def _back_up(self, journal: Journal, stage: str) -> None:
        """By the release that made the tables. Nothing to do where there is none yet."""
        if journal["previous"] is None or self._without_backup:
            return
        self._reach(journal, stage)
        journal["snapshot"] = Newel(self._place, journal["previous"], self._said).backup(self._target)
        self._place.reached(journal)
        self._said(f"backup {journal['snapshot']}")

    def _change(self, journal: Journal, pending: bool, before: Callable[[], None] | None = None) -> None:
        release = journal["release"]
        try:
            # Stopped before the backup where tables change: what is written after it would not come back with it.
            self._reach(journal, "stop")
            self._service.stop()
            if pending:
                self._back_up(journal, "backup-stopped")
                journal["tables"] = "changing"
                self._reach(journal, "migrate")
                newel = Newel(self._place, release, self._said)
                newel.migrate()
                journal["tables"] = "changed"
                newel.doctor()
            if before:
                before()
            self._reach(journal, "switch")
            self._place.switch(release)
            self._reach(journal, "start")
            self._service.start()
            if not self._good(release):
                raise Stop(f"{release} does not answer as it should")
            # From here on people write to it: to take it back because of a kill would lose what they write.
            self._reach(journal, "answered")
        except FAULTS as fault:
            self._said(f"failed: {fault}")
            self._undo(journal, str(fault))
            raise Stop(f"{journal['what']} of {release} failed and was taken back: {fault}", ROLLED_BACK) from None
        self._done(journal)
        self.prune(self._keep)

    def _done(self, journal: Journal) -> None:
        release = journal["release"]
        self._place.note(release, deployed_at=now(), snapshot=journal["snapshot"], replaced=journal["previous"])
        self._place.ended(journal, "done")
        self._said(f"done: {release} answers")

    def _undo(self, journal: Journal, why: str) -> None:
        """Back to the release before, and to its rows where it cannot read what the new one made of them. Can be done
        again after it was killed itself."""
        previous = journal["previous"]
        self._reach(journal, "undo")
        try:
            self._service.stop()
            self._place.switch(previous)
            if previous is not None:
                self._bring_back(journal, Newel(self._place, previous, self._said))
                self._service.start()
                if not self._good(previous):
                    raise Stop(f"{previous} does not answer either: see deploy-logs")
        except FAULTS as fault:
            raise Stop(
                f"{journal['release']} failed ({why}), and going back failed too: {fault}. The next deployment or "
                "rollback goes on here", DOWN,
            ) from None  # fmt: skip
        self._place.ended(journal, "rolled back", why)
        self._said(f"rolled back: {previous} answers" if previous else "taken back: nothing runs here, as before")

    def _bring_back(self, journal: Journal, older: Newel) -> None:
        # Half a step may be there, which an engine without transactions round such changes does not show.
        if journal.get("tables") != "changing" and older.reads():
            return
        snapshot = journal["snapshot"]
        if not snapshot and older.reads():
            return
        if not snapshot:
            raise Stop("it does not read the tables any more, and there is no backup (--no-backup)")
        self._said(f"the tables were changed: restoring the backup {snapshot}; what is there now is kept beside it")
        older.restore(snapshot, self._target)
        journal["tables"] = "restored"
        self._place.reached(journal)

    def _good(self, release: str) -> bool:
        version = str(self._place.record(release)["version"])
        return self._health.good(version, self._place.folder(release), self._service.process)

    def prune(self, keep: int) -> list[str]:
        """Removes what never answered, and all but the ``keep`` releases that were deployed last; never the present
        one, nor the one that it replaced."""
        present = self._place.current()
        spared = {present, self._place.record(present).get("replaced") if present else None}
        whole = self._place.whole()
        served = sorted((one for one in whole if one.get("deployed_at")), key=lambda one: str(one["deployed_at"]))
        spared |= {one["name"] for one in served[-keep:]}
        gone = [one["name"] for one in whole if one["name"] not in spared]
        for name in gone:
            self._place.remove(name)
            self._said(f"removed the old release {name}")
        return gone
