"""A publisher's house rules. Only the manifest stands here: it is read whether the plugin runs or not."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel_imprint.config import ImprintConfig

manifest = Manifest(
    name="imprint",
    summary="ISBNs, words that are not printed, and a count of what was published.",
    version="0.1.0",
    newel=">=0.1,<1",
    docs="https://example.org/newel-imprint",
    load="newel_imprint.plugin:ImprintPlugin",
    config=ImprintConfig,
    needs=(Database, Migrations),
    commands={"imprint": "ISBNs and publications."},
)
