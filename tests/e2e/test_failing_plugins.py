"""A plugin of others that fails, at each stage: three lines name it, and the rest serves; unless all must run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from time import monotonic

import pytest
from attrs import frozen
from tests.support import PORTS, Site, newel, request, running

pytestmark = pytest.mark.slow
NAME = "faulty"
HEAD = """\
from contextlib import asynccontextmanager
from typing import Annotated
from attrs import frozen
from newel import Manifest, Min, hookimpl
"""
MANIFEST = "manifest = Manifest(name='faulty', summary='Fails.', load='faulty:Faulty', required={required})\n"
CONFIGURED = """\
@frozen(kw_only=True)
class Config:
    size: Annotated[int, "How big.", Min(10)] = 10
manifest = Manifest(name='faulty', summary='Fails.', load='faulty:Faulty', config=Config, required={required})
class Faulty:
    def __init__(self, app, config): ...
"""
NEEDY = """\
class Promise: ...
manifest = Manifest(name='faulty', summary='x', load='faulty:X', needs=[Promise], required={required})
"""
CLASS = MANIFEST + "class Faulty:\n    def __init__(self, app): ...\n"
RUNNING = "    @asynccontextmanager\n    async def running(self):\n"
SERVING = "    @asynccontextmanager\n    async def serving(self):\n"
BEFORE_SAVE = (
    "    @hookimpl\n    def content_before_save(self, draft):\n        if draft.data['title'] == 'x':\n            "
)


@frozen
class Case:
    """``code`` fails at ``stage`` for ``cause``, at its line with ``# here`` where it has one."""

    stage: str
    code: str
    cause: str
    remedy: str = "repair it (folder {file}), or run: newel plugins disable faulty"
    toml: str = ""

    def write(self, folder: Path, more: str = "", *, required: bool = False) -> tuple[str, str, str]:
        """Drops the plugin into the site's folder; answers the report that has to come of it."""
        file = folder / "plugins" / f"{NAME}.py"
        file.parent.mkdir(exist_ok=True)
        text = HEAD + self.code.replace("{required}", str(required))
        file.write_text(text, "utf-8")
        (folder / "newel.toml").write_text(self.toml + more, "utf-8")
        here = [number for number, line in enumerate(text.splitlines(), 1) if "# here" in line]
        cause = f"cause: {self.cause}" + (f" ({file.name}:{here[0]})" if here else "")
        return f"plugin '{NAME}' failed at {self.stage}", cause, "remedy: " + self.remedy.format(file=file)


CASES = {
    "manifest": Case("manifest", "raise RuntimeError('no such thing')  # here\n", "RuntimeError: no such thing"),
    "select": Case(
        "select", NEEDY, "faulty needs Promise, which no plugin provides (faulty → Promise)",
        "install a plugin that provides it, or disable faulty",
    ),
    "config": Case(
        "config", CONFIGURED, "faulty.size: must be at least 10  (newel.toml)", toml="[faulty]\nsize = 1\n"
    ),
    "import": Case(
        "import",
        MANIFEST + "class Faulty:\n    def __init__(self, app):\n        import nowhere_at_all  # here\n",
        "ModuleNotFoundError: No module named 'nowhere_at_all'",
    ),
    "collect": Case(
        "collect",
        CLASS + "    @hookimpl\n    def register_operations(self):\n        raise LookupError('none today')  # here\n",
        "LookupError: none today",
    ),
    "start": Case(
        "start", CLASS + RUNNING + "        raise ConnectionError('no engine')  # here\n        yield\n",
        "ConnectionError: no engine",
    ),
    "start of serving": Case(
        "start", CLASS + SERVING + "        raise ConnectionError('no door')  # here\n        yield\n",
        "ConnectionError: no door",
    ),
    "hook after the commit": Case(
        "hook",
        CLASS + "    @hookimpl\n    def content_after_save(self, event):\n        raise OSError('no disk')  # here\n",
        "content_after_save: OSError: no disk",
    ),
    "hook inside the transaction": Case(
        "hook", CLASS + BEFORE_SAVE + "raise OSError('no disk')  # here\n", "content_before_save: OSError: no disk"
    ),
}  # fmt: skip
MUST_RUN = [
    *((name, how) for name, case in CASES.items() if case.stage != "hook" for how in ("strict", "configured")),
    ("config", "manifest"),
    ("start", "manifest"),
]
"""Which plugin must run, and who says so. Hooks are called while readers are served: that never stops the site."""


