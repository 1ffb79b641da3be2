"""The processes: limits, queue, deaths, and that none is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.builtin_plugins.images.conftest import Begin, Work
from tests.builtin_plugins.images.pictures import encoded, jpeg, png, quarters
from tests.support import environment

from newel.contracts.images import BadImage, Images, Rendered, Rendition
from newel.errors import Transient
from newel.testing import FakeClock
from newel.testing.app import build_app


async def until(condition: Any) -> None:
    """Awaits a fact about processes, which no event tells."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a process sends no event
            await asyncio.sleep(0.01)


def busy(work: Work) -> asyncio.Task[list[Rendered]]:
    """A job of several seconds."""
    wanted = [Rendition(width=3000 - at, enlarge=True, format="png") for at in range(40)]
    return asyncio.create_task(work.render(encoded(quarters(), "PNG"), "png", *wanted))


async def test_workers_begin_when_needed_and_end_with_the_site(begin: Begin, make_app: Any) -> None:
    work = await begin(processes=2)
    assert work.workers() == []
    await asyncio.gather(*(work.facts(jpeg(), "jpg") for _ in range(6)))
    there = work.workers()
    assert 1 <= len(there) <= 2
    [first, *_] = there
    assert first.cmdline()[-6:-4] == ["-m", "newel_images.worker"]
    assert first.parent() == psutil.Process()


@pytest.mark.slow
async def test_the_end_of_the_site_is_the_end_of_workers(tmp_path: Any) -> None:
    app = build_app(["images"], {"images": {"look_apart": False}}, folder=tmp_path)
    async with app.running():
        work = Work(app, app.providers.need(Images), tmp_path)
        await work.facts(jpeg(), "jpg")
        job = busy(work)
        await until(lambda: len(work.workers()) == 1 and work.workers()[0].cpu_times().user > 0.3)
        [worker] = work.workers()
    with pytest.raises(Transient, match="stops"):
        await job
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    with pytest.raises(Transient, match="stops"):
        await work.facts(jpeg(), "jpg")


async def test_a_worker_knows_nothing_and_may_little(begin: Begin) -> None:
    """No setting or secret in its environment, no file of the site open, limits of the kernel."""
    work = await begin()
    await work.facts(jpeg(), "jpg")
    [worker] = work.workers()
    assert worker.environ().keys() <= {
        "PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE",
        "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "LC_CTYPE",
    }  # fmt: skip
    assert worker.cwd() == "/"
    assert worker.rlimit(psutil.RLIMIT_AS)[1] == 1536 << 20
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert worker.rlimit(psutil.RLIMIT_NOFILE) == (64, 64)
    assert worker.rlimit(psutil.RLIMIT_FSIZE)[1] == 512 << 20
    assert worker.rlimit(psutil.RLIMIT_CPU)[0] < 120
    assert worker.open_files() == []


