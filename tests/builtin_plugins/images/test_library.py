"""Which library serves, and that a mixture is found."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import PIL
import pytest
from tests.support import newel

import newel_images.library
from newel.contracts.images import Images
from newel.errors import BootError
from newel.testing.app import build_app


def pretend(patch: pytest.MonkeyPatch, running: str, **installed: str) -> None:
    """These packages are installed, and the files say ``running``."""

    def version(name: str) -> str:
        try:
            return installed[name.replace("-", "_")]
        except KeyError:
            raise PackageNotFoundError(name) from None

    patch.setattr(newel_images.library, "version", version)
    patch.setattr(PIL, "__version__", running)


MIXED = [
    ("13.0.0", {"pillow": "13.0.0", "pillow_simd": "12.1.1.post0"}, "both installed"),
    ("12.1.1.post0", {"pillow": "13.0.0"}, "PIL is 12.1.1.post0, installed is pillow 13.0.0"),
    ("13.0.0", {"pillow_simd": "12.1.1.post0"}, "PIL is 13.0.0, installed is pillow-simd 12.1.1.post0"),
    ("13.0.0", {}, "PIL is 13.0.0, installed is no package"),
]


@pytest.mark.parametrize(("running", "installed", "said"), MIXED)
async def test_a_mixture_stops_the_start_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, running: str, installed: dict[str, str], said: str
) -> None:
    app = build_app(["images"], folder=tmp_path)
    pretend(monkeypatch, running, **installed)
    with pytest.raises(BootError) as refused:
        async with app.running():
            pytest.fail("it started")
    assert said in refused.value.detail
    assert "pip uninstall -y pillow pillow-simd, then pip install" in refused.value.detail


@pytest.mark.parametrize(("version", "name"), [("12.1.1.post0", "pillow_simd"), ("13.0.0", "pillow")])
async def test_one_that_is_whole_serves(monkeypatch: pytest.MonkeyPatch, version: str, name: str) -> None:
    pretend(monkeypatch, version, **{name: version})
    assert str(newel_images.library.installed()) == f"{name.replace('_', '-')} {version}"


async def test_without_any_the_site_starts_without_images(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    monkeypatch.setattr(newel_images.library, "_version", lambda name: None)
    monkeypatch.setattr(newel_images.library, "_running", lambda: None)
    log = StringIO()
    app = await make_app(["images"], log=log)
    assert app.find(Images) is None
    assert "pip install 'newel[media]'" in log.getvalue()


async def test_the_log_says_which_one_serves(make_app: Any) -> None:
    from io import StringIO

    log = StringIO()
    await make_app(["images"], log=log)
    assert f" {PIL.__version__} formats=avif gif jpeg png webp" in log.getvalue()


@pytest.mark.slow
def test_the_command_says_it_and_starts_a_worker(tmp_path: Path) -> None:
    assert newel("init", folder=tmp_path).returncode == 0
    ended = newel("images", "check", "--json", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["library"] == str(newel_images.library.installed())
    assert said["network"] in ("closed by seccomp", "closed by namespace", "closed by audit hook")
    assert {"jpeg", "png", "webp", "gif", "avif"} == {*said["formats"]}
