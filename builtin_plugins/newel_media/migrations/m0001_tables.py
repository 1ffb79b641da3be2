"""The first tables, and the presets that a site begins with; what they are for stands in ``tables.py``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations

WHEN = "2026-11-24T00:00:00.000Z"


def upgrade(op: Operations) -> None:
    """Makes the tables of assets, folders, blobs, renditions, presets and uploads."""
    from sqlalchemy import BigInteger, Column, Integer, String, Text

    op.create_table(
        "media_assets",
        Column("id", String(26), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("name", String(255), nullable=False),
        Column("folder", String(26), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("mime", String(128), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("blob", String(255), nullable=False),
        Column("width", Integer),
        Column("height", Integer),
        Column("focal_x", Integer),
        Column("focal_y", Integer),
        Column("phash", String(16)),
        Column("facts_json", Text, nullable=False),
        Column("private", Integer, nullable=False),
        Column("status", String(16), nullable=False),
        Column("renditions_json", Text, nullable=False),
        Column("texts_json", Text, nullable=False),
        Column("search", Text, nullable=False),
        Column("author", String(64), nullable=False),
        Column("source", String(16), nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("updated_at", String(24), nullable=False),
    )
    op.create_table(
        "media_tags",
        Column("asset", String(26), primary_key=True),
        Column("tag", String(64), primary_key=True),
    )
    op.create_table(
        "media_looks",
        Column("asset", String(26), primary_key=True),
        Column("band", Integer, primary_key=True),
        Column("value", Integer, nullable=False),
    )
    op.create_table(
        "media_folders",
        Column("id", String(26), primary_key=True),
        Column("parent", String(26), nullable=False),
        Column("name", String(191), nullable=False),
        Column("name_key", String(191), nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("updated_at", String(24), nullable=False),
    )
    op.create_table(
        "media_blobs",
        Column("key", String(255), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("claimed_until", String(24), nullable=False),
    )
    op.create_table(
        "media_renditions",
        Column("hash", String(32), primary_key=True),
        Column("sha256", String(64), nullable=False),
        Column("preset", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("mime", String(64), nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("key", String(255), nullable=False),
        Column("created_at", String(24), nullable=False),
    )
    presets = op.create_table(
        "media_presets",
        Column("name", String(48), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("preset_json", Text, nullable=False),
        Column("updated_at", String(24), nullable=False),
    )
    op.create_table(
        "media_uploads",
        Column("id", String(26), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("actor", String(64), nullable=False),
        Column("name", String(255), nullable=False),
        Column("size", BigInteger),
        Column("received", BigInteger, nullable=False),
        Column("given_json", Text, nullable=False),
        Column("parts_json", Text, nullable=False),
        Column("found_json", Text),
        Column("blob", String(255)),
        Column("asset", String(26)),
        Column("created_at", String(24), nullable=False),
        Column("expires_at", String(24), nullable=False),
    )
    state = op.create_table(
        "media_state",
        Column("name", String(48), primary_key=True),
        Column("value", Text, nullable=False),
    )
    op.create_index("media_assets_folder", "media_assets", ["folder", "id"])
    op.create_index("media_assets_name", "media_assets", ["folder", "name"])
    op.create_index("media_assets_kind", "media_assets", ["kind", "id"])
    op.create_index("media_assets_sha", "media_assets", ["sha256", "id"])
    op.create_index("media_assets_blob", "media_assets", ["blob"])
    op.create_index("media_assets_status", "media_assets", ["status", "id"])
    op.create_index("media_assets_author", "media_assets", ["author", "bytes"])
    op.create_index("media_tags_tag", "media_tags", ["tag", "asset"])
    op.create_index("media_looks_value", "media_looks", ["band", "value", "asset"])
    op.create_index("media_folders_name", "media_folders", ["parent", "name_key"], unique=True)
    op.create_index("media_blobs_claimed", "media_blobs", ["claimed_until", "key"])
    op.create_index("media_renditions_source", "media_renditions", ["sha256", "preset"])
    op.create_index("media_renditions_key", "media_renditions", ["key"])
    op.create_index("media_uploads_expires", "media_uploads", ["expires_at", "id"])
    op.create_index("media_uploads_blob", "media_uploads", ["blob"])
    seeds = {
        "thumb": {"width": 320, "height": 320, "fit": "cover"},
        "responsive": {"widths": [320, 640, 960, 1280, 1920], "fit": "inside"},
    }
    op.bulk_insert(
        presets,
        [
            {"name": name, "revision": 1, "preset_json": json.dumps(preset), "updated_at": WHEN}
            for name, preset in seeds.items()
        ],
    )
    # Rows to lock; the key of signed addresses is made at the first start.
    op.bulk_insert(state, [{"name": "folders", "value": ""}, {"name": "quota", "value": ""}])
