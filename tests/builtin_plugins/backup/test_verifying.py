"""Verifying finds whatever is not as it was, says which snapshots it spoils, and repairs what can be."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import Site, site

from newel.errors import NewelError
from newel.structure import Structurer
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.checking.verify import Verifying
from newel_backup.repo.faults import Damaged
from newel_backup.repo.keys import Secret, key_file_text, read_key_file
from newel_backup.repo.repository import Repository

pytestmark = pytest.mark.engines("sqlite")  # what is looked at is a repository, the same from every engine

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
KINDS = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


@pytest.fixture
def key(tmp_path: Path) -> str:
    (tmp_path / "key").write_text(key_file_text())
    return str(tmp_path / "key")


@pytest.fixture
async def at(key: str, request: pytest.FixtureRequest, engine: Any) -> AsyncIterator[Site]:
    """A site with two snapshots, of which the first has a file and entries that the second does not."""
    encrypted = request.node.callspec.params.get("encrypted", False)
    target = {"url": "file:backups", **({"key_file": key} if encrypted else {})}
    async with site(config={"backup": {"targets": {"local": target}}}) as at:
        entries = await at.filled(3)
        stored = await at.file("a.pdf", PDF)
        await at.backup()
        await at.run("content.delete", type="post", id=entries[0].id)
        await at.run("media.delete", id=stored.id)
        await at.file("b.pdf", PDF[::-1] + b"more")
        await at.backup()
        yield at


def objects(at: Site) -> dict[str, bytes]:
    folder = at.app.folder / "backups"
    files = [file for file in folder.rglob("*") if file.is_file() and ".newel" not in file.parts]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


async def complaints(given: dict[str, bytes], secret: Secret | None, share: float = 1.0) -> list[str]:
    """What is wrong with a repository of these objects."""
    blobs = FakeBlobs()
    for name, data in given.items():
        blobs.keep(name, data, "x/y")
    try:
        repository = await Repository.open(blobs, secret)
    except NewelError as error:
        return [str(error)]
    found = await Verifying(repository, Structurer(), share=share).run()
    assert found.ok == (not found.problems)
    return [f"{one.object}: {one.detail}" for one in found.problems]


def spoiled(draw: random.Random, given: dict[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """The objects with one thing done to one of them, and what it was."""
    found = dict(given)
    name = draw.choice(sorted(given))
    data = given[name]
    start = draw.randrange(len(data))
    end = min(len(data), start + draw.choice((1, 1, 2, 7, 100)))
    match draw.choice(("flip", "remove", "truncate", "append", "zero", "swap inside", "swap", "copy")):
        case "flip":
            found[name] = data[:start] + bytes([data[start] ^ 1 << draw.randrange(8)]) + data[start + 1 :]
        case "remove":
            found[name] = data[:start] + data[end:]
        case "truncate":
            found[name] = data[:start]
        case "append":
            found[name] = data + draw.randbytes(end - start)
        case "zero":
            found[name] = data[:start] + bytes(end - start) + data[end:]
        case "swap inside":
            middle = (start + len(data)) // 2
            found[name] = data[:start] + data[middle:] + data[start:middle]
        case "swap":
            other = draw.choice(sorted(given))
            found[name], found[other] = given[other], given[name]
        case "copy":
            found[name] = given[draw.choice(sorted(given))]
    return name, found


@KINDS
@pytest.mark.engines("sqlite")  # a repository is the same whatever it was taken from
async def test_everything_that_is_done_to_any_object_is_found(at: Site, encrypted: bool, key: str) -> None:
    given = objects(at)
    secret = Secret(key_file=read_key_file(Path(key).read_text())) if encrypted else None  # noqa: ASYNC240 - a test
    assert await complaints(given, secret) == []
    draw = random.Random(2026)
    tried = 0
    while tried < 150:
        name, found = spoiled(draw, given)
        if found == given:
            continue
        tried += 1
        assert await complaints(found, secret) != [], f"nobody noticed what was done to {name}"
    for name in given:
        if not name.startswith("snapshots/"):  # what of these is gone only the site knows
            found = {one: data for one, data in given.items() if one != name}
            assert await complaints(found, secret) != [], f"nobody missed {name}"
            if not name.startswith(("keys/", "config")):
                assert await complaints(found, secret, share=0.0) != [], f"nobody missed {name} without reading"


async def test_a_problem_names_the_snapshots_that_it_spoils_and_the_others_stay_whole(at: Site) -> None:
    first, second = await at.work.snapshots("local")
    async with at.repository() as repository:
        from newel_backup.repo.walking import chunks_needed

        only = {id async for id, _ in chunks_needed(repository, first)} - {
            id async for id, _ in chunks_needed(repository, second)
        }
        lost = min(only)
        await repository.delete(f"chunks/{lost[:2]}/{lost}")
    found = await at.work.verify("local", share=1.0)
    assert [(one.object, one.snapshots) for one in found.problems if one.object.startswith("chunks/")] == [
        (f"chunks/{lost[:2]}/{lost}", (first.id,))
    ]
    assert found.whole == (second.id,)
    known = {row["id"]: row["verified_at"] for row in await at.work.known.snapshots("local")}
    assert known[first.id] is None
    assert known[second.id] is not None


async def test_a_snapshot_that_vanished_and_a_target_that_went_back_are_told(at: Site) -> None:
    first, second = await at.work.snapshots("local")
    folder = at.app.folder / "backups" / "snapshots"
    newest = next(file for file in folder.iterdir() if file.name.startswith(second.id.lower()))
    newest.rename(folder.parent / "away")
    found = await at.work.verify("local", share=0.0)
    assert [one.object for one in found.problems] == ["away", second.id]
    assert "went back in time" in found.problems[1].detail
    (folder.parent / "away").rename(newest)
    oldest = next(file for file in folder.iterdir() if file.name.startswith(first.id.lower()))
    oldest.unlink()
    found = await at.work.verify("local", share=0.0)
    assert [(one.object, "somebody deleted it" in one.detail) for one in found.problems] == [(first.id, True)]


async def test_repair_lets_the_next_backup_write_what_was_damaged(at: Site) -> None:
    folder = at.app.folder / "backups" / "chunks"
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-1] + b"?")
    found = await at.work.verify("local", share=1.0, repair=True)
    assert not found.ok
    made = await at.backup()
    found = await at.work.verify("local", share=1.0, only=made.id)
    assert found.ok
    assert found.whole == (made.id,)


async def test_a_sample_reads_a_share(at: Site) -> None:
    whole = await at.work.verify("local", share=1.0)
    some = await at.work.verify("local", share=0.5)
    none = await at.work.verify("local", share=0.0)
    assert (whole.read, some.read, none.read) == (whole.chunks, round(whole.chunks / 2), 0)
    assert some.whole == none.whole == ()


@pytest.mark.engines
async def test_a_manifest_of_another_repository_is_refused() -> None:
    one, other = FakeBlobs(), FakeBlobs()
    first, second = await Repository.create(one, None), await Repository.create(other, None)
    await first.put_manifest("01M0000000000000000000000A", {"format": 1, "id": "01M0000000000000000000000A"})
    (found,) = await first.manifests()
    other.kept[found.key] = one.kept[found.key]
    with pytest.raises(Damaged):
        await second.manifest(found)
