"""The tables of media.

``media_assets``: a file of the library. Its bytes lie under a key that follows from ``sha256``; several assets may name
one. ``renditions_json`` is what is ready, so that a reader needs this row only. Focal points are in ten-thousandths.

``media_looks``: perceptual hashes cut into bands, so that what is near shares one with what it is near to.

``media_blobs``: what lies in the store, original or rendition, before it is put there. ``deleting`` is on its way out,
and nothing may name it; ``claimed_until`` keeps what nobody names yet.

``media_renditions``: what was made of which bytes; ``hash`` is of everything that decides how it looks.

``media_uploads``: a file on its way in. ``arrived``: its bytes are in the store and known.

``media_state``: rows to lock (folders, quota), and the key of signed addresses.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, or_

metadata = MetaData()

assets = Table(
    "media_assets", metadata,
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
    Index("media_assets_folder", "folder", "id"),
    Index("media_assets_name", "folder", "name"),
    Index("media_assets_kind", "kind", "id"),
    Index("media_assets_sha", "sha256", "id"),
    Index("media_assets_blob", "blob"),
    Index("media_assets_status", "status", "id"),
    Index("media_assets_author", "author", "bytes"),
)  # fmt: skip

rendered = or_(assets.c.kind == "image", assets.c.status != "none")
"""What has renditions: images, and whatever else had a poster made of it or will have."""

tags = Table(
    "media_tags", metadata,
    Column("asset", String(26), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Index("media_tags_tag", "tag", "asset"),
)  # fmt: skip

looks = Table(
    "media_looks", metadata,
    Column("asset", String(26), primary_key=True),
    Column("band", Integer, primary_key=True),
    Column("value", Integer, nullable=False),
    Index("media_looks_value", "band", "value", "asset"),
)  # fmt: skip

folders = Table(
    "media_folders", metadata,
    Column("id", String(26), primary_key=True),
    Column("parent", String(26), nullable=False),
    Column("name", String(191), nullable=False),
    Column("name_key", String(191), nullable=False),
    Column("created_at", String(24), nullable=False),
    Column("updated_at", String(24), nullable=False),
    Index("media_folders_name", "parent", "name_key", unique=True),
)  # fmt: skip

blobs = Table(
    "media_blobs", metadata,
    Column("key", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("claimed_until", String(24), nullable=False),
    Index("media_blobs_claimed", "claimed_until", "key"),
)  # fmt: skip

renditions = Table(
    "media_renditions", metadata,
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
    Index("media_renditions_source", "sha256", "preset"),
    Index("media_renditions_key", "key"),
)  # fmt: skip

presets = Table(
    "media_presets", metadata,
    Column("name", String(48), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("preset_json", Text, nullable=False),
    Column("updated_at", String(24), nullable=False),
)  # fmt: skip

uploads = Table(
    "media_uploads", metadata,
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
    Index("media_uploads_expires", "expires_at", "id"),
    Index("media_uploads_blob", "blob"),
)  # fmt: skip

state = Table(
    "media_state", metadata,
    Column("name", String(48), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip
