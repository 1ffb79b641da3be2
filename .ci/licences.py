"""Check the licences of all that a site is installed with (``newel[full]``); prints them, a package a line.

With ``--markdown`` as a table. What is allowed stands here: a package under another licence fails until somebody has
read it and decided.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU",
    "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
    # Copyleft for their own files only; we change none of them.
    "EPL-2.0", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0",
}  # fmt: skip
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0", "BSD License": "BSD-3-Clause", "ISC License (ISCL)": "ISC",
    "MIT License": "MIT", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0", "The Unlicense (Unlicense)": "Unlicense",
    "Historical Permission Notice and Disclaimer (HPND)": "MIT-CMU",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}  # fmt: skip
NAMES = {
    "3-clause bsd license": "BSD-3-Clause", "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache-2.0 license": "Apache-2.0", "bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause", "cc0 1.0 universal": "CC0-1.0", "mit license": "MIT", "psf": "PSF-2.0",
    "the mit license (mit)": "MIT", "psfl": "PSF-2.0",
}  # fmt: skip
READ = {"lupa": "MIT"}
"""Packages whose metadata says it in words of their own: read in their sources."""


def needed(name: str, extras: frozenset[str], seen: dict[str, set[str]]) -> None:
    """Collects the packages that ``name[extras]`` needs on this machine, itself too."""
    known = seen.setdefault(canonicalize_name(name), set())
    if known >= extras | {""}:
        return
    known |= extras | {""}
    for text in distribution(name).requires or ():
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            try:
                distribution(wanted.name)
            except PackageNotFoundError:
                continue  # Pillow, where pillow-simd stands in for it
            needed(wanted.name, frozenset(wanted.extras), seen)


def licence(package: Distribution) -> str:
    """An SPDX expression, or what the package says where that is none."""
    told = package.metadata
    name = canonicalize_name(told["Name"])
    if name in READ:
        return READ[name]
    if expression := told.get("License-Expression"):
        return expression
    classes = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License ::")]
    found = [CLASSIFIERS[one] for one in classes if one in CLASSIFIERS]
    if found:
        return " OR ".join(sorted(set(found)))
    text = (told.get("License") or "").strip()
    return NAMES.get(text.lower(), text.partition("\n")[0] or "unknown")


def allowed(expression: str) -> bool:
    """Whether one side of each OR, and every side of an AND, is allowed."""
    while inner := re.search(r"\(([^()]*)\)", expression):
        expression = expression.replace(inner[0], "MIT" if allowed(inner[1]) else "refused")
    return any(all(one.strip() in ALLOWED for one in choice.split(" AND ")) for choice in expression.split(" OR "))


def packages() -> Iterator[tuple[str, str, str]]:
    """Name, version and licence of each."""
    seen: dict[str, set[str]] = {}
    needed("newel", frozenset({"full"}), seen)
    for name in sorted(seen):
        package = distribution(name)
        yield name, package.version, licence(package)


def main() -> int:
    rows = list(packages())
    if "--markdown" in sys.argv[1:]:
        print("| package | version | licence |\n|---|---|---|")
        print("\n".join(f"| {name} | {version} | {text} |" for name, version, text in rows))
    else:
        print("\n".join(f"{name:28} {version:16} {text}" for name, version, text in rows))
    refused = [f"{name}: {text}" for name, _, text in rows if not allowed(text)]
    for line in refused:
        print(f"not allowed: {line}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
