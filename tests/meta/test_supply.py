"""What gets into a site with Newel is known by its hash and its licence, and the code opens none of the usual doors."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.engines()
ROOT = Path(__file__).parents[2]
OURS = ("kernel", "builtin_plugins", "contrib", ".ci")
DOORS = {
    "S307": "eval('1')",
    "S301": "import pickle\npickle.loads(b'')",
    "S506": "import yaml\nyaml.load('')",
    "S602": "import subprocess\nsubprocess.run('ls', shell=True)",
    "S501": "import requests\nrequests.get('https://example.org', verify=False, timeout=1)",
    "S102": "exec('1')",
    "S323": "import ssl\nssl._create_unverified_context()",
    "S324": "import hashlib\nhashlib.md5(b'')",
}
"""ruff's rule against each, and what it is about."""


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_linter_closes_the_doors() -> None:
    text = "\n".join(DOORS.values())
    for place in ("kernel/newel/x.py", "builtin_plugins/newel_x/x.py", ".ci/x.py"):
        ended = subprocess.run(
            [Path(sys.executable).parent / "ruff", "check", "--output-format=concise", "--stdin-filename", place, "-"],
            cwd=ROOT, input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert {rule for rule in DOORS if f" {rule} " in ended.stdout} == set(DOORS), f"{place}: {ended.stdout}"


def test_nobody_opens_them_again() -> None:
    """An exemption would be a line of review; there is none for these."""
    for folder in OURS:
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            for rule in sorted(set(DOORS) - {"S324"}):
                assert f"noqa: {rule}" not in text, f"{file.relative_to(ROOT)} is exempt from {rule}"


def test_certificates_are_checked() -> None:
    unverified = {
        "builtin_plugins/newel_http/tls/contexts.py": "our own certificate, known by itself whatever it is called",
        "builtin_plugins/newel_mysql/address.py": "asked for, in words that the engine's clients know: ssl_mode",
        "builtin_plugins/newel_postgres/tls.py": "asked for, in words that the engine's clients know: sslmode",
    }
    unchecked = re.compile(r"CERT_NONE|\bssl=False|\bverify(?:_ssl)?=False|check_hostname = False")
    files = [
        file for folder in ("kernel", "builtin_plugins", "contrib", ".ci") for file in (ROOT / folder).rglob("*.py")
    ]
    found = {str(file.relative_to(ROOT)) for file in files if unchecked.search(file.read_text("utf-8"))}
    assert found == set(unverified)


def test_a_package_without_a_hash_is_found() -> None:
    check = script("lock_check")
    project = {"name": "newel", "dependencies": ["attrs>=24"], "optional-dependencies": {}}
    pinned = "attrs==25.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via newel\n"
    assert check.problems(project, pinned) == []
    assert check.problems(project, "attrs==25.1.0\n    # via newel\n") == ["attrs==25.1.0 has no hash"]
    assert check.problems(project, pinned + "six==1.17.0 \\\n    # via attrs\n") == ["six==1.17.0 has no hash"]


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True), ("Apache-2.0 AND MIT", True), ("EPL-2.0 OR GPL-2.0-or-later", True), ("GPL-3.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True), ("GPL-3.0-only AND (Apache-2.0 OR MIT)", False),
        ("MIT AND (GPL-3.0-only OR AGPL-3.0-only)", False), ("unknown", False), ("", False),
    ],
)  # fmt: skip
def test_licences(expression: str, *, allowed: bool) -> None:
    assert script("licences").allowed(expression) is allowed


def test_a_licence_that_nobody_has_read_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = script("licences")
    monkeypatch.setattr(sys, "argv", ["licences.py"])
    monkeypatch.setattr(module, "packages", lambda: iter([("thing", "1", "Commons Clause")]))
    assert module.main() == 1
    assert "not allowed: thing: Commons Clause" in capsys.readouterr().err


def test_changes_fragments_are_read_by_kind() -> None:
    """What release notes are made from: every fragment is of a kind that is known."""
    found = script("changes").fragments()
    assert found["feature"]
    assert all("\n" not in paragraph for paragraphs in found.values() for paragraph in paragraphs)


