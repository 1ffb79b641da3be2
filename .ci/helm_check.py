"""Lint the chart and check what it renders, with several sets of values, against the schemas of Kubernetes.

Run by the Python of .venv/tools: ``helm_check.py [--json]``, which prints the objects by the name of their set.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "contrib/helm/newel"
HELM = ROOT / ".venv/tools/bin/helm"
VERSION = "1.37"
SERVER: dict[str, Any] = {
    "database": {"engine": "postgres"},
    "existingSecret": "newel",  # pragma: allowlist secret - a name
    "files": {"url": "s3://newel/site", "endpoint": "https://s3.example.org", "accessKeyId": "newel"},
    "persistence": {"accessMode": "ReadWriteMany"},
}
SETS: dict[str, dict[str, Any]] = {
    "default": {},
    "sqlite": {
        "config": '[site]\nfree_disk_mib = 2048\n# "quotes": {{ braces }}\n',
        "backup": {"enabled": True, "arguments": ["--to", "local"]},
        "image": {"digest": f"sha256:{'0' * 64}"},
    },
    "two": SERVER | {"replicas": 2, "ssh": {"enabled": True}},
    "all": SERVER
    | {
        "autoscaling": {"enabled": True},
        "backup": {"enabled": True},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "ingress": {
            "enabled": True, "className": "nginx", "hosts": ["cms.example.org"],
            "tlsSecret": "tls",  # pragma: allowlist secret - a name
            "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}, "trustedProxies": ["10.0.0.0/8"],
        },
        "image": {"pullSecrets": [{"name": "registry"}]},
        "env": {"NEWEL__JOBS__WORKERS": 2, "NEWEL__HTTP__DOCS": False},
        "podAnnotations": {"example.org/team": "web"},
        "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]},
        "tolerations": [{"key": "web", "operator": "Exists"}],
        "nodeSelector": {"disk": "ssd"},
    },
}  # fmt: skip


def helm(*arguments: str, values: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own chart and values
        [HELM, *arguments, "--values", "-"], input=json.dumps(values or {}), capture_output=True, text=True, check=False
    )


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects. Ends the program with helm's own words where there are none."""
    ended = helm("template", "site", str(CHART), "--namespace", "web", values=values)
    if ended.returncode:
        sys.exit(f"helm template: {ended.stderr}")
    return [one for one in yaml.safe_load_all(ended.stdout) if one]


def main() -> int:
    objects = {name: rendered(values) for name, values in SETS.items()}
    if sys.argv[1:] == ["--json"]:
        print(json.dumps(objects))
        return 0
    with warnings.catch_warnings(action="ignore"):  # it warns of its own imports
        import kubernetes_validate
    ended = helm("lint", "--strict", str(CHART))
    faults = [] if ended.returncode == 0 else [ended.stdout + ended.stderr]
    for name, made in objects.items():
        for one in made:
            if one["apiVersion"].startswith("monitoring.coreos.com"):
                continue  # the operator's own kind, which has no schema here
            try:
                kubernetes_validate.validate(one, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{name}: {one['kind']} {one['metadata']['name']}: {error}")
    print("\n".join(faults) or f"{sum(map(len, objects.values()))} objects of {len(objects)} sets of values are well")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
