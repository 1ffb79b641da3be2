"""What authors of engine plugins share: connections, transactions, signals, rendering.

Whoever moves whole tables between databases needs ``tables``, ``statements`` and ``copying``; nobody else needs this.

An engine behind a network gives a ``Link`` (one connection) and a way to open one; ``ServerDatabase`` makes the
``Database`` contract of it: a fair pool, transactions that no cancellation breaks, locks and signals.
"""
