"""The first request: what waiting does not heal ends the start with one line that names the fix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.blobs_s3.stub import fault, serving
from tests.s3 import Bucket
from tests.support import free_port

from newel.contracts.blobs import Blobs, BlobsAway
from newel.errors import BootError
from newel.testing import make_app

KEYS = {"access_key_id": "id", "secret_access_key": "hush", "attempts": 1}


async def told(config: dict[str, Any]) -> str:
    with pytest.raises(BootError) as caught:
        async with make_app(["blobs_s3"], config):
            pass
    assert "\n" not in caught.value.detail
    assert "hush" not in caught.value.detail
    return caught.value.detail


async def test_a_bucket_that_is_not_there(bucket: Bucket, tmp_path: Path) -> None:
    detail = await told({"blobs": {"url": "s3://missing"}, "blobs_s3": bucket.section()})
    assert detail.startswith(f"there is no bucket 'missing' at {bucket.server.url}. Make it, or correct blobs.url")


async def test_a_key_that_nobody_knows(bucket: Bucket, tmp_path: Path) -> None:
    detail = await told(bucket.config(tmp_path, access_key_id="stranger"))
    assert "does not know this access key" in detail
    assert "Correct blobs_s3.access_key_id" in detail


async def test_a_secret_of_another_key(bucket: Bucket, tmp_path: Path) -> None:
    detail = await told(bucket.config(tmp_path, secret_access_key="hush"))
    assert "the secret does not belong to this access key. Correct blobs_s3.secret_access_key" in detail


@pytest.mark.parametrize(
    ("status", "code", "more", "headers", "said"),
    [
        (403, "AccessDenied", "", {}, "the access key may not use s3://bucket/site (AccessDenied). Allow it s3:List"),
        (403, "RequestTimeTooSkewed", "", {}, "the clock of this machine is wrong"),
        (400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>", {},
         "is not in the region 'eu-1'. It is in 'eu-west-3': set blobs_s3.region"),
        (400, "IllegalLocationConstraintException", "", {"x_amz_bucket_region": "eu-north-1"},
         "It is in 'eu-north-1': set blobs_s3.region"),
        (400, "IllegalLocationConstraintException", "", {}, "Correct blobs_s3.region or the endpoint"),
        (400, "InvalidBucketName", "", {}, "is no name of a bucket"),
        (400, "ExpiredToken", "", {}, "does not know this access key (ExpiredToken)"),
    ],
)  # fmt: skip
async def test_what_the_store_refuses(status: int, code: str, more: str, headers: dict[str, str], said: str) -> None:
    async with serving(lambda request, body: fault(status, code, more, **headers)) as stub:
        section = KEYS | {"endpoint": stub.url, "region": "eu-1"}
        assert said in await told({"blobs": {"url": "s3://bucket/site"}, "blobs_s3": section})


async def test_no_credentials_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    async with serving() as stub:
        detail = await told({"blobs": {"url": "s3://bucket/site"}, "blobs_s3": {"endpoint": stub.url}})
    assert "there are no credentials for s3://bucket/site" in detail
    assert "Set blobs_s3.access_key_id" in detail


async def test_the_chain_of_aws_is_asked_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-aws")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    for expected in ("of-aws", "of-s3"):
        async with serving() as stub:
            config = {"blobs": {"url": "s3://bucket/site"}, "blobs_s3": {"endpoint": stub.url}}
            async with make_app(["blobs_s3"], config):
                assert f"Credential={expected}/" in stub.asked[0][0].headers["Authorization"]
        monkeypatch.setenv("S3_ACCESS_KEY_ID", "of-s3")
        monkeypatch.setenv("S3_SECRET_ACCESS_KEY", "hush")


async def test_a_store_that_is_away_stops_no_start() -> None:
    import io

    log = io.StringIO()
    section = KEYS | {"endpoint": f"http://127.0.0.1:{free_port()}"}
    async with make_app(["blobs_s3"], {"blobs": {"url": "s3://bucket/site"}, "blobs_s3": section}, log=log) as app:
        with pytest.raises(BlobsAway, match="cannot be reached"):
            await app.need(Blobs).head("a")
    assert "the store of files cannot be reached" in log.getvalue()
    assert "hush" not in log.getvalue()


async def test_a_store_that_is_not_well_stops_no_start() -> None:
    async with serving(lambda request, body: fault(503, "SlowDown")) as stub:
        section = KEYS | {"endpoint": stub.url}
        async with make_app(["blobs_s3"], {"blobs": {"url": "s3://bucket/site"}, "blobs_s3": section}) as app:
            with pytest.raises(BlobsAway, match="answers SlowDown"):
                await app.need(Blobs).put_file("a", Path(__file__))


async def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("newel_blobs_s3.")]:
        if name.rpartition(".")[2] not in ("plugin", "config", "settings", "profiles"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aioboto3", None)
    detail = await told({"blobs": {"url": "s3://bucket"}, "blobs_s3": KEYS})
    assert detail == "S3 needs a client. Install it: pip install 'newel[s3]'"
