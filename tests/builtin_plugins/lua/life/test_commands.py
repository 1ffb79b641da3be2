"""``newel lua new``, ``check`` and ``info``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from newel.cli.operations import plugin_command
from newel.cli.plugins import plugins
from newel.cli.site import Site
from newel.errors import Conflict, NotFound, Reject
from newel.testing.app import build_app
from newel.testing.engines import LASTING
from newel_lua.commands import lua

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "newel.toml").write_text("")
    (tmp_path / "plugins").mkdir()
    return Site(tmp_path)


def run(site: Site, *arguments: str, command: click.Group = lua) -> Result:
    """A command, in a process of its own as far as the site can tell."""
    app = build_app(["database", "migrations", "lua"], {"lua": {"shipped": False}, **LASTING}, folder=site.folder)
    site._app = app
    if arguments[0] not in command.commands:
        command = plugin_command(site, "lua")  # type: ignore[assignment]  # a group
    result = CliRunner().invoke(command, arguments, obj=site, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, Conflict | NotFound | Reject):
        raise result.exception
    return result


def test_a_new_plugin_has_no_mistakes(site: Site) -> None:
    assert run(site, "new", "greeter").exception is None
    folder = site.folder / "plugins" / "lua" / "greeter"
    assert (folder / "test" / "hello.test.lua").exists()
    result = run(site, "check", str(folder))
    assert result.return_value == 0
    assert result.output == "greeter 0.1.0: fine; it asks for 1\n  route:GET /hello/{name}  (public)\n"
    assert isinstance(run(site, "new", "greeter").exception, Conflict)
    assert isinstance(run(site, "new", "Bad-Name").exception, Reject)


def test_newel_plugins_info_knows_plugins_in_lua_and_what_they_may_not(site: Site) -> None:
    run(site, "new", "greeter")
    told = run(site, "info", "greeter", command=plugins).output
    assert 'not_approved: ["route:GET /hello/{name}"]' in told
    assert isinstance(run(site, "info", "nobody", command=plugins).exception, NotFound)


def test_check_tells_all_mistakes_with_file_and_line(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    (folder / "lib").mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "right"\nversion = "1"\nsummary = "x"\nneeds = ["nothing"]\n')
    (folder / "init.lua").write_text("local x = 1\nlocal y = = 2\n")
    (folder / "lib" / "x.lua").write_text("return {\n")
    result = run(site, "check", str(folder))
    assert result.return_value == 1
    told = [line.removeprefix(f"{folder}/") for line in result.output.splitlines()]
    assert told == [
        "plugin.toml:1: name: the plugin says it is 'right', but its folder is 'wrong': make them equal",
        "plugin.toml:4: needs: there is no need 'nothing'",
        "init.lua:2: unexpected symbol near '='",
        "lib/x.lua:2: unexpected symbol near '<eof>'",
    ]


def test_without_the_extra_a_site_runs_and_says_what_to_install(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; sys.modules['msgpack'] = sys.modules['lupa'] = None; import newel_lua.plugin"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    monkeypatch.setitem(sys.modules, "lupa", None)
    run(site, "new", "greeter")
    assert "plugins in Lua need lupa: pip install 'newel[lua]'" in run(site, "info", "greeter").output


def test_check_tells_what_goes_wrong_when_it_is_looked_at(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "init.lua").write_text('plugin_info = {}\nerror("no")\n')
    assert f"{folder}/init.lua:2: no" in run(site, "check", str(folder)).output
    (folder / "init.lua").write_text(
        'plugin_info = {name = "wrong", version = "1", description = "x", screens = {{name = "main"}}}'
    )
    assert "screens/main.lua: the manifest names it, and it is not there" in run(site, "check", str(folder)).output
    (folder / "init.lua").write_text("while true do end")
    assert run(site, "check", str(folder)).return_value == 1
    assert "nowhere/init.lua: cannot be read" in run(site, "check", str(tmp_path / "nowhere")).output


def test_what_a_plugin_asks_for_is_shown_and_approved_by_command(site: Site) -> None:
    run(site, "new", "greeter")
    told = run(site, "info", "greeter").output
    assert "not enabled: newel lua enable greeter" in told
    assert "route:GET /hello/{name}  public  not approved" in told
    run(site, "approve", "greeter", "--all")
    run(site, "enable", "greeter")
    found = json.loads(run(site, "info", "greeter", "--json").output)
    assert (found["enabled"], found["state"]) == (True, "stopped"), "no process serves"
    assert [one["approved"] for one in found["request"]] == [True]
    assert "greeter" in run(site, "list").output
    run(site, "set", "greeter", "--settings", '{"greeting": "Hi"}')
    assert "greeting = Hi" in run(site, "info", "greeter").output
