"""Repositories and keys that other users may come to are found (``register_health_checks``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from newel import Secret
from newel_backup.config import BackupConfig, TargetConfig
from newel_backup.keeping.private import looked_at

pytestmark = pytest.mark.engines()


@pytest.mark.parametrize("url", ["file:kept", "file:{site}/kept", "file://{site}/kept"])
def test_folders_and_keys_on_this_machine(tmp_path: Path, url: str) -> None:
    target = TargetConfig(url=Secret(url.format(site=tmp_path)), key_file="key")
    config = BackupConfig(targets={"near": target, "far": TargetConfig(url=Secret("s3://bucket/x"))})
    assert looked_at(tmp_path, config).detail == "none lies here yet"
    (tmp_path / "kept").mkdir(mode=0o700)
    (tmp_path / "key").touch(mode=0o600)
    assert looked_at(tmp_path, config).detail == "2 folders and keys are private"
    (tmp_path / "key").chmod(0o644)
    found = looked_at(tmp_path, config)
    assert (found.state, found.remedy) == ("warning", f"chmod o= {tmp_path / 'key'}")
