"""The doctor tries everything, leaves nothing, and names the fix of what fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.storage.site import answer, command, on
from tests.s3 import Bucket
from tests.support import free_port

from newel.contracts.blobs import Blob, BlobsAway, Presigned
from newel.errors import Transient
from newel.testing.blobs_cases.data import keys
from newel.testing.fake_blobs import FakeBlobs
from newel_storage.fixes import _S3, fix_of
from newel_storage.probing import Finding, Probes, examined

pytestmark = pytest.mark.may_block
PROBES = ["put", "get", "range", "list", "copy", "multipart", "presign get", "presign put", "delete"]


def test_a_folder_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, "doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"file:{tmp_path}/data/blobs"
    assert [line.split()[0] for line in lines[1:]] == ["ok"] * 6 + ["absent"] * 2 + ["ok"]
    assert "absent  presign put  not offered; uploads go through Newel" in lines
    assert on(tmp_path, {}, keys) == []


def test_a_bucket_is_well(bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bucket.config(tmp_path)
    assert command(tmp_path, "doctor", "--json", **config) == 0
    told = answer(capsys)
    assert told["store"] == config["blobs"]["url"]
    assert told["ok"] is True
    assert [(one["probe"], one["outcome"]) for one in told["probes"]] == [(name, "ok") for name in PROBES]
    assert on(tmp_path, config, keys) == []


def test_a_store_that_lists_by_folders_needs_its_provider(
    bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, "doctor", **bucket.config(tmp_path, provider="other")) == 1
    out = capsys.readouterr().out
    assert "failed  list         keys are not listed in the order of their bytes" in out
    assert 'set blobs_s3.provider = "seaweedfs"' in out
    assert out.count("failed") == 1


def test_a_store_that_is_away_is_told_with_the_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    section = {"endpoint": f"http://127.0.0.1:{free_port()}", "attempts": 1, "access_key_id": "id"}
    section |= {"secret_access_key": "hush"}
    assert command(tmp_path, "doctor", blobs={"url": "s3://bucket/site"}, blobs_s3=section) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[1] == "failed  put          the store of files cannot be reached"
    assert "fix: Start the store, or correct blobs_s3.endpoint" in lines[2]
    assert {line.split()[0] for line in lines[3:]} == {"skipped"}
    assert "hush" not in out + err


def test_a_store_that_cannot_be_opened_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("a file")
    assert command(tmp_path, "doctor") != 0
    err = capsys.readouterr().err
    assert err.startswith(f"newel: cannot keep files in {tmp_path}/data/blobs: Not a directory.")
    assert "Traceback" not in err


class Broken(FakeBlobs):
    """A store on which one thing is wrong."""

    name = "s3://bucket"

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    async def head(self, key: str) -> Blob:
        blob = await super().head(key)
        return evolve(blob, content_type="text/plain") if self.fault == "put" else blob

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> Any:
        if self.fault == "get" and key.endswith("/probe") and not start:
            return super().get(key, start=1)
        return super().get(key) if self.fault == "range" and end else super().get(key, start=start, end=end)

    async def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        if self.fault != "list":
            async for blob in super().list(prefix, after=after):
                yield blob

    async def copy(self, source: str, target: str) -> Blob:
        if self.fault == "copy":
            raise BlobsAway("the store of files answers AccessDenied", code="blobs_refused")
        return await super().copy(source, target)

    async def multipart(self, key: str, **more: Any) -> Any:
        if self.fault == "multipart":
            raise Transient("there is no room left for files", code="storage_full")
        return await super().multipart(key, **more)

    async def presign_get(self, key: str, **more: Any) -> Presigned | None:
        found = await super().presign_get(key, **more)
        assert found is not None
        return evolve(found, url=f"http://127.0.0.1:{free_port()}/") if self.fault == "presign get" else None

    async def presign_put(self, key: str, **more: Any) -> Presigned | None:
        found = await super().presign_put(key, **more)
        assert found is not None
        return evolve(found, url=f"http://127.0.0.1:{free_port()}/") if self.fault == "presign put" else None

    async def delete(self, *keys: str) -> None:
        if self.fault != "delete":
            await super().delete(*keys)


@pytest.mark.parametrize("fault", PROBES)
async def test_what_is_wrong_is_found_and_has_a_fix(fault: str) -> None:
    store = Broken(fault)
    findings = {one.probe: one for one in await examined(store)}
    assert [name for name, one in findings.items() if one.outcome == "failed"] == [fault]
    found: Finding = findings[fault]
    assert found.detail
    assert found.fix == ("Make room, or raise the quota." if fault == "multipart" else _S3[fault])
    if fault != "delete":
        assert store.kept == {}


def test_each_probe_has_a_fix() -> None:
    assert list(Probes(FakeBlobs(), "x").all()) == PROBES
    for store in ("s3://bucket", "file:/srv"):
        for probe in PROBES:
            for kind in ("away", "blobs_away", "wrong", "storage_full"):
                assert fix_of(store, probe, kind)
    assert "endpoint" in fix_of("s3://bucket", "copy", "blobs_away")
