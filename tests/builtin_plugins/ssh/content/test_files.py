"""Content as files, with OpenSSH's own clients: sizes that nobody knows, imports that are refused in part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.content.site import TITLE, Site, opened
from tests.builtin_plugins.ssh.filing import At, door

from newel.testing import actor

# The clients are processes of this machine. What the trees do on each engine is tried beside content.
pytestmark = [pytest.mark.may_block, pytest.mark.engines("sqlite")]
EDITOR = actor("editor", "content.read", "content.read_draft", "content.create", "content.update", "content.types.read")
VIEWER = actor("viewer", "content.read", "content.types.read")


@pytest.fixture
async def at() -> AsyncIterator[At]:
    async with opened() as site, door(site.app, editor=EDITOR, viewer=VIEWER) as made:
        await site.type("post", TITLE)
        for number in range(250):
            await site.create("post", title=f"Post {number}" + "x" * 2000)
        yield made


async def test_an_export_is_got_and_put_back_though_its_size_is_not_known(at: At, tmp_path: Path) -> None:
    got = await at.sftp("ls -l /export", f"get /export/post.ndjson {tmp_path}/a.ndjson")
    assert got[0] == 0, got
    assert "post.ndjson" in got[1]
    assert len((tmp_path / "a.ndjson").read_bytes().splitlines()) == 251
    assert (await at.scp(":/export/post.ndjson", f"{tmp_path}/b.ndjson"))[0] == 0
    assert (tmp_path / "b.ndjson").read_bytes() == (tmp_path / "a.ndjson").read_bytes()
    put = await at.sftp(f"put {tmp_path}/a.ndjson /import/a.ndjson", f"get /import/a.report.txt {tmp_path}/r.txt")
    assert put[0] == 0, put
    assert (tmp_path / "r.txt").read_text() == "0 created, 0 updated, 250 unchanged, 0 failed\n"


async def test_what_is_refused_of_an_import_is_told_and_the_rest_is_taken(at: At, tmp_path: Path) -> None:
    await at.sftp(f"get /export/post.ndjson {tmp_path}/a.ndjson")
    head, first, *_ = (tmp_path / "a.ndjson").read_text().splitlines()
    (tmp_path / "b.ndjson").write_text("\n".join([head, first.replace("Post 0", "Other"), "no json"]))
    status, _, told = await at.scp(f"{tmp_path}/b.ndjson", ":/import/")
    assert status != 0
    assert "0 created, 1 updated, 0 unchanged, 1 failed; line 3: this is no JSON" in told
    listed = await Site(at.app).run("content.list", type="post", sort=["id"], limit=1)
    assert listed.data[0].data["title"].startswith("Other")


async def test_the_old_protocol_of_scp_says_that_a_size_is_missing(at: At, tmp_path: Path) -> None:
    status, _, told = await at.scp("-O", ":/export/post.ndjson", f"{tmp_path}/a.ndjson")
    assert status != 0
    assert "scp without -O" in told


async def test_who_may_not_read_drafts_sees_no_exports(at: At) -> None:
    assert (await at.sftp("-ls /export", "-ls /import", "ls /", who="viewer"))[1].split()[-2:] == ["ls", "/"]
