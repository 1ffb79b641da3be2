"""Files in one request: many in a form, one as it is, and other bytes for an asset."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from tests.builtin_plugins.media.site import image
from tests.builtin_plugins.media.uploading import BOUNDARY, FORM, PDF, Door, door, field, file, form, sending, until

pytestmark = pytest.mark.needs_plugin("http")


async def test_many_files_come_in_with_what_was_said_before_them(at: Door) -> None:
    answer = await at.send(
        field("alt[en]", "A cat"), field("tags", "a,b"), file(image(), "cat.png", "image/png"),
        field("alt", {"de": "Bericht"}), field("tags", ""), field("private", "true"), field("name", "other.pdf"),
        field("focal[x]", "0.1"), field("focal[y]", "0.9"), file(PDF, "Ünï;\\\"code.pdf"), file(PDF + b"2", "c.pdf"),
    )  # fmt: skip
    assert answer.status == 201
    one, two, three = answer.json()["data"]
    assert (one["name"], one["status"], one["asset"]["alt"]) == ("cat.png", 201, {"en": "A cat"})
    assert (one["asset"]["tags"], one["asset"]["private"]) == (["a", "b"], False)
    assert (two["asset"]["name"], two["asset"]["alt"], two["asset"]["tags"]) == ("other.pdf", {"de": "Bericht"}, [])
    assert (two["asset"]["private"], two["asset"]["focal"]) == (True, {"x": 0.1, "y": 0.9})
    assert (three["asset"]["name"], three["asset"]["private"]) == ("c.pdf", True)


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_names_are_utf8(at: Door) -> None:
    answer = await at.send(file(PDF, "Ünïcode; 日本 %22x%22.pdf"))
    assert answer.json()["data"][0]["asset"]["name"] == "Ünïcode; 日本 x.pdf"


async def test_each_file_has_its_result(at: Door) -> None:
    answer = await at.send(file(PDF, "a.pdf"), file(b"MZ\x90\0" * 9, "b.pdf"), file(b"", "c.pdf"), file(PDF, "d.pdf"))
    assert answer.status == 207
    results = answer.json()["data"]
    assert [(one["name"], one["status"]) for one in results] == [
        ("a.pdf", 201), ("b.pdf", 422), ("c.pdf", 422), ("d.pdf", 201),
    ]  # fmt: skip
    assert results[1]["problem"]["code"] == "type_not_allowed"
    assert results[3]["asset"]["duplicates"] == [results[0]["asset"]["id"]]


async def test_a_single_file_that_fails_is_the_problem_itself(at: Door) -> None:
    answer = await at.send(field("folder", "0" * 26), file(PDF))
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/folder")


async def test_the_same_bytes_are_answered_with_200(at: Door) -> None:
    assert (await at.send(file(PDF))).status == 201
    answer = await at.send(field("on_duplicate", "reuse"), file(PDF))
    assert (answer.status, answer.json()["data"][0]["status"]) == (200, 200)


UNKNOWN = [
    ("owner", "x", "unknown_field"), ("sha256", "x", "unknown_field"), ("__proto__[x]", "x", "unknown_field"),
    ("name[x]", "x", "unknown_field"), ("alt[en][x]", "x", "unknown_field"), ("private", "perhaps", "invalid"),
    ("focal", "5", "invalid"), ("on_duplicate", "destroy", "invalid"), ("alt", "[1]", "invalid"),
    ("alt[!]", "x", "unknown_field"),
]  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_fields_that_nobody_knows_are_refused(at: Door) -> None:
    for key, value, code in UNKNOWN:
        answer = await at.send(field(key, value), file(PDF))
        assert (answer.status, answer.json()["code"]) == (422, code), key
    assert await at.library.rows("assets") == []


async def test_what_came_before_a_fault_of_the_form_is_kept_and_told(at: Door) -> None:
    answer = await at.send(file(PDF), field("owner", "x"), file(PDF))
    assert answer.status == 207
    assert [one["status"] for one in answer.json()["data"]] == [201, 422]
    assert len(await at.library.rows("assets")) == 1


BROKEN = {
    "cut in the middle": form(file(PDF))[:-30],
    "no boundary": b"hello",
    "no name": form(b"Content-Disposition: form-data\r\n\r\nx\r\n"),
    "no disposition": form(b"X: y\r\n\r\nx\r\n"),
    "base64": form(b'Content-Disposition: form-data; name="f"; filename="a"\r\n'
                   b"Content-Transfer-Encoding: base64\r\n\r\nx\r\n"),
    "a long header": form(b"X: " + b"y" * 10_000 + b"\r\n" + file(PDF)),
    "many headers": form(b"".join(b"X%d: y\r\n" % n for n in range(100)) + file(PDF)),
    "many parts": form(*[field("title", "x")] * 2001),
    "a long field": form(field("caption", "x" * 70_000)),
    "not UTF-8": form(b'Content-Disposition: form-data; name="title"\r\n\r\n\xff\xfe\r\n'),
    "nothing": form(field("title", "x")),
}  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_form_that_cannot_be_read_is_refused(at: Door) -> None:
    for case, data in BROKEN.items():
        answer = await at.client.post("/api/v1/media", body=data, headers=FORM)
        assert answer.status == {"a long field": 413, "nothing": 422}.get(case, 400), case
    assert await at.library.rows("assets") == await at.library.keys() == at.spooled() == []


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_form_without_a_boundary_is_refused(at: Door) -> None:
    answer = await at.client.post(
        "/api/v1/media", body=form(file(PDF)), headers={"Content-Type": "multipart/form-data"}
    )
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_limits_count_what_arrives(engine: Any) -> None:
    async with door(media={"max_bytes": 2000, "max_files": 2}) as at:
        answer = await at.send(file(PDF + b"x" * 2000, "a.pdf"), file(PDF, "b.pdf"), file(PDF, "c.pdf"))
        assert answer.status == 207
        assert [(one["name"], one["status"]) for one in answer.json()["data"]] == [
            ("a.pdf", 413),
            ("b.pdf", 201),
            ("", 422),
        ]
        assert answer.json()["data"][2]["problem"]["code"] == "too_many_files"
        assert not at.spooled()


async def test_a_client_that_goes_away_keeps_what_is_in(at: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file is an asset; of the second nothing is left."""
    take, seen = at.library.media.spool.take, list[str]()

    async def spied(*given: Any) -> Any:
        seen.append("second" if seen else "first")
        return await take(*given)

    monkeypatch.setattr(at.library.media.spool, "take", spied)
    whole = form(file(PDF, "a.pdf"), file(PDF + b"x" * 5000, "b.pdf"))
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    async with sending(at, "POST /api/v1/media", len(whole), kind) as (_, writer):
        writer.write(whole[:-1000])
        await until(lambda: "second" in seen)
    await until(lambda: not at.spooled())
    assert [row["name"] for row in await at.library.rows("assets")] == ["a.pdf"]
    assert len(await at.library.keys()) == 1


