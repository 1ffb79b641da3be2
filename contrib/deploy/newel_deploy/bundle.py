"""What is sent: the wheel, the lock that pins what it needs, and ``far``; each file announced with its SHA-256."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from newel_deploy.profile import Wrong

HERE = Path(__file__).parent
LOCK = "requirements.lock"


class Bundle:
    """One release: ``name`` is ``<version>-<first 8 of the wheel's SHA-256>``, and so the same for the same wheel."""

    def __init__(self, wheel: Path, lock: Path, wheels: Path | None = None) -> None:
        if not wheel.is_file():
            raise Wrong(f"there is no wheel {wheel}: ./just wheel")
        parts = wheel.name.split("-")
        if parts[0] != "newel" or wheel.suffix != ".whl" or len(parts) != 5:
            raise Wrong(f"{wheel.name} is no wheel of Newel")
        if not lock.is_file():
            raise Wrong(f"there is no lock {lock}: ./just lock")
        more = sorted(one for one in wheels.glob("*.whl") if not one.name.startswith("newel-")) if wheels else []
        if wheels and not more:
            raise Wrong(f"there are no wheels in {wheels}")
        self.paths = [wheel, lock, *more]
        self.files = [
            {"name": name, "size": path.stat().st_size, "sha256": _sha256(path)}
            for name, path in [(LOCK if path == lock else path.name, path) for path in self.paths]
        ]
        self.name = f"{parts[1]}-{str(self.files[0]['sha256'])[:8]}"

    def pieces(self) -> Iterable[bytes]:
        for path in self.paths:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    yield piece


def far() -> bytes:
    """A ZIP that Python imports from: the package that runs on the server."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [HERE / "__init__.py", *sorted((HERE / "far").glob("*.py"))]:
            archive.writestr(str(path.relative_to(HERE.parent)), path.read_bytes())
    return held.getvalue()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
