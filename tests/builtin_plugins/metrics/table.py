"""Every figure that ships, as `/metrics` names it, and the table of them in docs/operate/metrics.md.

``python -m tests.builtin_plugins.metrics.table`` writes the table anew (`./just metrics-table`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from newel.app import App
from newel.config import read_layers
from newel.discover import from_entry_points
from newel.hooks.site import register_metrics
from newel_metrics.families import label_name, process, shown_as
from newel_metrics.rows import labels_of

PAGE = Path(__file__).parents[3] / "docs" / "operate" / "metrics.md"
BEGIN, END = "<!-- figures: `./just metrics-table` writes them -->\n", "<!-- end of figures -->\n"

ENGINES = {"sqlite": "sqlite, postgres, mysql"}
"""The one that runs when nothing is said, and those that have the same figures."""


@frozen
class Known:
    """A figure. ``name`` is what a query says, but for the suffixes of a histogram."""

    name: str
    kind: str
    labels: tuple[str, ...]
    plugin: str
    summary: str

    @property
    def samples(self) -> tuple[str, ...]:
        return (
            tuple(self.name + part for part in ("_bucket", "_count", "_sum"))
            if self.kind == "histogram"
            else (self.name,)
        )


def known(folder: Path) -> list[Known]:
    """Those of all plugins that ship, and of the process."""
    found = [one for one in from_entry_points() if one.builtin]
    app = App.build(folder, found, read_layers(None, {}), environment={})
    ours = [
        Known(shown_as(one), one.kind, tuple(map(label_name, labels_of(one))), ENGINES.get(owner, owner), one.summary)
        for owner, one in app.collected(register_metrics)
    ]
    return [*sorted(ours, key=lambda one: one.name), *_of_the_process()]


def _of_the_process() -> Iterator[Known]:
    yield Known("newel_build_info", "gauge", ("version", "python"), "metrics", "What runs.")
    for one in process():
        yield Known(one.name + ("_total" if one.kind == "counter" else ""), one.kind, one.labels, "", one.summary)


def table(folder: Path) -> str:
    lines = ["| figure | kind | labels | plugin | what |\n", "|---|---|---|---|---|\n"]
    for one in known(folder):
        labels = ", ".join(f"`{label}`" for label in one.labels)
        lines.append(f"| `{one.name}` | {one.kind} | {labels} | {one.plugin} | {one.summary} |\n")
    return "".join(lines)


def written(page: str, folder: Path) -> str:
    """The page with its table anew."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(folder)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(written(PAGE.read_text("utf-8"), Path(place)), "utf-8")
