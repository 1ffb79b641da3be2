"""The kit for testing plugins: an application in memory, a client, actors, recorded hook calls, a fake clock.

``tests`` pass plugins explicitly: nothing is discovered, so what is installed on a machine never changes a result.
"""

from __future__ import annotations

from newel.testing.actors import actor
from newel.testing.app import builtin, make_app
from newel.testing.calls import HookCalls
from newel.testing.client import Answer, Client
from newel.testing.clock import FakeClock
from newel.testing.command import Outcome, run_command
from newel.testing.egress import FakeEgress, Page
from newel.testing.fake_blobs import FakeBlobs
from newel.testing.fakes import FakeAccounts, FakeAudit
from newel.testing.hooking import hook_temporarily
from newel.testing.quality import assert_good_plugin
from newel.testing.terminal import FakeTerminal

__all__ = [
    "Answer",
    "Client",
    "FakeAccounts",
    "FakeAudit",
    "FakeBlobs",
    "FakeClock",
    "FakeEgress",
    "FakeTerminal",
    "HookCalls",
    "Outcome",
    "Page",
    "actor",
    "assert_good_plugin",
    "builtin",
    "hook_temporarily",
    "make_app",
    "run_command",
]
