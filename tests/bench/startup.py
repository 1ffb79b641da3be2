"""What every start pays before anything runs, in CPU time of fresh processes: the manifests, and ``newel --help``."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile

from tests.bench.timing import row
from tests.support import environment

RUNS = 9
MANIFESTS = """
import json, time
from importlib.metadata import entry_points
found = [one for one in entry_points(group="newel.plugins") if one.dist.name == "newel"]
begun = time.process_time()
import newel
times = {"newel": time.process_time() - begun}
for one in found:
    before = time.process_time()
    one.load()
    times[one.name] = time.process_time() - before
print(json.dumps(times))
"""


def run() -> None:
    runs = [manifests() for _ in range(RUNS)]
    best = {name: min(one[name] for one in runs) for name in runs[0]}
    kernel = best.pop("newel")
    row("all manifests, best of 9, CPU", min(sum(one.values()) for one in runs) * 1000, "ms", "< 60")
    row("  of that the kernel's names, which they all import", kernel * 1000, "ms")
    for name, seconds in sorted(best.items(), key=lambda item: -item[1])[:3]:
        row(f"  {name}", seconds * 1000, "ms")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "newel", "--site", folder, "--help"]
        row("newel --help, best of 9, CPU", min(cpu(command) for _ in range(RUNS)) * 1000, "ms", "< 250")
    bare = min(cpu([sys.executable, "-c", "pass"]) for _ in range(RUNS))
    row("  of that Python itself", bare * 1000, "ms")


def manifests() -> dict[str, float]:
    """CPU seconds that each manifest takes in a fresh process, and what they all import first."""
    done = subprocess.run([sys.executable, "-c", MANIFESTS], capture_output=True, check=True, env=environment())
    times: dict[str, float] = json.loads(done.stdout)
    return times


def cpu(command: list[str]) -> float:
    """User and system seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
