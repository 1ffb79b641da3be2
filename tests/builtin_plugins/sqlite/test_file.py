"""What can be seen of the database's file from outside (``register_health_checks``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from newel_sqlite.config import SqliteConfig
from newel_sqlite.file import MIB, file_found
from newel_sqlite.place import Place, place_of

pytestmark = pytest.mark.engines()


def test_its_size_and_a_write_ahead_log_that_is_not_cut_back(tmp_path: Path) -> None:
    file = tmp_path / "newel.db"
    assert file_found(Place(file), SqliteConfig()).state == "failing"
    file.touch()
    assert file_found(Place(file), SqliteConfig()).detail == f"{file}: 0 MiB, write-ahead log 0 MiB"
    with file.with_name("newel.db-wal").open("wb") as log:
        log.truncate(5 * MIB)  # takes no room
    assert file_found(Place(file), SqliteConfig()).state == "ok"
    found = file_found(Place(file), SqliteConfig(wal_limit_mib=1))
    assert (found.state, found.detail) == ("warning", f"{file}: 0 MiB, write-ahead log 5 MiB")


def test_one_for_a_run_leaves_nothing(tmp_path: Path) -> None:
    place = place_of("sqlite://", tmp_path)
    assert file_found(place, SqliteConfig()).state == "ok"
    assert not place.path.parent.exists()
