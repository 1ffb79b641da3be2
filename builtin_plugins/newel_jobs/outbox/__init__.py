"""The outbox: events written with what they tell of, and told after it."""

from __future__ import annotations