async def test_one_file_as_it_is(at: Door) -> None:
    answer = await at.client.post(
        "/api/v1/media?name=cat.png&alt[en]=A+cat&tags=a,b&focal[x]=0.5&focal[y]=0.25&private=true", body=image(),
        headers={"Content-Type": "image/png"},
    )  # fmt: skip
    assert answer.status == 201
    asset = answer.json()["data"][0]["asset"]
    assert (asset["name"], asset["alt"], asset["tags"]) == ("cat.png", {"en": "A cat"}, ["a", "b"])
    assert (asset["focal"], asset["private"], asset["hash"]) == (
        {"x": 0.5, "y": 0.25}, True, hashlib.sha256(image()).hexdigest(),
    )  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_one_file_needs_a_name_and_nothing_unknown(at: Door) -> None:
    for query, status in (("", 422), ("?name=", 422), ("?nam=x", 400), ("?name=x&owner=y", 400)):
        answer = await at.client.post(f"/api/v1/media{query}", body=PDF, headers={"Content-Type": "application/pdf"})
        assert answer.status == status, query


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_form_takes_no_query(at: Door) -> None:
    assert (await at.client.post("/api/v1/media?name=x", body=form(file(PDF)), headers=FORM)).status == 400


async def test_only_who_may_write_uploads(at: Door) -> None:
    for token, status in ((None, 401), ("perm:media.read", 403)):
        client = at.client.signed_in(token)
        assert (await client.post("/api/v1/media", body=form(file(PDF)), headers=FORM)).status == status
        assert (await client.put("/api/v1/media/x/file", body=PDF)).status == status


@pytest.mark.parametrize("way", ["raw", "form"])
async def test_an_asset_gets_other_bytes(at: Door, way: str) -> None:
    first = (await at.send(file(PDF, "a.pdf"))).json()["data"][0]["asset"]
    path = f"/api/v1/media/{first['id']}/file"
    body, kind = (image(), "image/png") if way == "raw" else (form(file(image(), "b.png")), FORM["Content-Type"])
    stale = await at.client.put(path, body=body, headers={"Content-Type": kind, "If-Match": '"r7"'})
    assert stale.status == 412
    answer = await at.client.put(path, body=body, headers={"Content-Type": kind, "If-Match": '"r1"'})
    assert (answer.status, answer.headers["ETag"]) == (200, '"r2"')
    assert (answer.json()["id"], answer.json()["name"], answer.json()["mime"]) == (first["id"], "a.png", "image/png")


async def test_a_replacement_is_one_file(at: Door) -> None:
    first = (await at.send(file(PDF, "a.pdf"))).json()["data"][0]["asset"]
    path = f"/api/v1/media/{first['id']}/file"
    for parts in ((file(PDF), file(PDF)), (field("name", "x"), file(PDF)), ()):
        assert (await at.client.put(path, body=form(*parts), headers=FORM)).status in (400, 422)
    assert (await at.client.put(f"/api/v1/media/{'0' * 26}/file", body=PDF)).status == 404
    assert (await at.client.put(path, body=PDF, headers={"If-Match": "r1"})).status == 400
    [row] = await at.library.rows("assets")
    assert row["revision"] == 1


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_a_silent_upload_ends_and_leaves_nothing(engine: Any) -> None:
    line = "POST /api/v1/media?name=a.pdf"
    async with door(http={"body_seconds": 0.1}) as at, sending(at, line, 1000) as (reader, writer):
        writer.write(PDF)
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert at.spooled() == await at.library.rows("assets") == []
