"""Types for a quick start."""

from __future__ import annotations

from newel_content.presets.blog import BLOG
from newel_content.presets.documentation import DOCUMENTATION
from newel_content.presets.events import EVENTS
from newel_content.presets.portfolio import PORTFOLIO
from newel_content.presets.shop import SHOP
from newel_content.presets.website import WEBSITE

PRESETS = {preset.name: preset for preset in (BLOG, WEBSITE, DOCUMENTATION, PORTFOLIO, SHOP, EVENTS)}
"""By name, in the order that they are offered in."""