def test_tests_of_what_has_changed() -> None:
    chosen = script("changed_tests").tests_of
    assert chosen(["builtin_plugins/newel_audit/plugin.py"]) == [
        "tests/builtin_plugins/audit", "tests/meta/test_house_rules.py",
    ]  # fmt: skip
    assert chosen(["tests/kernel/test_order.py", "kernel/newel/order.py"]) == [
        "tests/kernel", "tests/meta/test_house_rules.py",
    ]  # fmt: skip
    assert chosen([".ci/run", "docs/README.md", "builtin_plugins/newel_gone/x.py"]) == [
        "tests/meta/test_house_rules.py", "tests/meta/test_recipes.py",
    ]  # fmt: skip


CHANGELOG = (
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Waiting.\n\n## [0.1.0] - 2026-01-01\n\n### Added\n\n- Old.\n"
)


def test_a_release_gathers_what_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    release = releasing(monkeypatch)
    made = release.gathered(CHANGELOG, "0.2.0", "2026-11-25", {"feature": ["New."], "fix": ["Right."], "break": []})
    assert made.startswith("# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-25\n")
    assert release.section(made, "0.2.0") == "### Added\n\n- Waiting.\n- New.\n\n### Fixed\n\n- Right.\n"
    assert release.section(made, "0.1.0") == "### Added\n\n- Old.\n"
    with pytest.raises(ValueError, match="already"):
        release.gathered(made, "0.2.0", "2026-11-25", {"feature": ["New."]})
    with pytest.raises(ValueError, match=r"says nothing of 0\.3\.0"):
        release.section(made, "0.3.0")


def releasing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    return script("release")


def test_a_tag_that_is_not_the_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release = releasing(monkeypatch)
    monkeypatch.setattr(sys, "argv", ["release.py", "check", "v99.0.0"])
    assert release.main() == 1
    assert "the tag is v99.0.0" in capsys.readouterr().err


def test_a_release_sets_the_version_wherever_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release = releasing(monkeypatch)
    (tmp_path / "changes").mkdir()
    for name in ("PROJECT", "VERSIONS", "CHART"):
        copy = tmp_path / getattr(release, name).name
        copy.write_text(getattr(release, name).read_text())
        release.SAID[copy] = release.SAID.pop(getattr(release, name))
        monkeypatch.setattr(release, name, copy)
    log = tmp_path / "CHANGELOG.md"
    log.write_text(CHANGELOG)
    for name, value in {"ROOT": tmp_path, "CHANGELOG": log, "FOLDER": tmp_path / "changes"}.items():
        monkeypatch.setattr(release, name, value)
    monkeypatch.setattr(release, "fragments", dict)
    release.prepare("9.8.7")
    assert release.version() == "9.8.7"
    assert 'VERSION = "9.8.7"' in release.VERSIONS.read_text()
    assert {"version: 9.8.7", "appVersion: 9.8.7"} <= {*release.CHART.read_text().splitlines()}
    release.check("v9.8.7")
    for one in (release.VERSIONS, release.CHART):
        right = one.read_text()
        one.write_text(right.replace("9.8.7", "9.8.6"))
        monkeypatch.setattr(sys, "argv", ["release.py", "check", "v9.8.7"])
        assert release.main() == 1
        assert f"{one.name} says another version" in capsys.readouterr().err
        one.write_text(right)
    release.VERSIONS.write_text("")
    before = log.read_text()
    log.write_text(before.replace("[Unreleased]\n", "[Unreleased]\n\n### Added\n\n- More.\n"))
    before = log.read_text()
    with pytest.raises(ValueError, match="has no line VERSION"):
        release.prepare("9.9.0")
    assert (log.read_text(), release.version()) == (before, "9.8.7")


def test_sums_are_those_that_sha256sum_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("newel.whl", "newel.cdx.json", "newel.whl.sigstore.json"):
        (tmp_path / name).write_text(name)
    releasing(monkeypatch).sums(tmp_path)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert checked.stdout == "newel.cdx.json: OK\nnewel.whl: OK\n"
