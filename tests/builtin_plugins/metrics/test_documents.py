"""What people are given to look with: the page of figures, the dashboard and the alerts name what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with another package of the tests, without types
from tests.builtin_plugins.metrics.table import PAGE, Known, known, written

pytestmark = [
    pytest.mark.engines(),
    pytest.mark.needs_plugin("backup", "http", "images", "jobs", "lua", "media", "site"),
]
CONTRIB = Path(__file__).parents[3] / "contrib"
RULES = CONTRIB / "prometheus" / "newel.rules.yml"
DASHBOARD = json.loads((CONTRIB / "grafana" / "newel.json").read_text("utf-8"))
EVERYWHERE = {"job", "instance", "le"}
"""Labels that Prometheus gives."""
PANELS = [one for one in DASHBOARD["panels"] if one["type"] != "row"]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Known]:
    """By the name of each sample."""
    return {name: one for one in known(tmp_path_factory.mktemp("site")) for name in one.samples}


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> Iterator[str]:
    yield from (one["expr"] for one in rules())
    yield from (target["expr"] for panel in PANELS for target in panel["targets"])


def test_every_figure_stands_on_the_page(tmp_path: Path) -> None:
    """``./just metrics-table`` writes it."""
    page = PAGE.read_text("utf-8")
    assert written(page, tmp_path) == page


def test_dashboard_and_alerts_name_figures_and_labels_that_there_are(figures: dict[str, Known]) -> None:
    count = 0
    for expression in expressions():
        names = set(re.findall(r"\b(?:newel|process|python)_\w+", expression))
        assert names <= figures.keys() | {"up"}, expression
        assert names or "up{" in expression, expression
        labels = {label for name in names for label in figures[name].labels} | EVERYWHERE
        used = re.findall(r"(\w+)\s*(?:=~|!=|=)\s*\"", expression)
        for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
            used += [label.strip() for label in group.split(",")]
        assert set(used) <= labels, expression
        for name in names:
            if figures[name].kind in ("counter", "histogram"):
                assert re.search(rf"(rate|increase)\({name}\b", expression), f"{name} only ever grows: {expression}"
        count += 1
    assert count > 50


def test_each_part_of_the_site_has_a_panel(figures: dict[str, Known]) -> None:
    shown = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    left_out = {one.plugin for one in figures.values() if one.plugin} - {
        figures[name].plugin for name in re.findall(r"newel_\w+", shown)
    }
    assert not left_out


def sources(part: Any) -> Iterator[dict[str, str]]:
    for key, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        if key == "datasource":
            yield value
        else:
            yield from sources(value)


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """Unique ids, places that do not overlap, and whatever data source its reader has."""
    ids = [one["id"] for one in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        refs = [one["refId"] for one in panel["targets"]]
        assert len(refs) == len(set(refs))
    assert {one["uid"] for one in sources(DASHBOARD)} == {"${datasource}"}
    variables = {one["name"]: one["type"] for one in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource": "datasource", "job": "query", "instance": "query"}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(PANELS))) <= {*variables, "__rate_interval"}
    assert "id" not in DASHBOARD, "of the Grafana it was made in"
    assert "localhost" not in json.dumps(DASHBOARD)


def test_each_alert_says_what_is_wrong_and_how_bad() -> None:
    names = [one["alert"] for one in rules()]
    assert len(names) == len(set(names))
    for one in rules():
        assert one["labels"]["severity"] in ("warning", "critical")
        assert one["annotations"]["summary"]
        assert re.fullmatch(r"\d+[mh]", one["for"])


def test_the_scrape_configuration_asks_for_our_address() -> None:
    told = yaml.safe_load((CONTRIB / "prometheus" / "prometheus.yml").read_text("utf-8"))
    [job] = told["scrape_configs"]
    assert (job["metrics_path"], job["authorization"]) == ("/metrics", {"credentials_file": "newel.token"})
    assert told["rule_files"] == [RULES.name]
