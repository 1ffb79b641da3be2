"""A repository: what is put comes back, and what is not what it was is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import orjson
import pytest

from newel.testing.fake_blobs import FakeBlobs
from newel_backup.repo import keys
from newel_backup.repo.cutter import PIECE, Cutter, Sizes
from newel_backup.repo.faults import Damaged, NoRepository, WrongKey
from newel_backup.repo.frame import Frame
from newel_backup.repo.names import chunk_key
from newel_backup.repo.repository import Repository
from newel_backup.repo.rows import lines, row
from newel_backup.repo.streams import StreamWriter, Writer, lines_of

pytestmark = pytest.mark.engines()
PASSPHRASE = keys.Secret(passphrase="correct horse")
KEY = keys.Secret(key_file=bytes(range(32)))
SMALL = Sizes(least=100, target=400, most=4000)
KINDS = pytest.mark.parametrize("secret", [None, KEY], ids=["plain", "encrypted"])


@pytest.fixture
def blobs() -> FakeBlobs:
    return FakeBlobs()


def some_lines(count: int, seed: int = 1) -> list[tuple[bytes, bytes]]:
    draw = random.Random(seed)
    return [(b"%06d" % number, b"%06d %s\n" % (number, draw.randbytes(20).hex().encode())) for number in range(count)]


@KINDS
def test_every_flipped_byte_of_an_object_is_found(secret: keys.Secret | None) -> None:
    made = keys.Keys.of(bytes(32), "01REPO") if secret else None
    frame = Frame("01REPO", made.seal if made else None)
    sealed = frame.seal("chunks/aa/x", b"some content that is repeated, some content that is repeated")
    assert frame.open("chunks/aa/x", sealed).startswith(b"some content")
    for place in range(len(sealed)):
        for bit in (1, 128):
            broken = bytearray(sealed)
            broken[place] ^= bit
            with pytest.raises(Damaged):
                frame.open("chunks/aa/x", bytes(broken))
    for end in range(len(sealed)):
        with pytest.raises(Damaged):
            frame.open("chunks/aa/x", sealed[:end])
    with pytest.raises(Damaged):
        frame.open("chunks/aa/x", sealed + b"\0")
    with pytest.raises(Damaged):
        frame.open("chunks/aa/y", sealed)
    with pytest.raises(Damaged):
        Frame("01OTHER", made.seal if made else None).open("chunks/aa/x", sealed)


def test_an_object_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    frame = Frame("01REPO")
    bomb = frame.seal("chunks/aa/x", bytes(17 << 20))
    assert len(bomb) < 10_000
    with pytest.raises(Damaged, match="more than an object may"):
        frame.open("chunks/aa/x", bomb)


async def test_a_repository_opens_with_its_key_only(blobs: FakeBlobs) -> None:
    with pytest.raises(NoRepository, match="newel backup init"):
        await Repository.open(blobs, None)
    await Repository.create(blobs, KEY)
    opened = await Repository.open(blobs, KEY)
    id = opened.name(b"content")
    await opened.put_chunk(id, b"content")
    assert await opened.chunk(id) == b"content"
    assert b"content" not in blobs.kept[chunk_key(id)].data
    for wrong in (None, PASSPHRASE, keys.Secret(key_file=b"x" * 32)):
        with pytest.raises(WrongKey):
            await Repository.open(blobs, wrong)


async def test_a_passphrase_opens_too_and_a_changed_config_does_not(blobs: FakeBlobs) -> None:
    await Repository.create(blobs, PASSPHRASE)
    await Repository.open(blobs, PASSPHRASE)
    with pytest.raises(WrongKey):
        await Repository.open(blobs, keys.Secret(passphrase="correct hors"))
    kept = blobs.kept["config"]
    changed = orjson.loads(kept.data)
    changed["config"]["target"] += 1
    blobs.kept["config"] = type(kept)(kept.blob, orjson.dumps(changed, option=orjson.OPT_SORT_KEYS))
    with pytest.raises(Damaged, match="config"):
        await Repository.open(blobs, PASSPHRASE)


def cut(given: list[tuple[bytes, bytes]]) -> list[bytes]:
    cutter = Cutter(SMALL)
    return [*cutter.feed(given), *cutter.end()]


def test_a_change_moves_no_cut_elsewhere() -> None:
    before = some_lines(2000)
    whole = cut(before)
    assert b"".join(whole) == b"".join(line for _, line in before)
    assert 200 < sum(map(len, whole)) / len(whole) < 800
    after = list(before)
    after[1000] = (before[1000][0], b"001000 changed and longer than it was before\n")
    del after[400]
    after.insert(1500, (b"001499x", b"001499x a line more\n"))
    assert len(set(cut(after)) - set(whole)) <= 8


def test_a_line_longer_than_an_object_is_cut_by_length() -> None:
    chunks = cut([(b"a", b"x" * (2 * PIECE + 5) + b"\n"), (b"b", b"y\n")])
    assert [len(one) for one in chunks] == [PIECE, PIECE, 6, 2]


@KINDS
async def test_streams_come_back_and_unchanged_ones_cost_nothing(blobs: FakeBlobs, secret: keys.Secret | None) -> None:
    repository = await Repository.create(blobs, secret, sizes=SMALL)
    given = some_lines(3000)
    present: set[str] = set()
    async with Writer(repository, present) as writer:
        stream = StreamWriter(writer)
        for first in range(0, len(given), 700):
            await stream.add(lambda first=first: iter(given[first : first + 700]))  # type: ignore[misc]  # called at once
        kept = await stream.end()
    assert (kept.lines, kept.bytes) == (3000, sum(len(line) for _, line in given))
    found = [line + b"\n" async for some in lines_of(repository, kept) for line in some]
    assert found == [line for _, line in given]
    assert await repository.present() == present
    async with Writer(repository, set(present)) as writer:
        again = StreamWriter(writer)
        await again.add(lambda: iter(given))
        assert await again.end() == kept
    assert writer.counted.new == 0


async def test_a_stream_with_a_chunk_gone_or_swapped_is_damaged(blobs: FakeBlobs) -> None:
    repository = await Repository.create(blobs, None, sizes=SMALL)
    async with Writer(repository, set()) as writer:
        stream = StreamWriter(writer)
        await stream.add(lambda: iter(some_lines(500)))
        kept = await stream.end()
    chunks = [key for key in blobs.kept if key.startswith("chunks/")]
    for one, other in pairwise(chunks):
        was = blobs.kept[one]
        blobs.kept[one] = blobs.kept[other]
        with pytest.raises(Damaged):
            [_ async for _ in lines_of(repository, kept)]
        del blobs.kept[one]
        with pytest.raises(Damaged):
            [_ async for _ in lines_of(repository, kept)]
        blobs.kept[one] = was
    assert [_ async for _ in lines_of(repository, kept)]


def test_rows_of_all_kinds_of_values_come_back_as_they_were() -> None:
    rows: list[tuple[object, ...]] = [
        ("a", None, 1, -5, 2**63 - 1, 1.5, b"\0\xff", "Ünïcode 🙂 \u2028 \n \x1b", "\ud800", float("inf")),
        ("b", 0, 1e300, 2.0**53, 0.1, -0.0, b"", "", "\x00"[:0], float("-inf")),
    ]
    made = list(lines(rows, [0]))  # type: ignore[arg-type]  # all are values
    assert [key for key, _ in made] == [b"a", b"b"]
    assert all(line.count(b"\n") == 1 for _, line in made)
    assert [tuple(row(line, 10)) for _, line in made] == rows
    for broken in (b"[1]", b"{}", b"nonsense", b'[{"b":"?"},1,2,3,4,5,6,7,8,9]', b'[{"x":1},1,2,3,4,5,6,7,8,9]'):
        with pytest.raises(Damaged):
            row(broken, 10)


def test_a_whole_number_is_written_alike_whatever_the_column() -> None:
    def of(value: float) -> Iterator[tuple[bytes, bytes]]:
        return lines([(value,)], [0])

    assert list(of(3)) == list(of(3.0)) == list(of(True + 2))
