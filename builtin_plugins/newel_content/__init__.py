"""Content types, fields, entries, versions and publishing."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.content import Content
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel_content.config import ContentConfig

manifest = Manifest(
    name="content",
    summary="Content types, entries in draft and published form, versions, trees and references.",
    load="newel_content.plugin:ContentPlugin",
    config=ContentConfig,
    needs=(Database, Migrations),
    provides=(Content,),
    commands={"content": "Entries: create, list, change, publish.", "types": "Content types.", "locales": "Languages."},
)
