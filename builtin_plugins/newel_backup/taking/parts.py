"""Which tables belong to which part of the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from newel.app import App
from newel.contracts.backup import Part
from newel.errors import BootError
from newel.hooks.backup import register_backup_parts

LEDGER = "migrations_ledger"
STEPS = "migrations_"
"""How tables begin that say which changes of tables were made. That stands in the manifest: the tables of a restored
site are made anew, step by step."""


@frozen
class Parts:
    """What the plugins say of their tables, and what follows for the others."""

    known: Mapping[str, Part]

    @classmethod
    def of(cls, app: App) -> Parts:
        """Raises ``BootError`` where two plugins claim the same."""
        known: dict[str, Part] = {}
        claims: dict[str, str] = {}
        for plugin, part in app.collected(register_backup_parts):
            if part.name in known:
                raise BootError(f"two plugins have a part of backups called '{part.name}', one of them is {plugin}")
            known[part.name] = part
            for table in part.tables:
                if table in claims:
                    raise BootError(f"the parts '{claims[table]}' and '{part.name}' of backups both claim {table}")
                claims[table] = part.name
        return cls(known)

    def of_table(self, table: str) -> Part:
        """The part that a table belongs to: the one that names it, else one called after its plugin."""
        found: tuple[int, Part] | None = None
        for part in self.known.values():
            for pattern in part.tables:
                hit = table.startswith(pattern[:-1]) if pattern.endswith("*") else table == pattern
                weight = len(pattern) * 2 - pattern.endswith("*")
                if hit and (found is None or weight > found[0]):
                    found = (weight, part)
        if found is not None:
            return found[1]
        name = table.partition("_")[0].replace("_", "-") or "other"
        return self.known.get(name) or Part(name=name, summary=f"The tables of {name}.")

    def kept(self, tables: Iterable[str]) -> dict[str, Part]:
        """The tables that are backed up and restored, with their parts."""
        found = {table: self.of_table(table) for table in tables if not table.startswith(STEPS)}
        return {table: part for table, part in found.items() if part.comes != "never"}

    def with_blobs(self) -> Sequence[Part]:
        return [part for part in self.known.values() if part.blobs is not None and part.comes != "never"]