SERVER = """
import asyncio, logging, sys
from pathlib import Path
from newel.clock import SystemClock
from newel.contracts.images import Rendition
from newel_images.config import ImagesConfig
from newel_images.images import WorkedImages
from newel_images.library import installed
from newel_images.pool import Pool

async def main():
    pool = Pool(ImagesConfig(), SystemClock(), logging.getLogger())
    images = WorkedImages(pool, ImagesConfig(), installed(), {})
    path = Path(sys.argv[1])
    await images.facts(path, "image/png")
    print(*pool.pids, flush=True)
    if sys.argv[2] == "busy":
        wanted = [Rendition(width=3000 - at, enlarge=True, format="png") for at in range(90)]
        await images.render(path, "image/png", wanted, path.parent)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("state", ["busy", "idle"])
def test_a_worker_ends_with_its_server_however_that_ends(tmp_path: Path, state: str) -> None:
    """``kill -9`` of the server: nobody is left, at work or not."""
    (tmp_path / "in.png").write_bytes(encoded(quarters(), "PNG"))
    command = [sys.executable, "-c", SERVER, str(tmp_path / "in.png"), state]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as server:
        assert server.stdout is not None
        worker = psutil.Process(int(server.stdout.readline()))
        used = worker.cpu_times().user
        while state == "busy" and worker.cpu_times().user < used + 0.2:
            pass
        server.kill()
    psutil.wait_procs([worker], timeout=20)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
async def test_a_killed_worker_spoils_one_job_only(begin: Begin) -> None:
    work = await begin(processes=1)
    job = busy(work)
    await until(lambda: work.workers() and work.workers()[0].cpu_times().user > 0.3)
    [worker] = work.workers()
    waiting = asyncio.create_task(work.images.facts(work.file(jpeg(), "other.jpg"), "image/jpeg"))
    worker.kill()
    with pytest.raises(BadImage):
        await job
    assert (await waiting).width == 120
    assert [one.pid for one in work.workers()] != [worker.pid]
    assert sorted(one.name for one in work.folder.iterdir()) == ["in.png", "other.jpg"]  # nothing half done is left


async def test_a_worker_that_died_idle_is_nobodys_fault(work: Work) -> None:
    await work.facts(jpeg(), "jpg")
    [worker] = work.workers()
    os.kill(worker.pid, signal.SIGKILL)
    assert (await work.facts(jpeg(), "jpg")).width == 120
    assert [one.pid for one in work.workers()] != [worker.pid]


@pytest.mark.slow
async def test_a_hung_worker_is_killed_by_the_clock(begin: Begin) -> None:
    work = await begin(processes=1, seconds=2.0)
    await work.facts(jpeg(), "jpg")
    [worker] = work.workers()
    job = asyncio.create_task(work.facts(jpeg(), "jpg"))
    worker.suspend()  # it hangs, and takes no CPU time
    with pytest.raises(BadImage, match=r"more than 2 s"):
        await job
    assert not worker.is_running()
    assert (await work.facts(jpeg(), "jpg")).width == 120


@pytest.mark.slow
async def test_cpu_seconds_are_limited_by_the_kernel(begin: Begin) -> None:
    work = await begin(processes=1, cpu_seconds=1)
    with pytest.raises(BadImage, match="more time or memory"):
        await busy(work)
    assert (await work.facts(jpeg(), "jpg")).width == 120


@pytest.mark.slow
async def test_memory_is_limited(begin: Begin) -> None:
    """An image that is allowed by its size and needs more than there is: refused, and the next one is served."""
    work = await begin(processes=1, memory_mb=256, max_pixels=200_000_000)
    bits = png(14_000, 14_000, depth=1, colour=0, data=bytes(14_000 * 1751))
    with pytest.raises(BadImage, match="memory"):
        await work.facts(bits, "png")
    assert (await work.facts(jpeg(), "jpg")).width == 120


@pytest.mark.slow
async def test_a_rendition_that_needs_more_memory_is_refused(begin: Begin) -> None:
    work = await begin(processes=1, memory_mb=384)
    with pytest.raises(BadImage, match=r"within the limits|memory"):
        await work.render(jpeg(), "jpg", Rendition(width=6000, enlarge=True, format="avif"))
    assert (await work.facts(jpeg(), "jpg")).width == 120
    assert [one.name for one in work.folder.iterdir()] == ["in.jpg"]


@pytest.mark.slow
async def test_a_cancelled_job_gives_its_place_back(begin: Begin) -> None:
    work = await begin(processes=1)
    job = busy(work)
    await until(lambda: work.workers() and work.workers()[0].cpu_times().user > 0.3)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await work.facts(jpeg(), "jpg")).width == 120
    assert sorted(one.name for one in work.folder.iterdir()) == ["in.jpg", "in.png"]


async def test_the_queue_is_fair_and_has_an_end(begin: Begin) -> None:
    work = await begin(processes=1, queue=3)
    job = busy(work)
    served: list[int] = []

    async def ask(number: int) -> None:
        await work.images.facts(work.file(jpeg(), f"{number}.jpg"), "image/jpeg")
        served.append(number)

    await asyncio.sleep(0)
    waiting = [asyncio.create_task(ask(number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Transient, match="wait already") as refused:
        await ask(4)
    assert refused.value.reason == "images_busy"
    job.cancel()
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2]


async def test_who_looks_waits_for_no_renditions(begin: Begin) -> None:
    work = await begin(processes=1, look_apart=True)
    job = busy(work)
    await work.facts(jpeg(), "jpg")
    assert not job.done()
    assert sorted(one.nice() for one in work.workers()) == [0, 10], "renditions stand back behind the server"
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_who_waits_too_long_is_told_to_come_again(begin: Begin) -> None:
    work = await begin(processes=1, wait_seconds=0.05)
    job = busy(work)
    await asyncio.sleep(0)
    with pytest.raises(Transient, match="came free"):
        await work.facts(jpeg(), "jpg")
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_a_worker_is_replaced_after_some_jobs(begin: Begin) -> None:
    work = await begin(processes=1, jobs_each=2)
    seen = []
    for _ in range(4):
        await work.facts(jpeg(), "jpg")
        seen.append(work.images.pool.pids)  # type: ignore[attr-defined]  # of our provider
    assert seen[0] != []
    assert seen[1] == seen[3] == []
    assert seen[2] not in ([], seen[0])
    await until(lambda: work.workers() == [])


async def test_idle_workers_end(begin: Begin) -> None:
    clock = FakeClock()
    work = await begin(clock=clock, processes=2, idle_seconds=60)
    await asyncio.gather(*(work.facts(jpeg(), "jpg") for _ in range(2)))
    assert len(work.workers()) == 2
    await clock.advance(50)
    await work.facts(jpeg(), "jpg")
    await clock.advance(20)
    await until(lambda: len(work.workers()) == 1)
    await clock.advance(60)
    await until(lambda: work.workers() == [])
    assert (await work.facts(jpeg(), "jpg")).width == 120
