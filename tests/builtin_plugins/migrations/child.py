"""A process that migrates: ``python child.py FOLDER STEPS``. Each step makes a table and fills it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.builtin_plugins.migrations.steps import notes, site, states
from tests.engines import in_child

from newel.contracts.migrations import Migration


def step(number: int) -> Migration:
    def upgrade(op: Any) -> None:
        print("step", flush=True)
        op.create_table(f"notes_t{number}", sa.Column("id", sa.Integer))
        for n in range(20):
            op.execute(f"INSERT INTO notes_t{number} (id) VALUES ({n})")

    return Migration(number=number, name=f"t{number}", upgrade=upgrade)


async def main(folder: str, count: str) -> None:
    print("begun", flush=True)
    async with site(Path(folder), notes([step(n + 1) for n in range(int(count))])) as app:
        print(len(await states(app)), flush=True)


if __name__ == "__main__":
    in_child()
    asyncio.run(main(*sys.argv[1:]))
