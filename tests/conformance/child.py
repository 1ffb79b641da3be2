"""A site that writes until it is killed: ``python -m tests.conformance.child FOLDER ROUND``.

Says ``kept ACT ENTRY TITLE`` on standard output once an act was answered.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from tests.builtin_plugins.content.site import Site
from tests.conformance.site import observed
from tests.engines import in_child

WRITERS = 4


async def write(site: Site, name: str) -> None:
    """Creates entries and publishes every other one, for ever."""
    for number in itertools.count():
        title = f"{name}-{number}"
        made = await site.create("note", title=title)
        print("kept create", made.id, title, flush=True)
        if number % 2:
            await site.on("publish", made)
            print("kept publish", made.id, title, flush=True)


async def main(folder: str, name: str) -> None:
    async with observed(Path(folder), serving=True) as site:
        await asyncio.gather(*(write(site, f"{name}-{worker}") for worker in range(WRITERS)))


if __name__ == "__main__":
    in_child()
    asyncio.run(main(*sys.argv[1:]))
