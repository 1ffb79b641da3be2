"""Which images look alike: by the 64 bits of their perceptual hashes.

Cut into seven bands, two hashes that differ in six bits at most share a band whole, so an index finds every one.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from newel.contracts.database import Database, Queries, Transaction, Value
from newel.contracts.images import distance
from newel_media import tables

BANDS = ((0, 10), (10, 9), (19, 9), (28, 9), (37, 9), (46, 9), (55, 9))
"""First bit and number of bits."""
MOST = 2000
"""Candidates that are looked at: more share a band only where thousands of images are all of one colour."""


def bands(phash: str) -> list[int]:
    """The value of each band."""
    bits = int(phash, 16)
    return [bits >> first & (1 << count) - 1 for first, count in BANDS]


class LookStore:
    """Rows of ``media_looks``."""

    def __init__(self, db: Database) -> None:
        looks, assets = tables.looks, tables.assets
        self._add = db.render(insert(looks))
        self._drop = db.render(delete(looks).where(looks.c.asset == bindparam("asset")))
        same = or_(*[and_(looks.c.band == n, looks.c.value == bindparam(f"b{n}")) for n in range(len(BANDS))])
        near = select(looks.c.asset).where(same).distinct().limit(MOST).subquery()
        self._near = db.render(
            select(assets.c.id, assets.c.phash).where(assets.c.id == near.c.asset, assets.c.phash.is_not(None))
        )

    async def put(self, tx: Transaction, asset: str, phash: str | None) -> None:
        """The hash of an asset; ``None``: it has none any more."""
        await tx.execute(self._drop, {"asset": asset})
        if phash:
            rows: list[dict[str, Value]] = [
                {"asset": asset, "band": band, "value": value} for band, value in enumerate(bands(phash))
            ]
            await tx.execute_many(self._add, rows)

    async def near(self, queries: Queries, phash: str, most: int, count: int) -> list[str]:
        """Assets whose hash differs in ``most`` (6 at most) bits, the nearest first."""
        given: dict[str, Value] = {f"b{n}": value for n, value in enumerate(bands(phash))}
        rows = await queries.fetch_all(self._near, given)
        found = sorted((distance(phash, row["phash"]), row["id"]) for row in rows)
        return [id for far, id in found if far <= most][:count]
