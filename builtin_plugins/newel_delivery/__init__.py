"""The public read side: published content, composed, with ETags."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.content import Content
from newel_delivery.config import DeliveryConfig

manifest = Manifest(
    name="delivery",
    summary="Published entries, pages by path, globals and the route table for websites.",
    load="newel_delivery.plugin:DeliveryPlugin",
    config=DeliveryConfig,
    needs=(Content,),
)
