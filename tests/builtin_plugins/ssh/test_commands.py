"""Commands over SSH: what the command line can do, in the caller's name."""

from __future__ import annotations

import asyncio
import json

import asyncssh
import pytest
from tests.builtin_plugins.ssh.conftest import Site, until
from tests.builtin_plugins.ssh.notes import Note

from newel.testing.actors import actor


async def test_an_operation_runs_in_the_callers_name_with_its_exit_code_and_json(site: Site) -> None:
    reader = actor("ann", "notes.read", "notes.write")
    done = await site.run("notes add --text 'two words' --pinned --json", reader)
    assert (done.exit_status, json.loads(str(done.stdout))["text"], done.stderr) == (0, "two words", "")
    assert (site.notes.calls[0].door, site.notes.calls[0].actor.name, site.notes.calls[0].ip) == (
        "ssh", "ann", "127.0.0.1",
    )  # fmt: skip
    assert "two words" in str((await site.run("notes list", reader)).stdout)


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("notes add --text ' '", 2, "  /text: a note says something"),
        ("notes nothing", 2, "there is no command 'nothing' here"),
        ("nothing", 2, "there is no command 'nothing' here"),
        ("notes add --colour red", 2, "No such option"),
        ("notes add 'unfinished", 2, "the command cannot be read"),
        ("notes add --text @/etc/passwd", 2, "would be a file of the server"),
        ("notes local", 2, "there is no command 'local' here"),
        ("plugins why nosuch", 5, "there is no plugin 'nosuch'"),
    ],
)
async def test_mistakes_are_a_line_and_a_code(site: Site, command: str, code: int, told: str) -> None:
    done = await site.run(command)
    assert (done.exit_status, done.stdout) == (code, "")
    assert told in str(done.stderr)
    assert "Traceback" not in str(done.stderr)


async def test_who_may_not_is_told_and_noted(site: Site) -> None:
    done = await site.run("notes list", actor("bob"))
    assert (done.exit_status, "notes.read" in str(done.stderr)) == (6, True)
    assert ("bob", "notes.list", "denied") in [(row.actor, row.operation, row.outcome) for row in site.trail]
    done = await site.run("config show", actor("bob"))
    assert (done.exit_status, "site.settings" in str(done.stderr)) == (6, True)


async def test_standard_input_is_a_value(site: Site) -> None:
    done = await site.run("notes add --text - --json", input="from a pipe: ä")
    assert json.loads(str(done.stdout))["text"] == "from a pipe: ä"


async def test_what_is_no_text_is_refused(site: Site) -> None:
    done = await site.run("notes add --text -", input=b"\xff\xfe", encoding=None)
    assert (done.exit_status, b"not UTF-8" in bytes(done.stderr or b"")) == (2, True)


async def test_a_secret_comes_from_standard_input(site: Site) -> None:
    assert (await site.run("notes unlock", input="sesame\n")).stdout == "open\n"
    assert (await site.run("notes unlock", stdin=asyncssh.DEVNULL)).exit_status == 2


async def test_commands_of_plugins_that_are_marked_run_from_afar(site: Site) -> None:
    done = await site.run("notes shout hey you")
    assert (done.exit_status, done.stdout) == (3, "HEY YOU\n")
    assert "[ssh]" in str((await site.run("config explain ssh")).stdout)
    assert "ssh.port" in str((await site.run("config show")).stdout)
    assert "right" in str((await site.run("config check")).stdout)
    names = [row["plugin"] for row in json.loads(str((await site.run("plugins list --json")).stdout))]
    assert "notes" in names
    assert json.loads(str((await site.run("plugins info notes --json")).stdout))["commands"] == ["notes"]


async def test_help_tells_what_there_is(site: Site) -> None:
    connection = await site.admin()
    for command, told in (
        ("help", "Notes."), ("--help", "config"), ("notes", "Keeps a note"), ("help notes add", "What it says."),
        ("notes add --help", "--idempotency-key"), ("notes deep --help", "Looks deeper"),
    ):  # fmt: skip
        done = await connection.run(command)
        assert (done.exit_status, told in str(done.stdout)) == (0, True), (command, done.stdout)


