"""What is taken out of the image, and that what it is made of is locked."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.tools import ROOT

pytestmark = pytest.mark.engines()
STATUS = """\
Package: python3.13
Status: install ok installed
Depends: libc6 (>= 2.41), media | media-types, debconf (>= 0.5) | debconf-2.0

Package: libc6
Status: install ok installed
Depends: libgcc-s1

Package: libgcc-s1
Status: install ok installed

Package: types
Status: install ok installed
Provides: media-types

Package: debconf
Status: install ok installed
Provides: debconf-2.0

Package: apt
Status: install ok installed
Depends: libc6, dpkg

Package: gone
Status: deinstall ok config-files
"""


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docker_{name}", ROOT / f"docker/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_packages_stay_for_what_needs_them() -> None:
    root = script("root")
    packages = root.stanzas(STATUS)
    assert "gone" not in packages
    assert root.needed(packages, ["python3.13", "not-there"]) == {"python3.13", "libc6", "libgcc-s1", "types"}
    assert root.needed(packages, ["debconf"]) == {"debconf"}


def test_files_are_found_where_a_merged_system_has_them(tmp_path: Path) -> None:
    root = script("root")
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "libc6:amd64.list").write_text("/.\n/lib\n/lib/libc.so.6\n")
    assert tmp_path / "usr/lib/libc.so.6" in root.files(tmp_path, "libc6")
    assert root.files(tmp_path, "libc") == set()


def test_a_system_outside_of_a_build_is_left_alone() -> None:
    with pytest.raises(SystemExit, match="in /build of an image's build"):
        script("root").main([])


def test_sources_tests_and_services_that_nobody_asks_go(tmp_path: Path) -> None:
    trim = script("trim")
    for file in (
        "fast/core.c", "fast/core.so", "fast/tests/test_core.py", "fast/core.py", "botocore/data/s3/a.json",
        "botocore/data/ec2/a.json", "boto3/data/s3/a.json", "lupa/lua54.x.so", "lupa/luajit21.x.so",
        "PIL/_imagingtk.x.so",
    ):  # fmt: skip
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    gone = {str(one.relative_to(tmp_path)) for one in trim.removed(tmp_path)}
    assert gone == {"fast/core.c", "fast/tests", "botocore/data/ec2", "lupa/lua54.x.so", "PIL/_imagingtk.x.so"}


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return {found[1]: found[2] for line in lines if (found := re.match(r"([a-z0-9][\w.-]*)==([^\s;]+)", line))}


def asked(extra: str, extras: dict[str, list[str]]) -> set[str]:
    """The packages of an extra, those of the extras in it as well."""
    found = set()
    for one in map(Requirement, extras[extra]):
        if one.name == "newel":
            found |= set().union(*(asked(inner, extras) for inner in one.extras))
        else:
            found.add(canonicalize_name(one.name))
    return found


def test_the_lock_of_the_image_has_what_a_whole_site_needs_at_the_versions_that_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    full, tested = pins("requirements-full.lock"), pins("requirements.lock")
    named = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    assert named | asked("full", project["optional-dependencies"]) <= set(full), "run ./just lock"
    assert full.items() <= tested.items(), "run ./just lock"
    only = asked("dev", project["optional-dependencies"]) - asked("full", project["optional-dependencies"]) - named
    assert not only & set(full)


def test_what_builds_the_image_is_locked_by_hash_at_the_versions_that_are_tested() -> None:
    build, tested = pins("docker/build.lock"), pins("requirements.lock")
    assert {"hatchling", "setuptools", "pybind11"} <= set(build)
    assert {name: version for name, version in build.items() if name in tested}.items() <= tested.items()
    text = (ROOT / "docker/build.lock").read_text()
    assert len(re.findall(r"^[a-z][^\n]+ \\\n +--hash=sha256:", text, re.MULTILINE)) == len(build)
