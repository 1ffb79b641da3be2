"""Whether all plugins run that are switched on: here, and in the site that is served from this folder now."""

from __future__ import annotations

from newel.cli.runs import running_failures
from newel.contracts.site import Finding
from newel.doctor.model import Case
from newel.failures import PART, Failure


def failed(case: Case) -> Finding | None:
    if case.app is None:
        return None
    app = case.app
    there = [one for one in running_failures(case.folder) if one.stage in ("start", "hook", PART)]
    found: list[Failure] = [*app.failures, *(one for one in there if one not in app.failures)]
    if not found:
        return Finding(detail=f"{len(app.plugins)} are on, none has failed")
    told = "\n".join(f"'{one.plugin}' at {one.stage}: {one.cause}" for one in found)
    remedy = "\n".join(dict.fromkeys(one.remedy for one in found if one.remedy))
    return Finding(state="warning", detail=told, remedy=remedy)
