"""``newel lua new``: a plugin that works, with a test that passes."""

from __future__ import annotations

from pathlib import Path

from newel import Conflict, Reject
from newel_lua.discovery import NAME, RULE

_FILES = {
    "plugin.toml": """\
name = "@name@"
version = "0.1.0"
summary = "What it is for, in a sentence."
license = "MIT"
needs = ["http.route"]

[settings]
greeting = { type = "text", default = "Hello", max = 100, summary = "The word that it greets with." }
""",
    "init.lua": """\
-- GET /api/v1/plugins/@name@/hello/Ada answers {"message": "Hello, Ada!"}.
local greetings = require("greetings")

http.handle("GET", "/hello/{name}", function(request)
  return { json = { message = greetings.greet(settings.get("greeting"), request.params.name) } }
end, { public = true })
""",
    "lib/greetings.lua": """\
local greetings = {}

function greetings.greet(word, name)
  return word .. ", " .. name .. "!"
end

return greetings
""",
    "test/hello.test.lua": """\
function test_it_greets_by_name()
  local answer = test.request("GET", "/hello/Ada", { auth = "none" })
  test.assert_eq(200, answer.status)
  test.assert_eq({ message = "Hello, Ada!" }, answer.json)
end
""",
    "README.md": """\
# @name@

What it is for, in a sentence.

    newel lua check .          # mistakes, with file and line
    newel lua test .           # runs test/*.test.lua
    newel lua approve @name@ --all && newel lua enable @name@
""",
}


def write_plugin(name: str, into: Path) -> Path:
    """Writes the folder and answers it. Raises ``Reject`` for a name that is none, ``Conflict`` where it is taken."""
    if not NAME.fullmatch(name):
        raise Reject(RULE)
    folder = into / name
    if folder.exists():
        raise Conflict(f"{folder} is there already")
    for path, text in _FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("@name@", name), "utf-8")
    return folder
