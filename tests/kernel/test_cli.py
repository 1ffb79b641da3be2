"""The command: help from manifests, operations as commands, exit codes, plugins switched in the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import click
import pytest
from attrs import frozen
from tests.kernel.plugins import plugin

from newel import (
    PUBLIC,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    Secret,
    ShownOnce,
    Transient,
    hookimpl,
    operation,
    operations_of,
)  # fmt: skip
from newel.app import App
from newel.cli import exit_code, run
from newel.context import Call
from newel.discover import Found, explicit
from newel.errors import NewelError
from newel.manifest import Manifest
from newel.operations import Operation

Cli = Callable[..., tuple[int, str, str]]


class Ink: ...


@frozen(kw_only=True)
class NewCard:
    box: Annotated[str, "Which box."]
    title: Annotated[str, "The title."] = ""
    stars: Annotated[int, "How many."] = 0
    done: Annotated[bool, "Whether."] = False
    tags: Annotated[tuple[str, ...], "Words."] = ()
    more: Annotated[dict[str, Any] | None, "Anything."] = None


@frozen
class Made:
    id: str
    token: ShownOnce[str]
    given: dict[str, Any]


@frozen(kw_only=True)
class Key:
    key: Annotated[Secret[str], "The key."]


class Cards:
    def __init__(self, app: App) -> None:
        self.app = app

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @hookimpl
    def register_commands(self) -> list[click.Command]:
        @click.group("cards")
        def group() -> None:
            """Cards."""

        @group.command()
        def shuffle() -> None:
            """Shuffles."""
            click.echo("shuffled")

        return [group]

    @operation("cards.new_card", needs=PUBLIC, http="POST /boxes/{box}/cards", effect="write")
    async def new_card(self, call: Call, order: NewCard) -> Made:
        """Puts a card into a box."""
        assert (call.door, call.actor.kind, call.actor.everything) == ("cli", "system", True)
        if order.title == "taken":
            raise Conflict("there is one already")
        return Made("c1", ShownOnce("t0ken"), self.app.structurer.unstructure(order))

    @operation("cards.list", needs=PUBLIC)
    async def list(self, call: Call) -> dict[str, Any]:
        """Lists cards."""
        return {"data": [{"id": "c1", "title": "a\x1b[2Jb"}, {"id": "c2", "title": None}], "links": {"next": "n"}}

    @operation("cards.marks.put_up", needs=PUBLIC)
    async def put_up(self, call: Call) -> str:
        """Puts a mark up."""
        return "up"

    @operation("cards.shuffle.twice", needs=PUBLIC)
    async def twice(self, call: Call) -> str:
        """Shuffles twice."""
        return "never"

    @operation("cards.unlock", needs=PUBLIC)
    async def unlock(self, call: Call, order: Key) -> str:
        """Unlocks."""
        return f"{order.key} {order.key.reveal() == 'open'}"


CARDS = plugin("cards", Cards, provides=(Ink,), commands={"cards": "Cards in boxes."})
LEANS = plugin("leans", None, needs=(Ink,))
EXTRA = plugin("extra", None, optional=True)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    def found() -> list[Found]:
        return explicit([CARDS, LEANS, EXTRA])

    monkeypatch.setattr("newel.cli.site.from_entry_points", found)

    (tmp_path / "newel.toml").touch()

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--site", str(tmp_path), *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_help_lists_ours_and_theirs_without_loading_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel.app.App.build", None)
    code, out, _ = cli("--help")
    assert code == 0
    assert "serve Start the site" in " ".join(out.split())
    assert "cards  Cards in boxes." in out


@pytest.mark.parametrize("error", [ImportError("no"), SystemExit(7)])
def test_help_comes_even_when_all_is_broken(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def broken() -> Manifest:
        raise error

    monkeypatch.setattr("newel.cli.site.from_entry_points", lambda: [Found("x", "package x", False, broken)])
    assert cli("--help")[0] == 0
    (tmp_path / "newel.toml").write_text("[", "utf-8")
    assert cli("--help")[0] == 0


def test_an_operation_is_a_command(cli: Cli, tmp_path: Path) -> None:
    code, out, err = cli(
        "cards",
        "new-card",
        "b1",
        "--title",
        "x",
        "--stars",
        "3",
        "--done",
        "--tags",
        "a,b",
        "--more",
        '{"k": [1]}',
        "--json",
    )
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "id": "c1", "token": "t0ken",
        "given": {"box": "b1", "title": "x", "stars": 3, "done": True, "tags": ["a", "b"], "more": {"k": [1]}},
    }  # fmt: skip
    (tmp_path / "more.json").write_text('{"from": "file"}', "utf-8")
    assert '"from": "file"' in cli("cards", "new-card", "b1", "--more", f"@{tmp_path}/more.json")[1]
    assert cli("cards", "shuffle")[1] == "shuffled\n"
    assert "Puts a card into a box" in cli("cards", "--help")[1]


def test_operations_of_three_parts_are_groups_in_groups(cli: Cli) -> None:
    assert cli("cards", "marks", "put-up")[:2] == (0, "up\n")
    assert "Puts a mark up" in cli("cards", "marks")[2]
    assert cli("cards", "shuffle", "twice")[0] == 2, "a command of the plugin's own goes first"


def test_a_command_makes_no_site(cli: Cli, tmp_path: Path) -> None:
    """In a folder without a site it says so, and leaves nothing there."""
    (tmp_path / "newel.toml").unlink()
    code, _, err = cli("cards", "new-card", "b")
    assert (code, err.startswith(f"newel: there is no site in {tmp_path}")) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_user_is_one_line_that_says_what_to_do(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "data")  # root may write anywhere
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("os.getegid", lambda: 1000)
    code, _, told = cli("init")
    assert code == 1
    assert told.startswith(f"newel: cannot write into {tmp_path / 'data'}, which belongs to user ")
    assert "chown -R 1000:1000 the folder" in told
    assert told.count("\n") == 1


def test_tables_for_people_and_no_escape_for_their_terminals(cli: Cli) -> None:
    _, out, _ = cli("cards", "list")
    assert out == "id  title\nc1  a\\x1b[2Jb\nc2  -\nmore: --cursor n\n"


def test_secrets_are_asked_for_not_echoed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: "open")
    _, out, _ = cli("cards", "unlock")
    assert "*** True" in out
    assert "open" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("cards", "new-card", "b", "--title", "taken"), 4, "newel: there is one already\n"),
        (("cards", "new-card", "b", "--stars", "x"), 2, "  /stars: expected an integer\n"),
        (("cards", "new-card", "b", "--more", "{"), 2, "  /more: expected a JSON object\n"),
        (("cards", "new-card", "b", "--more", "@/no/such"), 2, "cannot read /no/such"),
        (("cards", "new-card"), 2, "Missing argument 'BOX'"),
        (("cards", "nothing"), 2, "No such command 'nothing'"),
        (("nothing",), 2, "No such command 'nothing'"),
        (("--set", "cards=1", "check"), 1, "expected --set section.key=value"),
        (("serve", "--set", "cards=1"), 1, "expected --set section.key=value"),
        (("check", "--set", "cards.a=1"), 2, "--set stands before the command: newel --set ..."),
        (("plugins", "why", "card"), 5, "there is no plugin 'card'; did you mean 'cards'?"),
        (("config", "explain", "logs"), 5, "there is no section [logs]; did you mean 'log'?"),
    ],
)
def test_mistakes_are_one_line_and_a_code(cli: Cli, arguments: tuple[str, ...], code: int, told: str) -> None:
    ended, _, err = cli(*arguments)
    assert ended == code, err
    assert told in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Malformed("x"), 2), (Conflict("x"), 4), (PreconditionFailed("x"), 4), (NotFound("x"), 5), (Forbidden("x"), 6),
        (Transient("x"), 1),
    ],
)  # fmt: skip
def test_exit_codes(error: NewelError, code: int) -> None:
    assert exit_code(error) == code


def test_looking_at_plugins(cli: Cli) -> None:
    rows = json.loads(cli("plugins", "list", "--json")[1])
    assert [(row["plugin"], row["state"]) for row in rows] == [
        ("cards", "on"), ("leans", "on"), ("extra", "off: optional; switch it on with [plugins] enable"),
    ]  # fmt: skip
    assert cli("plugins", "why", "leans")[1] == "leans needs Ink (leans → cards)\n"
    facts = json.loads(cli("plugins", "info", "cards", "--json")[1])
    assert facts["operations"][:2] == ["cards.new_card", "cards.list"]
    assert facts["hooks"] == ["register_commands", "register_operations"]
    assert "extra does not run: off: optional" in cli("plugins", "why", "extra")[1]


def test_switching_plugins_keeps_the_rest_of_the_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "newel.toml"
    file.write_text('# mine\n[log]\nlevel = "error"  # quiet\n', "utf-8")
    assert cli("plugins", "disable", "leans")[1] == "leans is off from the next start (newel serve)\n"
    assert file.read_text("utf-8").startswith('# mine\n[log]\nlevel = "error"  # quiet\n')
    assert "leans" not in cli("check")[1]
    cli("plugins", "enable", "leans")
    cli("plugins", "enable", "extra")
    assert "order: cards → extra → leans" in cli("check")[1]


def test_what_others_need_stays_on(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    before = (tmp_path / "newel.toml").read_text("utf-8")
    code, _, err = cli("plugins", "disable", "cards")
    assert code == 1
    assert "cannot disable cards: leans needs Ink (leans → Ink → cards)" in err
    assert (tmp_path / "newel.toml").read_text("utf-8") == before


def test_config_commands(cli: Cli) -> None:
    assert "NEWEL__LOG__LEVEL" in cli("config", "explain", "log")[1]
    assert "log.level" in cli("--set", "log.level=debug", "config", "show", "--origin")[1]
    assert "--set log.level" in cli("--set", "log.level=debug", "config", "show", "--origin")[1]
    assert cli("config", "check")[1] == "the configuration is right\n"


def test_a_value_of_a_file_that_the_environment_names_is_told_with_that_file(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").write_text("extras\n")
    (tmp_path / "extras").mkdir()
    (tmp_path / "extras" / "mine.py").write_text(
        "from newel import Manifest\nmanifest = Manifest(name='mine', summary='s', load='mine:Mine')\nclass Mine: ...\n"
    )
    monkeypatch.setenv("NEWEL__PLUGINS__DIR_FILE", "folder")
    code, out, _ = cli("config", "show", "--origin")
    row = next(line for line in out.splitlines() if line.startswith("plugins.dir"))
    assert (code, row.split()[1:]) == (0, ['"extras"', "environment", "NEWEL__PLUGINS__DIR_FILE", "(folder)"])
    assert "mine" in cli("plugins", "list")[1]
    (tmp_path / "folder").unlink()
    code, _, err = cli("check")
    assert code == 1
    assert "plugins.dir: NEWEL__PLUGINS__DIR_FILE names 'folder': No such file or directory" in err


def test_the_plugins_folder(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "dropped_in"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "from newel import Manifest\n"
        "manifest = Manifest(name='dropped_in', summary='mine', load='dropped_in.plugin:It')\n", "utf-8"
    )  # fmt: skip
    (folder / "plugin.py").write_text("class It:\n    def __init__(self, app):\n        self.app = app\n", "utf-8")
    (tmp_path / "plugins" / "broken_one.py").write_text("1/0\n", "utf-8")
    code, out, err = cli("check")
    assert code == 3
    assert "dropped_in" in out
    assert (
        "plugin 'broken_one' failed at manifest\n  cause: ZeroDivisionError: division by zero (broken_one.py:1)" in err
    )
    assert "remedy: repair it (folder " in err
    assert cli("--safe", "check")[0] == 0
    assert cli("--strict", "check")[0] == 1
    cli("plugins", "disable", "broken_one")
    assert cli("check")[0] == 0


@click.command("knock")
@click.pass_obj
def knock(site: Any) -> None:
    """Knocks."""
    click.echo(f"at {site.folder.name}")


BARE = f"{__name__}:knock"


@pytest.mark.parametrize(
    ("where", "code", "told"),
    [
        (BARE, 0, "at "),
        ("no_such_module:knock", 1, "the command 'knock' of 'door' cannot be loaded: No module named 'no_such_module'"),
        (f"{__name__}:Cards", 1, "test_cli:Cards, a command of 'door', is no click command"),
    ],
)
def test_a_command_that_needs_no_application_runs_where_the_site_cannot_start(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, where: str, code: int, told: str
) -> None:
    door = plugin("door", Cards, commands={"knock": "Knock."}, bare={"knock": where})
    monkeypatch.setattr("newel.cli.site.from_entry_points", lambda: explicit([CARDS, door]))
    assert "Knock." in cli("--help")[1]
    found, out, err = cli("--set", "log.level=wrong", "knock")
    assert (found, told in out + err) == (code, True)
    assert cli("--set", "plugins.disable=door", "knock")[0] in (1, 2)
