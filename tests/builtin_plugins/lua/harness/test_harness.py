"""``newel lua test``: what test files can do, what becomes of those that fail, and how it is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support import environment

from newel_lua.testing_command import test as command

pytestmark = pytest.mark.may_block  # a run of tests serves nobody
PLUGIN = {
    "init.lua": """
        plugin_info = {
          name = "tried", version = "1.0.0", description = "For the harness's own tests.",
          screens = { { name = "main", label = "Main" } },
        }
        request.register("api.example.org")
        local loads = 0
        http.handle("GET", "/hello", function(req)
          return { json = { who = req.actor and req.actor.name or "nobody", query = req.query.a } }
        end, { public = true })
        http.handle("POST", "/items", function(req)
          if not req.json or not req.json.title then
            return { status = 400, json = { error = "title is required" } }
          end
          db.insert("items", { title = req.json.title })
          return { status = 201, json = { count = db.count("items") } }
        end)
        http.handle("GET", "/fails", function() error("no luck") end)
        http.handle("GET", "/calls", function()
          local answer = request.get("https://api.example.org/v1/rate?day=1", { parse_json = true })
          return { json = { rate = answer.json.rate } }
        end)
        hooks.on("before_create", "content_data", function(data)
          if data.title == "" then error("a title is needed") end
          return { title = data.title .. "!" }
        end)
        hooks.on("after_create", "content_data", function(data) db.insert("items", { title = data.title }) end)
        hooks.on("before_read", "content_data", function(data)
          if data.slug == "/gate" then return { status = 402, json = { pay = true } } end
          return { _seen = data.slug }
        end)
        hooks.on("after_read", "content_data", function(data, state)
          return { headers = { ["x-seen"] = state._seen } }
        end)
        function on_init()
          db.define_table("items", { columns = { { name = "title", type = "text" } } })
          db.insert("items", { title = "from on_init" })
        end
    """,
    "screens/main.lua": """
        function screen(ctx)
          local event = coroutine.yield(tui.text({ "for " .. tostring(ctx.params.name) }))
          coroutine.yield({ action = "confirm", title = "Sure about " .. event.key .. "?" })
        end
    """,
    "lib/double.lua": "return function(x) return 2 * x end",
    "test/a_good.test.lua": """
        local double = require("double")
        local before, after = 0, 0
        test.setup(function() before = before + 1; db.insert("items", { title = "from setup" }) end)
        test.teardown(function() after = after + 1 end)

        function test_routes_and_who_asks()
          test.assert_eq({ who = "admin@example.org", query = "1" }, test.request("GET", "/hello?a=1").json)
          local full = test.request("GET", "/api/v1/plugins/tried/hello", { auth = "viewer" })
          test.assert_eq({ 200, "viewer@example.org" }, { full.status, full.json.who })
          test.assert_eq("nobody", test.request("GET", "hello", { auth = "none" }).json.who)
          test.assert_eq(401, test.request("POST", "/items", { body = "{}", auth = "none" }).status)
          test.assert_contains(full.headers["content-type"], "json")
          test.assert_contains(full.body, "viewer")
        end

        function test_each_test_begins_anew()
          test.assert_eq(2, db.count("items"), "on_init and setup")
          test.assert_eq({ 1, 0 }, { before, after })
          test.assert_eq(3, test.request("POST", "/items", { body = '{"title": "x"}' }).json.count)
        end

        function test_and_again()
          test.assert_eq(2, db.count("items"))
          test.assert_eq(8, double(4))
        end

        function test_hooks()
          local err, changed = test.fire_hook("before_create", "content_data", { title = "New" })
          test.assert_nil(err)
          test.assert_eq({ title = "New!" }, changed)
          test.assert_contains(test.fire_hook("before_create", "content_data", { title = "" }), "a title is needed")
          test.assert_nil(test.fire_hook("after_create", "content_data", { title = "told" }))
          test.assert(db.exists("items", { where = { title = "told" } }))
          local answer = test.fire_hook("before_read", "content_data", { slug = "/gate" })
          test.assert_eq({ 402, { pay = true } }, { answer.status, answer.json })
          local none, state, fault = test.fire_hook("before_read", "content_data", { slug = "/open" })
          test.assert_eq({ nil, "/open", nil }, { none, state._seen, fault })
          local headers = test.fire_hook("after_read", "content_data", { slug = "/open" }, state)
          test.assert_eq({ ["x-seen"] = "/open" }, headers)
        end

        function test_the_world_outside()
          test.mock_request("GET", "api.example.org/v1/rate", { json = { rate = 7 } })
          test.assert_eq(7, test.request("GET", "/calls").json.rate)
          test.assert_eq("https://api.example.org/v1/rate?day=1", test.requests()[1].url)
          test.mock_request("GET", "https://api.example.org/*", { json = { rate = 8 } })
          test.assert_eq(8, test.request("GET", "/calls").json.rate, "the latest rule goes first")
        end

        function test_screens()
          test.assert_eq("for Ada", test.screen("main", { name = "Ada" }).text)
          test.assert_eq("Sure about x?", test.press("x").dialog.title)
          test.assert(test.accept().over)
        end

        function test_errors_are_expected_by_text_or_pattern()
          test.assert_error(function() db.insert(5, {}) end, "table")
          test.assert_error(function() error("code 17") end, "code %d+")
          test.assert_error(function() error({ message = "tables too" }) end, "tables too")
          test.assert_neq({ 1 }, { 2 })
          test.assert_not_nil(false)
        end
    """,
    "test/b_bad.test.lua": """
        function test_failures_do_not_end_a_test()
          test.assert_eq({ a = 1 }, { a = 2 }, "tables")
          test.assert(nil)
          test.assert_contains("text", "other")
          test.assert_error(function() end)
          test.assert(true)
        end

        function test_an_error_does()
          test.assert(true)
          local nothing = nil
          return nothing.field
        end

        function test_what_was_not_mocked_is_told()
          test.assert_eq(200, test.request("GET", "/calls").status)
        end

        function test_a_route_that_fails_tells_where()
          test.assert_eq(200, test.request("GET", "/fails").status)
        end

        function test_a_server_that_fails_rests_within_a_test_only()
          test.mock_request("GET", "api.example.org/v1/rate", { status = 500, json = {} })
          for _ = 1, 6 do
            test.request("GET", "/calls")
          end
          test.mock_request("GET", "api.example.org/v1/rate", { json = { rate = 7 } })
          test.assert_eq(500, test.request("GET", "/calls").status)
        end

        function test_and_in_the_next_it_is_well()
          test.mock_request("GET", "api.example.org/v1/rate", { json = { rate = 7 } })
          test.assert_eq(200, test.request("GET", "/calls").status)
        end

        function test_it_has_an_end()
          while true do end
        end

        function test_the_next_one_goes_on()
          test.assert_eq(1, db.count("items"))
        end
    """,
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / "tried" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(line.removeprefix("        ") for line in text.removeprefix("\n").split("\n")))
    return folder / "tried"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    ended = CliRunner().invoke(command, [str(one) for one in arguments])
    return ended.exit_code, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one run said of each test."""
    code, out, _ = run(written(tmp_path_factory.mktemp("plugins"), PLUGIN), "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["file"] for one in found] == sorted(one["file"] for one in found)
    return {"code": code, **{one["test"]: one for one in found}}


def test_a_good_test_file_passes(lines: dict[str, Any]) -> None:
    good = [one for one in lines.values() if isinstance(one, dict) and one["file"] == "a_good.test.lua"]
    assert [one["failures"] for one in good if not one["passed"]] == []
    assert [one["test"] for one in good] == [
        "test_routes_and_who_asks", "test_each_test_begins_anew", "test_and_again", "test_hooks",
        "test_the_world_outside", "test_screens", "test_errors_are_expected_by_text_or_pattern",
    ]  # fmt: skip
    assert set(good[0]) == {"file", "test", "passed", "duration_ms", "assertions", "failures"}


def test_failures_are_told_with_their_lines(lines: dict[str, Any]) -> None:
    assert lines["code"] == 1
    soft = lines["test_failures_do_not_end_a_test"]
    assert (soft["passed"], soft["assertions"]) == (False, 5)
    assert soft["failures"] == [
        {"message": "tables: expected { a = 1 }, got { a = 2 }", "line": 2},
        {"message": "expected something that is true, got nil", "line": 3},
        {"message": 'expected "other" in "text"', "line": 4},
        {"message": "expected an error, none was raised", "line": 5},
    ]
    hard = lines["test_an_error_does"]
    assert (hard["assertions"], hard["failures"][0]["line"]) == (1, 12)
    assert "attempt to index local 'nothing'" in hard["failures"][0]["message"]
    assert hard["failures"][0]["error"].startswith("test/b_bad.test.lua:12:")


def test_what_went_wrong_inside_is_told(lines: dict[str, Any]) -> None:
    for test, text in (("not_mocked_is_told", "no rule matched GET api.example.org/v1/rate"),
                       ("route_that_fails_tells_where", "no luck")):  # fmt: skip
        failed = next(one for name, one in lines.items() if name.endswith(test))
        assert text in json.dumps(failed["failures"])
        assert "init.lua:" in json.dumps(failed["failures"])


def test_a_test_without_an_end_is_ended_and_the_next_goes_on(lines: dict[str, Any]) -> None:
    assert lines["test_it_has_an_end"]["failures"][0]["message"] == "the plugin used up its instructions"
    assert lines["test_the_next_one_goes_on"]["passed"]
    assert lines["test_and_in_the_next_it_is_well"]["passed"]


def test_it_needs_nothing_that_only_tests_of_ours_need(tmp_path: Path) -> None:
    """A server has no pytest, and its operators write plugins."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('pytest', 'blockbuster', 'hypothesis', '_pytest')))\n"
        "from newel_lua.testing_command import test; test(sys.argv[1:])"
    )
    folder = written(tmp_path, {
        "init.lua": 'plugin_info = { name = "tried", version = "1", description = "x" }',
        "test/x.test.lua": "function test_a() test.assert(true) end",
    })  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=60, check=False, env=environment()
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "1 passed" in ended.stdout


def test_for_people(tmp_path: Path) -> None:
    folder = written(tmp_path, {
        "init.lua": 'plugin_info = { name = "tried", version = "1", description = "x" }',
        "test/x.test.lua": "function test_a() test.assert(true) end\nfunction test_b() test.assert(1 == 2, 'sums') end",
    })  # fmt: skip
    code, out, _ = run(folder, "-v")
    assert code == 1
    shown = [line.split(" (")[0] for line in out.splitlines()]
    assert shown == [
        "tried", "", "  x.test.lua", "    ✓ test_a", "    ✗ test_b",
        "        test/x.test.lua:2: sums: expected something that is true, got false", "", "1 passed, 1 failed",
    ]  # fmt: skip
    assert "1 assertions" in out
    code, out, _ = run(folder, "--filter", "test_a")
    assert (code, out.count("test_")) == (0, 1)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"init.lua": "error('not today')"}, "init.lua:1: not today"),
        ({"plugin.toml": ""}, "has no init.lua"),
        (
            {
                "init.lua": 'plugin_info = { name = "tried", version = "1", description = "x" }',
                "test/x.test.lua": "function test_a( end",
            },
            "test/x.test.lua does not load: test/x.test.lua:1:",
        ),
    ],
    ids=["init", "none", "test"],
)
def test_what_does_not_load_ends_with_two(tmp_path: Path, files: dict[str, str], said: str) -> None:
    code, _, err = run(written(tmp_path, files))
    assert code == 2
    assert said in err
