"""contrib/helm/newel, as helm renders it: probes that exist, no rights, and values that cannot work are refused."""

from __future__ import annotations

import json
import re
import subprocess
from functools import lru_cache
from typing import Any

import pytest
from tests.tools import ROOT, TOOLS, run, tool

CHART = ROOT / "contrib/helm/newel"
PODS = {"Deployment", "Job", "CronJob"}


@lru_cache
def rendered() -> dict[str, list[dict[str, Any]]]:
    """The objects of each set of values of the checking script."""
    tool("helm", "helm-tool")
    ended = run(TOOLS / "bin/python", ROOT / ".ci/helm_check.py", "--json")
    assert ended.returncode == 0, ended.stderr
    made: dict[str, list[dict[str, Any]]] = json.loads(ended.stdout)
    return made


def one(name: str, kind: str) -> dict[str, Any]:
    (found,) = [made for made in rendered()[name] if made["kind"] == kind]
    return found


def pods() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, made in rendered().items():
        for thing in made:
            if thing["kind"] in PODS:
                spec = thing["spec"].get("jobTemplate", thing)["spec"] if thing["kind"] == "CronJob" else thing["spec"]
                found.append((f"{name}/{thing['metadata']['name']}", spec["template"]["spec"]))
    return found


def helm(**values: Any) -> subprocess.CompletedProcess[str]:
    sets = [part for key, value in values.items() for part in ("--set", f"{key.replace('__', '.')}={value}")]
    return run(tool("helm", "helm-tool"), "template", "site", CHART, *sets)


def test_every_pod_runs_as_nobody_special_on_a_root_that_is_read_only() -> None:
    assert len(pods()) >= 6
    for name, spec in pods():
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] == 1000, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
            }, name  # fmt: skip
            assert container["resources"]["limits"]["memory"], name
            assert {mount["name"] for mount in container["volumeMounts"]} <= {one["name"] for one in spec["volumes"]}


def test_probes_ask_what_newel_answers() -> None:
    (container,) = one("default", "Deployment")["spec"]["template"]["spec"]["containers"]
    asked = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert asked == {"startup": "/startupz", "readiness": "/readyz", "liveness": "/livez"}
    routes = (ROOT / "tests/meta/snapshots/routes.txt").read_text()
    assert all(f"GET {path} " in routes for path in asked.values())


def test_variables_are_settings_and_secrets_come_as_files() -> None:
    page = (ROOT / "docs/extend/reference/config.md").read_text()
    known = set(re.findall(r"`(NEWEL__\w+)`", page))
    for name, spec in pods():
        for container in spec["containers"]:
            for variable in container["env"]:
                assert variable["name"].removesuffix("_FILE") in known, name
                assert "valueFrom" not in variable
                if re.search(r"SECRET|TOKEN|DATABASE__URL", variable["name"]):
                    assert variable["name"].endswith("_FILE"), name


def test_one_node_on_sqlite_goes_before_the_next_comes_and_several_never_all_at_once() -> None:
    assert one("sqlite", "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert one("two", "Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert one("two", "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert one("two", "PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteMany"]


def test_tables_are_changed_by_a_job_before_nodes_that_then_leave_them_alone() -> None:
    job = one("two", "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["migrate", "up"]
    (node,) = one("two", "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {"name": "NEWEL__MIGRATIONS__AUTO", "value": "false"} in node["env"]
    assert "Job" not in {made["kind"] for made in rendered()["sqlite"]}


def test_the_configuration_reaches_the_site_as_it_was_written() -> None:
    configured = [made for made in rendered()["sqlite"] if made["kind"] == "ConfigMap"]
    assert configured[0]["data"]["newel.toml"] == '[site]\nfree_disk_mib = 2048\n# "quotes": {{ braces }}\n'


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"replicas": 2}, "SQLite is one file of one node"),
        ({"autoscaling__enabled": "true"}, "SQLite is one file of one node"),
        ({"database__engine": "postgres"}, "needs existingSecret"),
        ({"database__engine": "postgres", "existingSecret": "s", "replicas": 2}, "ReadWriteMany"),
        ({"files__url": "s3://b/p"}, "needs existingSecret"),
        ({"replica": 2}, "replica"),
        ({"database__engine": "oracle"}, "engine"),
        ({"image__digest": "latest"}, "digest"),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, Any], told: str) -> None:
    ended = helm(**values)
    assert ended.returncode != 0
    assert told in ended.stderr
