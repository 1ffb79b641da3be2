"""Whether what content points at outside of it is there: asked of those who keep it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from newel import Problem
from newel.contracts.content import Outside
from newel.contracts.database import Transaction
from newel_content.documents.checking import Target


async def absent(tx: Transaction, targets: Iterable[Target], known: Collection[str] = ()) -> list[Problem]:
    """A problem for each target outside of content that is not there or does not fit, but for what is known
    (``kind:id``).

    One question per kind. Whoever answers holds on to what is there until the transaction ends.
    """
    asked: dict[str, tuple[Outside, list[Target]]] = {}
    for one in targets:
        if one.outside is not None and f"{one.outside.kind}:{one.id}" not in known:
            asked.setdefault(one.outside.kind, (one.outside, []))[1].append(one)
    problems = []
    for outside, wanted in asked.values():
        faults = await outside.faults(tx, [(one.id, one.field) for one in wanted if one.field is not None])
        problems += [
            Problem(one.where, fault.code, str(fault)) for one, fault in zip(wanted, faults, strict=True) if fault
        ]
    return problems
