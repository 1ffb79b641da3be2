"""Traces: what each request did, told to an OpenTelemetry collector. Off until it is said where that is."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.tracing import Tracing
from newel_tracing.config import TracingConfig

manifest = Manifest(
    name="tracing",
    summary="Sends traces of requests, jobs and statements to an OpenTelemetry collector.",
    load="newel_tracing.plugin:TracingPlugin",
    config=TracingConfig,
    wants=(Database,),
    provides=(Tracing,),
)
