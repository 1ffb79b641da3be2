"""A still picture of a PDF's first page or of a film, made by a program of its own under this worker's limits."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from newel_images.worker.faults import Refused
from newel_images.worker.reading import Bounds, opened

SIDE = 1600
"""Pixels of the longer side."""
_FILMS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
}
"""By MIME type: the demuxer that is used. No other is tried: some open whatever a playlist names."""


def poster(path: Path, mime: str, target: Path, tool: str, bounds: Bounds) -> dict[str, Any]:
    """Writes a PNG; ``tool`` is the path of ``pdftoppm`` or ``ffmpeg``."""
    command = _pdf(path, target, tool) if mime == "application/pdf" else _film(path, target, tool, mime)
    ended = subprocess.run(  # noqa: S603 - no shell, and every argument is ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd="/"
    )
    if ended.returncode or not target.exists():
        target.unlink(missing_ok=True)
        raise Refused(f"no picture could be made of the {mime} file")
    with opened(target, "image/png", bounds) as image:
        width, height = image.size
    return {"width": width, "height": height, "bytes": target.stat().st_size}


def _pdf(path: Path, target: Path, tool: str) -> list[str]:
    # It adds the extension itself.
    place = str(target.with_suffix(""))
    return [tool, "-png", "-singlefile", "-f", "1", "-l", "1", "-scale-to", str(SIDE), str(path), place]


def _film(path: Path, target: Path, tool: str, mime: str) -> list[str]:
    fitted = f"thumbnail=25,scale='min({SIDE},iw)':'min({SIDE},ih)':force_original_aspect_ratio=decrease"
    return [
        tool, "-nostdin", "-v", "error", "-threads", "1", "-filter_threads", "1", "-protocol_whitelist", "file",
        "-f", _FILMS[mime], "-i", f"file:{path}", "-an", "-sn", "-dn", "-frames:v", "1", "-vf", fitted,
        "-threads", "1", "-f", "image2", "-update", "1", "-c:v", "png", "-y", f"file:{target}",
    ]  # fmt: skip
