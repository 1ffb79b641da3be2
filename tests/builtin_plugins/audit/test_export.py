"""The trail as a file that others can verify, and the commands."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.audit.things import CANARY, Things, call_of, run, sql

from newel.app import App
from newel.cli import run as command
from newel.testing import FakeClock, actor, make_app
from newel_audit.exporting import lines

ROOT = Path(__file__).parents[3]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'quoted", "\\N", "", "plain", 'a,b"c\nd', "é😀"]


@pytest.fixture
async def app(tmp_path: Path, clock: FakeClock) -> AsyncIterator[App]:
    async with make_app(["database", "migrations", "audit", Things.manifest], folder=tmp_path, clock=clock) as made:
        made.plugins["audit"]._writer._stripes = 3  # type: ignore[attr-defined]  # SQLite alone would have one
        yield made


async def exported(app: App, format: Any = "ndjson", since: str = "", until: str = "") -> str:
    store = app.plugins["audit"]._store  # type: ignore[attr-defined]  # plugins are objects to the kernel
    return "".join([line async for line in lines(store, format, "2030-01-09T00:00:00.000Z", since, until)])


def verified(text: str, *arguments: str, path: Path | None = None) -> tuple[int, str]:
    """Exit code and output of the stand-alone script, which imports nothing of ours."""
    script = str(ROOT / "contrib" / "verify_audit.py")
    ended = subprocess.run(
        [sys.executable, "-I", script, "-" if path is None else str(path), *arguments],
        input=text.encode(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return ended.returncode, (ended.stdout + ended.stderr).decode()


async def fill(app: App, clock: FakeClock) -> None:
    for number in range(3):
        for text in FORMULAS:
            call = evolve(call_of(app, text or "nobody"), request_id=text)
            await app.operations.run("things.change", {"ids": [text, str(number)]}, call)
        await clock.advance(86_400)


@pytest.mark.parametrize("format", ["ndjson", "csv"])
async def test_an_export_verifies_on_its_own(app: App, clock: FakeClock, tmp_path: Path, format: str) -> None:
    await fill(app, clock)
    await run(app, "audit.prune", keep_days=2)
    key = str(tmp_path / "data" / "audit.key")
    for since, until in (("", ""), ("2030-01-02", ""), ("2030-01-02", "2030-01-03"), ("", "2030-01-03")):
        text = await exported(app, format, since, until)
        for arguments in ((), ("--key-file", key)):
            code, told = verified(text, *arguments)
            assert (code, told.partition(" ")[0]) == (0, "whole"), told
    file = tmp_path / "export"
    file.write_text(await exported(app, format), "utf-8", newline="")
    assert verified("", path=file)[0] == 0


async def test_the_script_finds_what_the_site_finds(app: App, clock: FakeClock, tmp_path: Path) -> None:
    await fill(app, clock)
    key = str(tmp_path / "data" / "audit.key")
    text = await exported(app)
    records = [json.loads(line) for line in text.splitlines()]
    rows = [place for place, record in enumerate(records) if record["kind"] == "row"]
    seed = random.randrange(2**32)
    dice = random.Random(seed)

    def edit(made: list[Any], place: int) -> None:
        made[place]["actor"] = "somebody else"

    def remove(made: list[Any], place: int) -> None:
        del made[place]
        made[-1]["rows"] -= 1

    def add(made: list[Any], place: int) -> None:
        made.insert(place, dict(made[place]))
        made[-1]["rows"] += 1

    def swap(made: list[Any], place: int) -> None:
        # Of one chain: what stands between the chains of a day says nothing.
        chain = made[place]["day"], made[place]["stripe"]
        other = dice.choice([one for one in rows if one != place and (made[one]["day"], made[one]["stripe"]) == chain])
        made[place], made[other] = made[other], made[place]

    deeds: list[Callable[[list[Any], int], None]] = [edit, remove, add, swap]
    for deed in deeds:
        for _ in range(3):
            made = json.loads(json.dumps(records))
            deed(made, dice.choice(rows))
            code, told = verified("".join(json.dumps(one) + "\n" for one in made))
            assert code == 1, (seed, deed, told)
    made = json.loads(json.dumps(records))
    next(one for one in made if one["kind"] == "head" and one["seq"])["breaks"] = 3
    next(one for one in made if one["kind"] == "head")["hlc"] = "2031"
    code, told = verified("".join(json.dumps(one) + "\n" for one in made), "--key-file", key)
    assert code == 1
    assert "does not fit its signature" in told
    for broken in ("", "{}\n", "abc", text[: len(text) // 2], text.rpartition('{"kind": "end"')[0], "[1]\n"):
        assert verified(broken)[0] == 2, broken[:50]


async def test_a_cell_never_begins_a_formula_and_loses_nothing(app: App, clock: FakeClock) -> None:
    await fill(app, clock)
    text = await exported(app, "csv")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    rows = [row for row in table if row["kind"] == "row"]
    for row in table:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), (name, cell)
            assert not cell.startswith("-") or cell[1:].isdigit()
    kept = {row["id"]: row for row in await sql(app, "SELECT * FROM audit_log WHERE entity = 'thing'")}
    assert len(kept) == len(FORMULAS) * 3 * 2
    for row in rows:
        if row["id"] in kept:
            for name in ("entity_id", "actor_name", "request_id"):
                assert row[name].removeprefix("'") == kept[row["id"]][name]
            assert row["before_json"] == "\\N"


async def test_no_secret_is_in_rows_exports_or_the_log(tmp_path: Path, clock: FakeClock) -> None:
    """Planted where a secret is taken, made or shown: a password, a token, a sign-in, a denied act."""
    plugins = ["database", "migrations", "audit", "accounts", "idempotency", Things.manifest]
    log = io.StringIO()
    secrets = [CANARY, "canary-password-1"]
    async with make_app(plugins, clock=clock, log=log, folder=tmp_path) as app:
        user = await run(app, "users.create", email="ann@example.org", role="viewer", password=secrets[1])
        token = await run(app, "tokens.create", label="ci", user=user.id)
        session = await run(app, "auth.login", email="ann@example.org", password=secrets[1])
        secrets += [token.token.reveal(), session.token.reveal()]
        for order in ({"email": secrets[1], "password": secrets[2]}, {"email": secrets[3], "password": "x"}):
            with pytest.raises(Exception, match="wrong"):
                await run(app, "auth.login", **order)
        await run(app, "things.change")
        hashes = [row["password"] for row in await sql(app, "SELECT password FROM accounts_users")]
        everything = [repr(await sql(app, "SELECT * FROM audit_log")), await exported(app), await exported(app, "csv")]
        everything += [repr((await run(app, "audit.list", limit=200)).data), log.getvalue()]
    for secret in [*secrets, *hashes]:
        for text in everything:
            assert secret not in text
    assert "***" in everything[0]


async def test_filters_take_part_in_pages(app: App, clock: FakeClock) -> None:
    await fill(app, clock)
    with pytest.raises(Exception, match="permission"):
        await app.operations.run("audit.list", {}, app.call(actor("eve"), "http", ip="198.51.100.7"))
    denied = (await run(app, "audit.list", outcome="denied", door="http", ip="198.51.100.7")).data
    assert [one.actor for one in denied] == ["eve"]
    assert (await run(app, "audit.list", outcome="done", ip="198.51.100.7")).data == ()
    seen: list[str] = []
    cursor = None
    while True:
        page = await run(app, "audit.list", request_id="=1+1", door="test", limit=2, cursor=cursor)
        seen += [one.id for one in page.data]
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen)) == 6
    store: Any = app.plugins["audit"]._store  # type: ignore[attr-defined]  # plugins are objects to the kernel
    before = len(store.rows._lists)
    for number in range(20):
        await run(app, "audit.list", request_id=str(number), door="x", ip="y")
    assert len(store.rows._lists) == before + 1, "one text for a set of filters"


@pytest.mark.slow
def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def newel(*arguments: str) -> tuple[int, str]:
        code = command(["--site", str(tmp_path), *arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out

    key = str(tmp_path / "data" / "audit.key")
    assert newel("init")[0] == 0
    assert newel("roles", "create", "--name", "writer", "--permissions", "content.read")[0] == 0
    row = json.loads(newel("audit", "list", "--json")[1])["data"][0]
    assert (row["door"], row["operation"]) == ("cli", "roles.create")
    assert row["id"] in newel("audit", "show", row["id"])[1]
    assert newel("audit", "show", "x")[0] == 5
    code, told = newel("audit", "verify")
    assert (code, told.partition(":")[0]) == (0, "whole")
    (tmp_path / "marks.json").write_text(newel("audit", "verify", "--json")[1], "utf-8")
    marks = f"@{tmp_path / 'marks.json'}"
    assert newel("audit", "verify", "--against", marks)[0] == 0
    for format in ("ndjson", "csv"):
        file = tmp_path / f"trail.{format}"
        assert newel("audit", "export", str(file), "--format", format, "--since", "2020-01-01")[0] == 0
        assert verified("", "--key-file", key, path=file)[0] == 0
        assert newel("audit", "export", str(file))[0] == 1, "a file that is there is never written over"
    out = newel("audit", "export")[1]
    assert verified(out)[0] == 0
    assert '"audit.export"' in out
    assert newel("audit", "export", "--since", "yesterday")[0] == 2
    assert newel("audit", "verify", "--since", "2030-1-1")[0] == 2
    assert newel("audit", "verify", "--against", "nonsense")[0] == 2
    assert newel("audit", "verify", "--against", "@nowhere")[0] == 2
    assert newel("audit", "prune")[0] == 2
    assert newel("audit", "prune", "--keep-days", "30")[0] == 0
    with closing(sqlite3.connect(tmp_path / "data" / "newel.db")) as database, database:
        database.execute("UPDATE audit_log SET actor = 'x'")
    code, told = newel("audit", "verify")
    assert code == 1
    assert "row_changed" in told
    assert "NOT WHOLE" in told
    assert newel("audit", "verify", "--against", marks)[0] == 1
