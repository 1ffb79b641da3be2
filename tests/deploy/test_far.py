"""The far end by itself: what a kill leaves, and who looks at the supervisor's lock."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from newel_deploy.__main__ import main
from newel_deploy.far.deploying import Deploying
from newel_deploy.far.health import Health
from newel_deploy.far.place import Place
from newel_deploy.far.said import Said
from newel_deploy.far.service import Commands
from newel_deploy.far.supervise import _alone as alone


def test_one_that_is_killed_after_it_answered_stays(tmp_path: Path) -> None:
    """People have written to it since: taking it back would lose that. It can be rolled back as any other."""
    place, said = Place(tmp_path), Said(None)
    place.make()
    for name in ("1.0", "2.0"):
        place.folder(name).mkdir()
        place.note(name, name=name, version=name, installed_at="2026-01-01T00:00:00.000Z")
    place.switch("2.0")
    journal = {"what": "deploy", "release": "2.0", "previous": "1.0", "snapshot": "s1", "tables": "changed"}
    place.reached({**journal, "stage": "answered", "began_at": "2026-01-01T00:00:00.000Z"})
    # Stopping or starting the site would fail.
    Deploying(place, said, Commands("false", "false"), Health("http://127.0.0.1:1", 1, 0, said), {}).recover()
    assert (place.current(), place.journal(), place.history()[-1]["result"]) == ("2.0", None, "done")
    assert (place.record("2.0")["replaced"], place.record("2.0")["snapshot"]) == ("1.0", "s1")


def test_who_only_looks_whether_a_supervisor_runs_does_not_keep_one_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.pid"
    looking, mine = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    fcntl.flock(looking, fcntl.LOCK_EX)
    alone(mine, pause=lambda seconds: fcntl.flock(looking, fcntl.LOCK_UN))
    with pytest.raises(BlockingIOError):
        fcntl.flock(looking, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(SystemExit, match="another one keeps this site running"):
        alone(looking, pause=lambda seconds: None)
    os.close(looking)
    os.close(mine)


@pytest.mark.parametrize("arguments", [("prune", "h", "--keep", "0"), ("logs", "h", "-n", "-5")])
def test_counts_that_cannot_be_meant_are_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    assert ended.value.code == 2
    assert "1 to 1000" in capsys.readouterr().err
