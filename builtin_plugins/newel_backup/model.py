"""What the operations of backups take and answer. Times are RFC 3339; sizes are bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import Factory, frozen

from newel import Max, MaxLength, Min, Pattern
from newel.contracts.site import Finding
from newel_backup.config import LOCAL
from newel_backup.keeping.retention import Keep

Target = Annotated[str, "The target's name in [backup.targets].", Pattern(r"[a-z0-9][a-z0-9-]{0,47}")]
Id = Annotated[str, "The snapshot's id, or a unique beginning of it, or `latest`.", Pattern(r"[0-9A-Za-z]{1,26}")]


@frozen(kw_only=True)
class OnTarget:
    target: Target = LOCAL


@frozen(kw_only=True)
class OneSnapshot:
    id: Id
    target: Target = LOCAL


@frozen(kw_only=True)
class VerifyOrder:
    target: Target = LOCAL
    share: Annotated[
        float, "How much of the data is read back: 0 looks only whether all is there, 1 is all.", Min(0), Max(1)
    ] = 1.0


@frozen(kw_only=True)
class PruneOrder:
    """What no rule keeps goes; all zeros keep everything that is not named in ``forget``."""

    target: Target = LOCAL
    keep: Keep = Factory(Keep)
    forget: Annotated[tuple[str, ...], "Ids of snapshots that go whatever the rule says.", MaxLength(100)] = ()


@frozen(kw_only=True)
class UnlockOrder:
    target: Target = LOCAL
    everything: Annotated[bool, "Locks that have not run out, too: only where nobody is at work."] = False


@frozen(kw_only=True)
class Asked:
    """Work that is done as a job."""

    job: Annotated[str, "Its id: jobs.get tells how far it is."]


@frozen(kw_only=True)
class SnapshotRow:
    """A snapshot in short."""

    id: str
    at: Annotated[str, "The point in time that it shows."]
    seconds: Annotated[float, "How long it took."]
    rows: int
    files: int
    bytes: Annotated[int, "What it holds, before compression."]
    added: Annotated[int, "What the target grew by."]
    missing: Annotated[int, "Files that the site's store did not have whole."]
    schedule: str
    engine: str
    newel: str
    node: str
    ours: Annotated[bool, "Whether it is of this site: a repository may hold others'."]
    verified_at: Annotated[str | None, "When all of it was last read back."]
    drilled_at: Annotated[str | None, "When it was last restored on trial."]
    imported_at: Annotated[str, "When it was brought in from a file; empty: it was taken here."] = ""


@frozen(kw_only=True)
class TableRow:
    name: str
    part: str
    rows: int
    bytes: int
    sha256: str


@frozen(kw_only=True)
class PartRow:
    name: str
    summary: str
    comes: Annotated[str, "Whether a restore brings it `always`, or when `asked`."]
    rows: int


@frozen(kw_only=True)
class SnapshotDetails:
    """A snapshot, with what it holds."""

    snapshot: SnapshotRow
    parts: tuple[PartRow, ...]
    tables: tuple[TableRow, ...]
    plugins: Mapping[str, str]
    missing: Annotated[tuple[str, ...], "The first thousand."]


@frozen(kw_only=True)
class TargetRow:
    """A target of the configuration."""

    name: str
    encrypted: bool
    snapshots: Annotated[int, "Of this site, as it knows."]
    newest_at: str | None
    verified_at: Annotated[str | None, "The point in time that its newest snapshot which was read back shows."]
    failed: Annotated[str, "Why the last backup to it failed; empty: it did not."]


@frozen(kw_only=True)
class ScheduleRow:
    name: str
    does: str
    cron: str
    zone: str
    targets: tuple[str, ...]
    keep: Keep
    next_at: str | None


@frozen(kw_only=True)
class Status:
    """How the backups stand."""

    finding: Finding
    last_good_at: Annotated[str | None, "The point in time that the newest snapshot which was read back shows."]
    rpo_seconds: Annotated[float | None, "How much work would be lost now."]
    promised_rpo_seconds: float
    rto_seconds: Annotated[float | None, "How long the last restore on trial took."]
    drilled_at: str | None
    next_at: str | None
    snapshots: int
    bytes: Annotated[int, "What the newest snapshot holds."]
    grown_week: Annotated[int, "What all targets grew by in the last 7 days."]
    grown_month: Annotated[int, "In the last 30 days."]
    targets: tuple[TargetRow, ...]
    schedules: tuple[ScheduleRow, ...]
    old: Annotated[tuple[str, ...], "Databases from before a restore that are kept: `newel backup forget-old`."] = ()


@frozen(kw_only=True)
class LockRow:
    id: str
    purpose: str
    node: str
    created_at: str
    expires_at: str


@frozen(kw_only=True)
class Snapshots:
    data: tuple[SnapshotRow, ...]


@frozen(kw_only=True)
class Unlocked:
    removed: tuple[LockRow, ...]


@frozen(kw_only=True)
class Problem:
    """Something that is not as it should be."""

    object: Annotated[str, "Its name on the target, or the snapshot's id."]
    detail: str
    snapshots: Annotated[tuple[str, ...], "The snapshots that cannot be restored whole because of it."] = ()


@frozen(kw_only=True)
class Verified:
    """What was found."""

    ok: bool
    snapshots: Annotated[int, "Manifests that were read."]
    chunks: Annotated[int, "Chunks that lie there."]
    read: Annotated[int, "Chunks that were read back and compared with their names."]
    bytes: Annotated[int, "Bytes of them on the target."]
    unused: Annotated[int, "Chunks that no snapshot needs: prune takes them away."]
    whole: Annotated[tuple[str, ...], "Snapshots all of whose chunks were read back."]
    problems: tuple[Problem, ...]
    problem_count: int


@frozen(kw_only=True)
class Fate:
    """What becomes of a snapshot."""

    id: str
    at: str
    keep: bool
    why: tuple[str, ...]


@frozen(kw_only=True)
class Pruned:
    """What went, or would."""

    dry_run: bool
    snapshots: tuple[Fate, ...]
    removed: Annotated[int, "Snapshots that went."]
    chunks: Annotated[int, "Chunks that went."]
    bytes: Annotated[int, "Bytes of them on the target."]
    held: Annotated[int, "Objects that the target does not let go yet (object lock): a later run takes them."] = 0


@frozen(kw_only=True)
class DrillStep:
    """A step of a restore on trial."""

    name: str
    ok: bool
    seconds: float
    looked: Annotated[int, "How many things were looked at: rows, files, pages."] = 0
    faults: Annotated[tuple[str, ...], "What is wrong; the first twenty."] = ()
    notes: Annotated[tuple[str, ...], "What is not wrong, and worth knowing."] = ()


@frozen(kw_only=True)
class Drilled:
    """What a restore on trial showed."""

    ok: bool
    snapshot: str
    at: Annotated[str, "The point in time that the snapshot shows."]
    target: str
    rows: int
    files: int
    bytes: int
    missing: Annotated[int, "Files that were missing already when the snapshot was made."]
    seconds: Annotated[float, "How long it took until the site was there: what a restore takes (RTO)."]
    steps: tuple[DrillStep, ...]


@frozen(kw_only=True)
class DiffOrder:
    before: Id
    after: Id = "latest"
    target: Target = LOCAL


@frozen(kw_only=True)
class Difference:
    """What differs in a table, or in the files."""

    name: str
    added: int
    removed: int
    changed: int
    examples: Annotated[Mapping[str, tuple[str, ...]], "Keys, the first twenty of each kind."]


@frozen(kw_only=True)
class Differences:
    """From one snapshot to another."""

    before: str
    after: str
    before_at: str
    after_at: str
    tables: tuple[Difference, ...]
    files: tuple[Difference, ...]


@frozen(kw_only=True)
class PlaceOrder:
    id: Id
    path: Annotated[
        str, "A place in the snapshot, such as `tables` or `files/originals`; empty: its top.", MaxLength(600)
    ] = ""
    target: Target = LOCAL


@frozen(kw_only=True)
class PlaceRow:
    name: str
    folder: bool
    size: int


@frozen(kw_only=True)
class Listing:
    """What lies at a place of a snapshot; the first ten thousand."""

    data: tuple[PlaceRow, ...]


@frozen(kw_only=True)
class PiecesOrder:
    only: Annotated[str, "What comes back: `type=post`, `entry=ID`, `media`.", MaxLength(200)]
    id: Id = "latest"
    target: Target = LOCAL
    dry_run: Annotated[bool, "Change nothing, and say what would be done."] = False


@frozen(kw_only=True)
class Pieces:
    """What became of pieces of a snapshot that were to come back."""

    snapshot: str
    at: str
    only: str
    dry_run: bool
    counts: Mapping[str, int]
    faults: tuple[str, ...]
