"""The tables of the trail: the rows, and the heads of their chains.

``audit_log`` holds one row for each entity that an operation changed, or one without an entity. The ids are ULIDs, so
they are the order of time and the keys of pages. ``before_json`` and ``after_json`` are the two sides of a change,
secrets masked. ``day``, ``stripe``, ``seq`` and ``hash`` are the row's place in a chain; rows older than the chain have
none. ``audit_heads`` holds one row a chain: where it ends, signed. Heads are never deleted. What is hashed and signed
stands in ``docs/design/audit.md``.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()


log = Table(
    "audit_log", metadata,
    Column("id", String(26), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor_name", String(191), nullable=False),
    Column("credential", String(64), nullable=False),
    Column("door", String(32), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("ip", String(64)),
    Column("operation", String(128), nullable=False),
    Column("entity", String(64)),
    Column("entity_id", String(191)),
    Column("before_json", Text),
    Column("after_json", Text),
    Column("outcome", String(8), nullable=False, server_default="done"),
    Column("detail", String(128), nullable=False, server_default=""),
    Column("hlc", String(48)),
    Column("node", String(16)),
    Column("day", String(10)),
    Column("stripe", Integer),
    Column("seq", BigInteger),
    Column("hash", String(64)),
    Index("audit_log_actor", "actor", "id"),
    Index("audit_log_entity", "entity", "entity_id", "id"),
    Index("audit_log_operation", "operation", "id"),
    Index("audit_log_outcome", "outcome", "id"),
    Index("audit_log_request", "request_id", "id"),
    # Not unique: whoever turns a head back must not be able to stop every write. Verifying finds the twins.
    Index("audit_log_chain", "day", "stripe", "seq"),
)  # fmt: skip

heads = Table(
    "audit_heads", metadata,
    Column("day", String(10), primary_key=True),
    Column("stripe", Integer, primary_key=True, autoincrement=False),
    Column("stripes", Integer, nullable=False),
    Column("opened", String(48), nullable=False),
    Column("prior_day", String(10), nullable=False),
    Column("start", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("hlc", String(48), nullable=False),
    Column("next_day", String(10), nullable=False),
    Column("pruned", BigInteger, nullable=False),
    Column("pruned_hash", String(64), nullable=False),
    Column("breaks", Integer, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("mac", String(64), nullable=False),
)  # fmt: skip
