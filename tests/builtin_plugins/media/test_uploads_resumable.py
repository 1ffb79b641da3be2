"""Resumable uploads (tus 1.0): cut off, raced, lied about, given up, and gone on with byte for byte."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.uploading import EDITOR, PDF, Door, door, sending, until

from newel.contracts.blobs import Blobs
from newel.testing import FakeClock, actor
from newel_media.uploads import resumable
from newel_media.uploads.flow import Flow

pytestmark = pytest.mark.needs_plugin("http")
AT = "/api/v1/media/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BODY = TUS | {"Content-Type": "application/offset+octet-stream"}
ME = actor("tester", "media.read", "media.write")
"""Who ``EDITOR`` is."""
DATA = PDF + bytes(range(256)) * 40


def metadata(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


async def begin(at: Door, size: int = len(DATA), **said: str) -> str:
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata(**({"filename": "a.pdf"} | said))}
    answer = await at.client.post(AT, headers=headers)
    assert answer.status == 201, answer
    return str(answer.headers["Location"])


async def patch(at: Door, place: str, offset: int, data: bytes, **more: str) -> Any:
    headers = BODY | {"Upload-Offset": str(offset)} | {name.replace("_", "-"): value for name, value in more.items()}
    return await at.client.patch(place, body=data, headers=headers)


async def offset(at: Door, place: str) -> int:
    answer = await at.client.request("HEAD", place, headers=TUS)
    assert answer.status == 200
    return int(answer.headers["Upload-Offset"])


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "PIECE", 1000)


async def test_a_file_comes_in_in_two_requests(at: Door) -> None:
    place = await begin(at, private="true", tags="a,b", filetype="application/pdf")
    first = await patch(at, place, 0, DATA[:4321])
    assert (first.status, first.headers["Upload-Offset"], "Media-Asset" in first.headers) == (204, "4321", False)
    assert await offset(at, place) == 4321
    assert len(await at.library.keys()) == 5, "pieces of bounded size"
    last = await patch(at, place, 4321, DATA[4321:])
    assert (last.status, last.headers["Upload-Offset"]) == (204, str(len(DATA)))
    [row] = await at.library.rows("assets")
    assert (row["id"], row["sha256"]) == (last.headers["Media-Asset"], hashlib.sha256(DATA).hexdigest())
    assert (row["name"], row["private"], row["source"], row["author"]) == ("a.pdf", 1, "resumable", "tester")
    assert await at.library.keys() == [row["blob"]], "its pieces are gone"
    state = (await at.client.get(place)).json()
    assert (state["state"], state["asset"], state["received"]) == ("done", row["id"], len(DATA))
    head = await at.client.request("HEAD", place, headers=TUS)
    assert (head.headers["Upload-Offset"], head.headers["Media-Asset"]) == (str(len(DATA)), row["id"])
    assert not at.spooled()


async def test_it_begins_with_its_bytes(at: Door) -> None:
    headers = BODY | {"Upload-Length": str(len(DATA)), "Upload-Metadata": metadata(filename="a.pdf")}
    part = await at.client.post(AT, body=DATA[:100], headers=headers)
    assert (part.status, part.headers["Upload-Offset"]) == (201, "100")
    whole = await at.client.post(AT, body=DATA, headers=headers)
    assert (whole.status, whole.headers["Upload-Offset"]) == (201, str(len(DATA)))
    assert [row["id"] for row in await at.library.rows("assets")] == [whole.headers["Media-Asset"]]


@pytest.mark.parametrize("cut", [1, 1000, 4321])
async def test_what_arrived_before_the_connection_broke_is_kept(
    at: Door, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    place = await begin(at)
    read = Flow.up_to
    came = bytearray()

    async def seen(flow: Flow, most: int) -> AsyncIterator[bytes]:
        async for piece in read(flow, most):
            came.extend(piece)
            yield piece

    monkeypatch.setattr(Flow, "up_to", seen)
    head = ("Upload-Offset: 0", "Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream")
    async with sending(at, f"PATCH {place}", len(DATA), *head) as (_, writer):
        writer.write(DATA[:cut])
        await until(lambda: len(came) == cut)
    await until(lambda: "status=400" in at.log.getvalue())
    assert await offset(at, place) == cut
    last = await patch(at, place, cut, DATA[cut:])
    assert last.status == 204
    [row] = await at.library.rows("assets")
    assert row["sha256"] == hashlib.sha256(DATA).hexdigest()


async def test_only_the_next_byte_is_taken(at: Door) -> None:
    place = await begin(at)
    await patch(at, place, 0, DATA[:100])
    for wrong in (0, 99, 101, 10**9):
        answer = await patch(at, place, wrong, b"x")
        assert (answer.status, answer.json()["offset"]) == (409, 100)
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert await offset(at, place) == 100


async def test_of_two_at_once_one_wins(at: Door) -> None:
    """Both send other bytes for the same place; the file has those of one of them only."""
    place = await begin(at, 2500)
    others = [PDF.ljust(2500, letter) for letter in (b"a", b"b")]
    answers = await asyncio.gather(*(patch(at, place, 0, data) for data in others))
    assert sorted(answer.status for answer in answers) in ([204, 409], [409, 409])
    while await offset(at, place) < 2500:
        at_now = await offset(at, place)
        await patch(at, place, at_now, others[0][at_now:])
    [row] = await at.library.rows("assets")
    data = await read(at, row["blob"])
    pieces = [data[first : first + 1000] for first in (0, 1000, 2000)]
    expected = [[one[first : first + 1000] for one in others] for first in (0, 1000, 2000)]
    assert all(piece in either for piece, either in zip(pieces, expected, strict=True))
    assert await at.library.keys() == [row["blob"]]


async def read(at: Door, key: str) -> bytes:
    async with at.library.app.need(Blobs).get(key) as found:
        return b"".join([piece async for piece in found.pieces])


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_body_has_its_checksum_or_is_not_kept(at: Door, algorithm: str) -> None:
    def checksum(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    place = await begin(at)
    bad = await patch(at, place, 0, DATA[:3000], Upload_Checksum=checksum(b"other"))
    assert (bad.status, bad.json()["code"]) == (460, "checksum_mismatch")
    assert await offset(at, place) == 0
    assert await at.library.keys() == []
    assert (await patch(at, place, 0, DATA[:3000], Upload_Checksum=checksum(DATA[:3000]))).status == 204
    assert (await patch(at, place, 3000, DATA[3000:], Upload_Checksum=checksum(DATA[3000:]))).status == 204
    assert len(await at.library.rows("assets")) == 1


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_unknown_checksums_are_refused(at: Door) -> None:
    for header in ("md5 x", "sha1", "sha1 !!", "sha1 YWJj", "crc32 AAAA"):
        assert (await patch(at, await begin(at), 0, DATA, Upload_Checksum=header)).status == 400, header


async def test_more_than_was_announced_is_refused(at: Door) -> None:
    place = await begin(at, 1500)
    assert (await patch(at, place, 0, DATA[:1501])).status == 413
    assert await offset(at, place) == 1000
    assert (await patch(at, place, 1000, DATA[1000:1500])).status == 204


async def test_it_is_given_up(at: Door) -> None:
    place = await begin(at)
    await patch(at, place, 0, DATA[:1500])
    assert (await at.client.delete(place, headers=TUS)).status == 204
    assert await at.library.keys() == await at.library.rows("uploads") == []
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = await at.client.request(method, place, headers=BODY | {"Upload-Offset": "0"})
        assert answer.status == 404


async def test_what_can_be_no_asset_is_refused_at_its_end_and_goes(at: Door) -> None:
    place = await begin(at, 36)
    answer = await patch(at, place, 0, b"MZ\x90\0" * 9)
    assert (answer.status, answer.json()["code"]) == (422, "type_not_allowed")
    assert await at.library.keys() == await at.library.rows("uploads") == []


async def test_the_hash_that_was_announced_is_checked(at: Door) -> None:
    right = hashlib.sha256(DATA).hexdigest()
    for said, status in ((right, 204), ("0" * 64, 422)):
        place = await begin(at, sha256=said)
        assert (await patch(at, place, 0, DATA)).status == status
    assert len(await at.library.rows("assets")) == 1


async def test_an_answer_that_never_came_is_asked_for_again(at: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the last byte and the asset: whoever asks how far it is makes it whole."""

    class Died(BaseException):
        pass

    async def dies(*_: Any, **__: Any) -> None:
        raise Died

    place = await begin(at)
    desk = at.library.media.uploads.resumable
    call, id = at.library.call(ME), place.rpartition("/")[2]
    await desk.append(call, id, 0, one(DATA))
    monkeypatch.setattr(at.library.media.pipeline, "arrive", dies)
    with pytest.raises(Died):
        await desk.finish(call, id)
    monkeypatch.undo()
    assert await at.library.rows("assets") == []
    heads = await asyncio.gather(*(at.client.request("HEAD", place, headers=TUS) for _ in range(3)))
    [asset] = await at.library.rows("assets")
    assert {head.headers["Media-Asset"] for head in heads} == {asset["id"]}


async def one(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_a_process_dies_in_the_middle_of_a_piece(at: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each call of the store and of the row: what was noted is there, byte for byte, and nothing else in the end."""

    class Died(BaseException):
        pass

    desk = at.library.media.uploads.resumable
    store = at.library.media.store
    for moment in ("put_file", "change"):
        for count in range(3):
            place = await begin(at)
            id = place.rpartition("/")[2]
            call = at.library.call(ME)
            target: Any = at.library.app.need(Blobs) if moment == "put_file" else store.uploads
            real, left = getattr(target, moment), [count]

            async def dying(*given: Any, real: Any = real, left: list[int] = left, **named: Any) -> Any:
                done = await real(*given, **named)
                if not left[0]:
                    raise Died
                left[0] -= 1
                return done

            monkeypatch.setattr(target, moment, dying)
            with pytest.raises(Died):
                await desk.append(call, id, 0, one(DATA))
            monkeypatch.undo()
            monkeypatch.setattr(resumable, "PIECE", 1000)
            there = await offset(at, place)
            assert there == count * 1000
            assert (await patch(at, place, there, DATA[there:])).status == 204
            assert (await at.client.get(place)).json()["state"] == "done"
    assert {row["sha256"] for row in await at.library.rows("assets")} == {hashlib.sha256(DATA).hexdigest()}
    assert len(await at.library.keys()) == 1


async def test_nobody_else_goes_on_with_it(at: Door) -> None:
    place = await begin(at)
    other = at.client.signed_in("admin-token")
    for method in ("HEAD", "PATCH", "DELETE", "GET"):
        headers = (BODY if method == "PATCH" else TUS) | {"Upload-Offset": "0"}
        assert (await other.request(method, place, headers=headers)).status == 404
    assert (await at.client.signed_in(None).request("HEAD", place, headers=TUS)).status == 401
    reader = at.client.signed_in("perm:media.read")
    assert (await reader.post(AT, headers=TUS | {"Upload-Length": "5"})).status == 403
    assert await offset(at, place) == 0


@pytest.mark.needs_plugin("jobs")
async def test_it_expires(engine: Any) -> None:
    clock = FakeClock()
    async with door(clock=clock, jobs={"clock": "process"}, media={"upload_hours": 1}) as at:
        place = await begin(at)
        await patch(at, place, 0, DATA[:1500])
        head = await at.client.request("HEAD", place, headers=TUS)
        assert head.headers["Upload-Expires"].endswith("GMT")
        await clock.advance(3601)
        assert (await at.client.request("HEAD", place, headers=TUS)).status == 404
        await at.library.run("jobs.enqueue", kind="media.sweep")
        await at.library.settle()
        assert await at.library.rows("uploads") == await at.library.keys() == []


NONE = [
    ({"Upload-Length": "5"}, 412), (TUS | {"Upload-Length": "-5"}, 400), (TUS, 400),
    (TUS | {"Upload-Length": "x"}, 400), (TUS | {"Upload-Defer-Length": "1"}, 400),
    (TUS | {"Upload-Length": "999999999999"}, 413), (TUS | {"Upload-Length": "0"}, 422),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": "filename !!"}, 400),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": ""}, 422),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a", owner="x")}, 422),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a", folder="0" * 26)}, 422),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a", alt='{"not a locale": "x"}')}, 422),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a", name="b")}, 400),
    (TUS | {"Upload-Length": "5", "Upload-Metadata": metadata(filename="a", private="perhaps")}, 422),
    ({"Tus-Resumable": "0.2.2", "Upload-Length": "5"}, 412),
]  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_what_is_no_upload_is_refused(at: Door) -> None:
    for given, status in NONE:
        answer = await at.client.post(AT, headers={"Upload-Metadata": metadata(filename="a.pdf")} | given)
        assert (answer.status, answer.headers.get("Tus-Resumable")) == (status, "1.0.0"), given
        assert answer.headers.get("Tus-Version") == ("1.0.0" if status == 412 else None)
    assert await at.library.rows("uploads") == []


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_what_it_can_do_is_told(at: Door) -> None:
    for path in (AT, f"{AT}/{'0' * 26}"):
        answer = await at.client.signed_in(None).request("OPTIONS", path)
        assert (answer.status, answer.headers["Tus-Version"]) == (204, "1.0.0")
        assert answer.headers["Tus-Extension"].split(",") == [
            "creation", "creation-with-upload", "termination", "expiration", "checksum",
        ]  # fmt: skip
        assert answer.headers["Tus-Max-Size"] == str(512 * 1024 * 1024)


async def test_a_client_that_is_not_ours(at: Door) -> None:
    """tuspy, over a real socket: half of it, then a new client that goes on where the first one ended."""
    from tusclient.client import TusClient

    def send(stop_at: int | None, url: str | None) -> str:
        client = TusClient(f"{at.client.url}{AT}", headers={"Authorization": f"Bearer {EDITOR}"})
        uploader = client.uploader(
            file_stream=io.BytesIO(DATA), chunk_size=2000, metadata={"filename": "tuspy.pdf"}, url=url,
            upload_checksum=True,
        )  # fmt: skip
        uploader.upload(stop_at=stop_at)
        return str(uploader.url)

    url = await asyncio.to_thread(send, 5000, None)
    assert await offset(at, url.removeprefix(at.client.url)) >= 5000
    await asyncio.to_thread(send, None, url)
    [row] = await at.library.rows("assets")
    assert (row["name"], row["sha256"]) == ("tuspy.pdf", hashlib.sha256(DATA).hexdigest())
