"""Outgoing requests: one client, and the rules of where it may go."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.egress import Egress
from newel_egress.config import EgressConfig

manifest = Manifest(
    name="egress",
    summary="Calls other servers for the site, and never one in its own network.",
    load="newel_egress.plugin:EgressPlugin",
    config=EgressConfig,
    provides=(Egress,),
    commands={"egress": "Outgoing requests: whether a URL may be called."},
)
