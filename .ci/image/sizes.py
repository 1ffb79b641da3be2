"""How large an image of buildah's is, by layer and by what is in it: ``sizes.py IMAGE`` or from ``run_here.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

BASE = "localhost/newel-standin:trixie"
MOST = 12


def layers(name: str) -> list[tuple[str, int]]:
    """Each layer's command and size uncompressed, the first one first."""
    store = Path(_store())
    parents = {one["id"]: one for one in json.loads(_one(store, "layers").read_text())}
    images = json.loads(_one(store, "images").read_text())
    image = next(one for one in images if any(name in known for known in one.get("names", ())))
    found: list[int] = []
    layer = image["layer"]
    while layer:
        found.insert(0, parents[layer].get("diff-size", 0))
        layer = parents[layer].get("parent")
    history = _inspected(name)["OCIv1"]["history"]
    commands = [one.get("created_by", "") for one in history if not one.get("empty_layer")]
    return list(zip(commands, found, strict=False))


def packages(root: Path) -> Counter[str]:
    """Bytes by Python package, the rest by folder."""
    counted: Counter[str] = Counter()
    for folder, _, names in os.walk(root):
        place = Path(folder).relative_to(root).parts
        if "site-packages" in place:
            below = place[place.index("site-packages") + 1 :]
            kind = below[0] if below else "site-packages"
        else:
            kind = "/" + "/".join(place[:3])
        counted[kind] += sum(os.lstat(Path(folder) / name).st_size for name in names)
    return counted


def report(name: str, root: Path) -> int:
    """Prints both; the bytes of all layers."""
    total = 0
    print("\nlayers, MB:")
    for command, size in layers(name):
        print(f"  {size / 1e6:7.1f}  {command[:100]}")
        total += size
    print(f"  {total / 1e6:7.1f}  in all")
    base = sum(size for _, size in layers(BASE))
    print(f"  {base / 1e6:7.1f}  the stand-in for the base, of which only what is needed is in it")
    print("largest, MB:")
    for kind, size in packages(root).most_common(MOST):
        print(f"  {size / 1e6:7.1f}  {kind}")
    return total


def _inspected(name: str) -> Any:
    return json.loads(_told("buildah", "inspect", "--type", "image", name))


def _store() -> str:
    return str(json.loads(_told("buildah", "info"))["store"]["GraphRoot"])


def _one(store: Path, what: str) -> Path:
    return next(store.glob(f"*-{what}/{what}.json"))


def _told(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - buildah's


if __name__ == "__main__":
    container = _told("buildah", "from", "--pull-never", sys.argv[1]).strip()
    try:
        report(sys.argv[1], Path(_told("buildah", "mount", container).strip()))
    finally:
        _told("buildah", "rm", container)
