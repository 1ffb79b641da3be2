"""Hooks of delivery: published content on its way to a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.spec import first, fold

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.delivery import DeliveryAnswer, DeliveryRead, DeliverySent


@first
def delivery_before_read(read: DeliveryRead, call: Call, app: App) -> DeliveryAnswer | None:
    """Before a reader gets entries, or is told that there are none (``read.found``): pages, lists, entries, globals.

    A plugin may answer instead, for instance with a redirect or a 402. ``read.types`` and ``read.entries`` name all
    that the answer would show, by whatever address, so that what is guarded is guarded in lists and behind references.
    Where readers are answered differently, say ``Cache-Control: private`` in ``delivery_after_read`` as well: a CDN
    would hand what one of them got to the others.
    """


@fold
def delivery_after_read(sent: DeliverySent, call: Call, app: App) -> DeliverySent | None:
    """Before the answer made of entries goes out; not where a plugin answered instead. May add and change headers:
    ``attrs.evolve(sent, headers={**sent.headers, "X-Robots-Tag": "noindex"})``. The body is as it is."""
