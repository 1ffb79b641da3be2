"""A library moves from one store to another and back with nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.storage.site import answer, command, on
from tests.s3 import Bucket

from newel.contracts.blobs import Blobs, BlobsAway
from newel.testing.blobs_cases.data import keys, put, read, some
from newel.testing.fake_blobs import FakeBlobs
from newel_storage.copying import Copying, measured

pytestmark = pytest.mark.may_block
FILES = {
    "originals/a.jpg": (some(300_000, 1), "image/jpeg"),
    "originals/a-2.jpg": (some(70_000, 2), "image/jpeg"),
    "originals/a/b.woff2": (some(1000, 3), "font/woff2"),
    "originals/large.mp4": (some(6 << 20, 4), "video/mp4"),
    "renditions/empty": (b"", "text/plain"),
}  # fmt: skip


async def fill(store: Blobs) -> None:
    for key, (data, type) in FILES.items():
        await put(store, key, data, content_type=type)


async def everything(store: Blobs) -> dict[str, tuple[bytes, str]]:
    return {key: (await read(store, key), (await store.head(key)).content_type) for key in await keys(store)}


def test_a_library_moves_to_a_bucket_and_back(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = bucket.config(tmp_path)
    on(tmp_path, {}, fill)
    s3 = {"blobs_s3": config["blobs_s3"]}
    assert command(tmp_path, "copy", "--to", config["blobs"]["url"], "--json", **s3) == 0
    told = answer(capsys)
    total = sum(len(data) for data, _ in FILES.values())
    assert (told["copied"], told["skipped"], told["bytes"]) == (len(FILES), 0, total)
    assert told["from"] == f"file:{tmp_path}/data/blobs"
    assert told["to"] == config["blobs"]["url"]
    assert on(tmp_path, config, everything) == FILES
    # Again: nothing goes over; and compared.
    assert command(tmp_path, "copy", "--to", config["blobs"]["url"], "--json", "--verify", **s3) == 0
    told = answer(capsys)
    assert (told["copied"], told["skipped"], told["verified"], told["differing"]) == (0, len(FILES), len(FILES), [])
    # And back, to a third place, with the settings of one side given on the command line.
    section = config["blobs_s3"]
    sets = [part for key, value in section.items() if key != "secret_access_key"
            for part in ("--from-set", f"blobs_s3.{key}={value}")]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THEIR_SECRET", section["secret_access_key"])
        sets += ["--from-set", "blobs_s3.secret_access_key=${THEIR_SECRET}"]
        assert command(tmp_path, "copy", "--from", config["blobs"]["url"], "--to", "file:third", *sets) == 0
    out, err = capsys.readouterr()
    assert f"{len(FILES)} files copied" in out
    assert "next: put the new URL into [blobs] url" in out
    assert section["secret_access_key"] not in out + err
    assert on(tmp_path, {"blobs": {"url": "file:third"}}, everything) == FILES


def test_what_is_there_with_other_content_is_found_by_verify(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on(tmp_path, {}, fill)
    target = tmp_path / "other"
    assert command(tmp_path, "copy", "--to", "file:other") == 0
    (target / "originals/a.jpg").write_bytes(some(300_000, 9))
    (target / "originals/a-2.jpg").write_bytes(b"half")
    (target / "theirs").write_bytes(b"kept")
    capsys.readouterr()
    assert command(tmp_path, "copy", "--to", "file:other", "--json") == 0
    told = answer(capsys)
    assert (told["copied"], told["skipped"], told["repaired"]) == (1, len(FILES) - 1, 0)
    assert (target / "originals/a.jpg").read_bytes() == some(300_000, 9)
    assert command(tmp_path, "copy", "--to", "file:other", "--verify") == 0
    assert f"{len(FILES)} compared, 1 of them were other and were copied anew" in capsys.readouterr().out
    assert on(tmp_path, {"blobs": {"url": "file:other"}}, everything) == FILES | {
        "theirs": (b"kept", "application/octet-stream")
    }


@pytest.mark.parametrize("target", ["file:data/blobs", "file:data/blobs/inside", "file:data"])
def test_a_place_is_not_copied_into_itself(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    on(tmp_path, {}, fill)
    assert command(tmp_path, "copy", "--to", target) == 4
    assert "one is inside the other: nothing to copy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "ftp://host/x"], "no plugin knows the scheme 'ftp'"),
        (["--to", "s3://${NOT_SET_ANYWHERE}"], "${NOT_SET_ANYWHERE} is not set"),
        (["--to", "file:x", "--to-set", "blobs_local.nonsense=1"], "nonsense"),
        ([], "--to"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, "copy", *arguments) != 0
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


class Ending(FakeBlobs):
    """A store that goes away after some puts."""

    left = 3

    async def put(self, key: str, pieces: Any, **more: Any) -> Any:
        if not self.left:
            raise BlobsAway("the store of files cannot be reached")
        self.left -= 1
        return await super().put(key, pieces, **more)


async def test_a_copy_that_broke_goes_on() -> None:
    source, target = FakeBlobs(), Ending()
    await fill(source)
    with pytest.raises(BlobsAway):
        await Copying(source, target, lambda size: None, verify=False, at_once=1).run()
    assert len(target.kept) == 3
    target.left = 100
    told: list[int] = []
    copied = await Copying(source, target, told.append, verify=True, at_once=2).run()
    assert (copied.copied, copied.skipped, copied.verified) == (len(FILES) - 3, 3, len(FILES))
    assert sum(told) == await measured(source) == sum(len(data) for data, _ in FILES.values())
    assert await everything(target) == FILES


class Twisting(FakeBlobs):
    """A store that keeps something else than it was given."""

    async def put(self, key: str, pieces: Any, **more: Any) -> Any:
        blob = await super().put(key, pieces, **more)
        self.keep(key, bytes(blob.size), blob.content_type)
        return blob


async def test_what_stays_different_is_named() -> None:
    source, target = FakeBlobs(), Twisting()
    await fill(source)
    copied = await Copying(source, target, lambda size: None, verify=True, at_once=4).run()
    assert copied.differing == sorted(key for key, (data, _) in FILES.items() if data)


class Deleting(FakeBlobs):
    """A store in which a file is deleted after it was listed."""

    def get(self, key: str, **more: Any) -> Any:
        if key == "originals/a.jpg":
            self.kept.pop(key, None)
        return super().get(key, **more)


async def test_what_was_deleted_meanwhile_is_no_error() -> None:
    source, target = Deleting(), FakeBlobs()
    await fill(source)
    copied = await Copying(source, target, lambda size: None, verify=False, at_once=1).run()
    assert (copied.copied, copied.gone) == (len(FILES) - 1, 1)
    assert "originals/a.jpg" not in target.kept


async def test_several_go_over_at_once_and_no_more_than_that() -> None:
    source, target = FakeBlobs(), FakeBlobs()
    for number in range(20):
        await put(source, f"{number:02}")
    running, most = 0, 0
    plain = target.put

    async def counted(*given: Any, **more: Mapping[str, Any]) -> Any:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0.001)
        running -= 1
        return await plain(*given, **more)

    target.put = counted  # type: ignore[method-assign]  # counts
    await Copying(source, target, lambda size: None, verify=False, at_once=4).run()
    assert (len(target.kept), most) == (20, 4)
