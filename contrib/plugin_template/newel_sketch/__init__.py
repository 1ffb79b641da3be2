"""What this plugin is for, in a sentence. Only the manifest stands here: it is read whether the plugin runs or not."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations

from newel_sketch.config import Config

manifest = Manifest(
    name="sketch",
    summary="What it is for, in a sentence.",
    version="0.1.0",
    newel=">=0.1,<1",
    docs="https://example.org/newel-sketch",
    load="newel_sketch.plugin:Plugin",
    config=Config,
    needs=(Database, Migrations),
    commands={"sketch": "What its commands are about."},
)
