"""contrib/example_plugin as a stranger installs it: a package beside Newel, of which nothing changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from tests.support import Site, environment, newel, running

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).parents[2] / "contrib" / "example_plugin"
TOML = '[imprint]\nbanned_words = ["synergy"]\n'
BOOK: dict[str, Any] = {
    "name": "book",
    "fields": [{"name": "title", "type": "text"}, {"name": "isbn", "type": "isbn", "indexed": True}],
}
NEVER = "raise SystemExit('imported')\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the package into, from a copy that lies outside the repository."""
    folder = tmp_path_factory.mktemp("stranger")
    source = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
    more = ["--python", sys.executable, "--offline"] if uv.exists() else ["--no-index"]
    subprocess.run(
        [*command, "install", "-q", *more, "--no-deps", "--no-build-isolation", "--target", str(folder / "target"),
         str(source)],
        check=True, capture_output=True, timeout=100, env=environment(),
    )  # fmt: skip
    return folder / "target"


@pytest.fixture
def installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every process of the test finds the package."""
    monkeypatch.setenv("PYTHONPATH", str(package))
    return package


def published(site: Site, total: int) -> Any:
    """The counts, when they have come to ``total``: they are told soon after the publication, not before its answer."""
    ends = monotonic() + 20
    while (answer := site.api("GET", "/imprint/published")).json()["total"] < total and monotonic() < ends:
        continue
    return answer.json()


def refusal(site: Site, **data: str) -> tuple[int, str, str]:
    answer = site.api("POST", "/content/book", {"data": data})
    fault = answer.json()["errors"][0]
    return answer.status, fault["pointer"], fault["code"]


def test_its_own_tests_pass_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False, env=environment(),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout


def test_all_that_it_brings_is_there_and_then_off(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text(TOML, "utf-8")
    with running(tmp_path) as site:
        assert site.api("POST", "/types", BOOK).status == 201

        # the field type
        made = site.api("POST", "/content/book", {"data": {"title": "One", "isbn": "3-16-148410-X"}}).json()
        assert made["data"]["isbn"] == "9783161484100"
        found = site.api("GET", "/content/book?filter[isbn]=978-3-16-148410-0").json()
        assert [one["id"] for one in found["data"]] == [made["id"]]
        assert refusal(site, isbn="978-3-16-148410-1") == (422, "/data/isbn", "check_digit")

        # the hook before a save, and the configuration that it reads
        assert refusal(site, title="All synergy") == (422, "/data/title", "banned_word")

        # the hook after a publication, and the operation over HTTP
        assert published(site, 0) == {"total": 0, "by_type": {}}
        assert site.api("POST", f"/content/book/{made['id']}/publish").status == 200
        assert published(site, 1) == {"total": 1, "by_type": {"book": 1}}
        assert site.api("GET", "/imprint/published", anonymous=True).status == 401
        assert "/api/v1/imprint/published" in site.api("GET", "/openapi.json").json()["paths"]
        assert site.api("GET", "/delivery/book", anonymous=True).json()["data"][0]["data"]["isbn"] == "9783161484100"
        assert site.stop() == 0

    # the operation and the command in a shell
    assert json.loads(newel("imprint", "published", "--json", folder=tmp_path).stdout)["total"] == 1
    checked = newel("imprint", "check", "978-3-16-148410-0", folder=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "9783161484100\n")
    wrong = newel("imprint", "check", "978-3-16-148410-1", folder=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "newel: '978-3-16-148410-1': the last digit of this ISBN would be 0\n",
    )
    assert "ISBNs and publications." in newel("--help", folder=tmp_path).stdout
    assert "banned_words" in newel("config", "explain", "imprint", folder=tmp_path).stdout
    listed = json.loads(newel("plugins", "list", "--json", folder=tmp_path).stdout)
    assert [(one["state"], one["origin"]) for one in listed if one["plugin"] == "imprint"] == [
        ("on", "package newel-imprint")
    ]

    switched_off_it_is_never_imported(installed, tmp_path, site.token, made["id"])


def switched_off_it_is_never_imported(installed: Path, folder: Path, token: str, entry: str) -> None:
    """Whoever imports any of it now ends."""
    assert newel("plugins", "disable", "imprint", folder=folder).returncode == 0
    kept = {file: file.read_bytes() for file in (installed / "newel_imprint").glob("*.py")}
    try:
        for file in kept:
            file.write_text(NEVER, "utf-8")
        proof = subprocess.run(
            [sys.executable, "-c", "import newel_imprint"], capture_output=True, text=True, check=False,
            env=environment(), timeout=60,
        )  # fmt: skip
        assert proof.stderr == "imported\n"
        assert newel("check", folder=folder).returncode == 0
        assert "imprint" not in newel("--help", folder=folder).stdout
        gone = newel("imprint", "check", "978-3-16-148410-0", folder=folder)
        assert (gone.returncode, "imported" in gone.stderr) == (2, False)
        with running(folder, token=token) as site:
            assert site.api("GET", "/imprint/published").status == 404
            assert "/api/v1/imprint/published" not in site.api("GET", "/openapi.json").json()["paths"]
            another = site.api("POST", "/types", BOOK | {"name": "other"})
            assert (another.status, another.json()["errors"][0]["pointer"]) == (422, "/fields/1/type")
            assert site.api("POST", "/content/book", {"data": {"title": "All synergy"}}).status == 201
            assert refusal(site, isbn="978-3-16-148410-0") == (422, "/data/isbn", "field_type_missing")
            assert site.api("GET", f"/content/book/{entry}").json()["data"]["isbn"] == "9783161484100"
            assert site.api("POST", f"/content/book/{entry}/publish").status == 200
            assert "imported" not in "\n".join(site.said)
            assert site.stop() == 0
    finally:
        for file, code in kept.items():
            file.write_bytes(code)
    assert newel("plugins", "enable", "imprint", folder=folder).returncode == 0
    assert json.loads(newel("imprint", "published", "--json", folder=folder).stdout)["total"] == 1


def test_a_mistake_in_its_section_is_told_and_the_rest_serves(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text('[imprint]\nbaned_words = ["synergy"]\n', "utf-8")
    checked = newel("check", folder=tmp_path)
    assert checked.returncode == 3
    assert "plugin 'imprint' failed at config\n  cause: imprint.baned_words:" in checked.stderr
    assert "did you mean 'banned_words'?" in checked.stderr
    assert "remedy: update or repair package newel-imprint, or run: newel plugins disable imprint" in checked.stderr