async def test_words_are_completed(site: Site) -> None:
    connection = await site.admin()
    for command, lines in (
        ("complete no", ["notes\tNotes."]),
        ("complete notes sh", ["shout\tSay it louder."]),
        ("complete notes add --te", ["--text\tWhat it says."]),
        ("complete notes deep ''", ["look\tLooks deeper"]),
        ("complete nothing x", []),
    ):
        done = await connection.run(command)
        assert str(done.stdout).splitlines() == lines, command


async def test_output_waits_for_who_reads_slowly(site: Site) -> None:
    connection = await site.admin()
    process = await connection.create_process("notes many --count 20000 --json", encoding=None, window=65_536)
    await until(lambda: process.channel.get_recv_window() <= 65_536 and bool(site.door.sessions))
    line = next(iter(site.door.sessions)).channels[0]
    await until(lambda: line.channel.get_write_buffer_size() > 0)
    assert line.channel.get_write_buffer_size() < 1_000_000
    read = await process.stdout.read()
    assert len(json.loads(read)["data"]) == 20_000


async def test_a_client_that_leaves_ends_its_command(site: Site) -> None:
    connection = await site.admin()
    await connection.create_process("notes wait")
    await asyncio.wait_for(site.notes.begun.wait(), 5)
    connection.abort()
    await asyncio.wait_for(site.notes.cancelled.wait(), 5)


async def test_without_a_terminal_and_a_command_lines_are_commands(site: Site) -> None:
    done = await site.run("", input="notes add --text one\n# a remark\n\nnotes unlock\nnotes list\nexit\nnotes list\n")
    assert done.exit_status == 0
    assert "one" in str(done.stdout)
    assert "standard input holds the commands here" in str(done.stderr)
    assert "a command a line" in str(done.stderr)
    assert (await site.run("", input="nothing\n")).exit_status == 2


async def test_a_key_for_one_operation_runs_nothing_else(site: Site) -> None:
    key = site.knows(actor("admin"), key="robot", operation="notes.add")
    connection = await site.connect(key)
    for command in ("notes add --text a", "notes.add --text b", "--text c"):
        assert (await connection.run(command)).exit_status == 0
    assert [note.text for note in site.notes.kept] == ["a", "b", "c"]
    assert (await connection.run("notes list")).exit_status == 2
    assert (await connection.run("config show")).exit_status == 2
    assert "What it says." in str((await connection.run("--help")).stdout)
    assert (await connection.run("", input="notes list\n")).exit_status == 2  # no lines of commands either
    assert len(site.notes.kept) == 3


@pytest.mark.parametrize(
    "command", ["notes add --text a --as admin@example.org", "notes add --as=admin@example.org --text a"]
)
async def test_e3_20_nobody_becomes_somebody_else(site: Site, command: str) -> None:
    """``--as`` is for whoever may read the site's files: from afar it is no option, with a bound key neither."""
    site.accounts.actors["admin@example.org"] = actor("admin")
    robot = site.knows(actor("robot", "notes.write"), key="robot", operation="notes.add")
    for key in (site.knows(actor("ann", "notes.write")), site.knows(actor("admin")), robot):
        done = await (await site.connect(key)).run(command)
        assert (done.exit_status, "No such option" in str(done.stderr), done.stdout) == (2, True, "")
    done = await (await site.connect(robot)).run("notes add --help")
    assert "--text" in str(done.stdout)
    assert "--as" not in str(done.stdout)
    assert site.notes.kept == []


async def test_files_come_through_the_same_door(site: Site) -> None:
    connection = await site.admin()
    async with connection.start_sftp_client() as files:
        assert await files.listdir("/") == [".", ".."]
        with pytest.raises(asyncssh.SFTPError):
            await files.open("/etc/passwd")
        (one,) = next(iter(site.door.sessions)).what
        assert one == "files"


async def test_what_was_stored_cannot_command_the_terminal_that_shows_it(site: Site) -> None:
    stored = "\x1b]52;c;x\x07 \x9b31m \x7f \u202e \u2028 ä"
    site.notes.kept.append(Note(id="1", text=stored, tags=(stored,)))
    told = str((await site.run("notes list --json")).stdout)
    assert json.loads(told)["data"][0]["tags"] == [stored]
    shown = str((await site.run("notes list")).stdout)
    assert [one for one in told + shown if not one.isprintable() and one != "\n"] == []
    assert "ä" in told
