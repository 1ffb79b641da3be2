"""The administration in a terminal: the same over SSH, on this machine and against a site elsewhere."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.contracts.terminal import TerminalAdmin
from newel_tui.config import TuiConfig

manifest = Manifest(
    name="tui",
    summary="The terminal admin: every screen and every operation, by keys.",
    load="newel_tui.plugin:TuiPlugin",
    config=TuiConfig,
    needs=(Database, Migrations),
    wants=(Audit,),
    provides=(TerminalAdmin,),
    commands={"tui": "The terminal admin, here or against a site elsewhere."},
)
