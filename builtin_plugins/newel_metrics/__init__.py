"""What a site measures, for Prometheus: `GET /metrics`."""

from __future__ import annotations

from newel import Manifest
from newel_metrics.config import MetricsConfig

manifest = Manifest(
    name="metrics",
    summary="Serves the figures of all plugins at /metrics, for Prometheus.",
    load="newel_metrics.plugin:MetricsPlugin",
    config=MetricsConfig,
)
