"""The tree of folders: pure, from all its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newel.contracts.database import Row


class Tree:
    """Folders by id; the root is the empty one, at depth 0."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: dict[str, Row] = {row["id"]: row for row in rows}
        self._children: dict[str, list[str]] = {}
        for row in self.rows.values():
            self._children.setdefault(row["parent"], []).append(row["id"])

    def __contains__(self, id: str) -> bool:
        return id == "" or id in self.rows

    def line(self, id: str) -> list[str]:
        """From a child of the root to the folder itself."""
        line: list[str] = []
        while id in self.rows and id not in line:
            line.append(id)
            id = self.rows[id]["parent"]
        return line[::-1]

    def depth(self, id: str) -> int:
        return len(self.line(id))

    def path(self, id: str) -> str:
        """Such as ``/Trips/Oslo``."""
        return "".join(f"/{self.rows[one]['name']}" for one in self.line(id))

    def children(self, id: str) -> list[str]:
        return self._children.get(id, [])

    def below(self, id: str) -> Iterator[str]:
        """The folder and all below it, each before its children."""
        waiting = [id]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += reversed(self.children(one))

    def height(self, id: str) -> int:
        """How many levels there are from the folder down; 1 for one without folders."""
        return max(self.depth(one) for one in self.below(id)) - self.depth(id) + 1