def degraded(site: Site, token: str | None) -> list[dict[str, str]]:
    answer = request("GET", f"{site.url}/readyz", token=token)
    assert answer.status == 200
    return answer.json()["degraded"]  # type: ignore[no-any-return]  # JSON


def until_degraded(site: Site) -> list[dict[str, str]]:
    """A hook after the commit is told soon after the answer, not before it."""
    ends = monotonic() + 20
    while not (found := degraded(site, site.token)) and monotonic() < ends:
        continue
    return found


@pytest.mark.parametrize("name", CASES)
def test_it_is_named_and_the_rest_serves(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    report = case.write(tmp_path)
    with running(tmp_path) as site:
        made = site.api("POST", "/types", {"name": "post", "fields": [{"name": "title", "type": "text"}]})
        assert made.status == 201
        first = site.api("POST", "/content/post", {"data": {"title": "x"}})
        if name == "hook inside the transaction":
            assert (first.status, first.json()["code"]) == (500, "plugin_error")
            assert NAME in first.json()["detail"]
        else:
            assert first.status == 201
        assert site.api("POST", "/content/post", {"data": {"title": "y"}}).status == 201
        told = until_degraded(site)
        assert [
            (f"plugin '{one['plugin']}' failed at {one['stage']}", f"cause: {one['cause']}", f"remedy: {one['remedy']}")
            for one in told
        ] == [report]
        assert degraded(site, None) == [{"plugin": NAME, "stage": case.stage}]
        listed = newel("plugins", "list", folder=tmp_path)
        assert listed.returncode == 0
        assert re.search(rf"^{NAME} +failed at {case.stage} ", listed.stdout, re.MULTILINE)
        assert "\n  ".join(report) in listed.stderr
        assert site.stop() == 0
    logged = [re.sub(r" request_id=\w+$", "", line.partition(" error   ")[2]) for line in site.said]
    at = logged.index(report[0])
    assert tuple(logged[at : at + 3]) == report
    assert "Traceback" not in "\n".join(site.lines)
    if case.stage in ("start", "hook"):  # what failed in a site that is no longer there is not told of it
        states = json.loads(newel("plugins", "list", "--json", folder=tmp_path).stdout)
        assert [row["state"] for row in states if row["plugin"] == NAME] == ["on"]


@pytest.mark.parametrize(("name", "how"), MUST_RUN)
def test_what_must_run_stops_with_the_same_report(name: str, how: str, tmp_path: Path) -> None:
    case = CASES[name]
    more = f'[plugins]\nrequired = ["{NAME}"]\n' if how == "configured" else ""
    report = case.write(tmp_path, more, required=how == "manifest")
    strict = ["--strict"] if how == "strict" else []
    ended = newel(*strict, *PORTS, "serve", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.endswith("newel: " + "\n  ".join(report) + "\n")
    assert "up after" not in ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_remedy_works(tmp_path: Path) -> None:
    CASES["manifest"].write(tmp_path)
    assert newel("check", folder=tmp_path).returncode == 3
    assert newel("plugins", "disable", NAME, folder=tmp_path).returncode == 0
    with running(tmp_path) as site:
        assert degraded(site, None) == []
    again = newel("plugins", "enable", NAME, folder=tmp_path)
    assert again.returncode == 0
    assert f"plugin '{NAME}' failed at manifest" in again.stderr
    assert "Traceback" not in again.stderr
