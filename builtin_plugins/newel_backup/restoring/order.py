"""What somebody wants restored, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from attrs import Factory, frozen

from newel_backup.config import LOCAL
from newel_backup.restoring.plan import RestorePlan
from newel_backup.work import LATEST


@frozen(kw_only=True)
class RestoreOrder:
    """What to restore. A plan takes the same."""

    snapshot: Annotated[str, "Its id, the start of one, or `latest`."] = LATEST
    target: Annotated[str, "The target's name in the configuration."] = LOCAL
    at: Annotated[str, "Instead of an id: the newest snapshot that shows this time (UTC) or an earlier one."] = ""
    into: Annotated[
        str,
        "URL of an empty database, `${NAME}` for what is in the environment; empty: one is made beside the present.",
    ] = ""
    parts: Annotated[
        tuple[str, ...],
        "Parts that come only when asked for, such as `users` and `tokens`; `all` are all of them.",
    ] = ()
    swap: Annotated[bool, "Whether the site's configuration is changed to what was restored."] = True


@frozen(kw_only=True)
class Restored:
    """What a restore did."""

    plan: RestorePlan
    rows: Annotated[int, "That came from the snapshot; every table was read back and compared."]
    carried: Annotated[Mapping[str, int], "Rows that stayed, by table."] = Factory(dict)
    files: int
    bytes: Annotated[int, "Of the files."]
    seconds: float
    swapped: bool
    next: Annotated[str, "What is to be done now."]
    notices: Annotated[tuple[tuple[str, str], ...], "What its first start had to say, such as a first password."] = ()
