"""What a file is, by its content. What the client says is only asked where content cannot tell: kinds of plain text."""

from __future__ import annotations

import re
from pathlib import Path

import filetype

from newel import zips

HEAD = 8192
UNKNOWN = "application/octet-stream"
_SAME = {
    "audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac", "audio/m4a": "audio/mp4", "audio/x-m4a": "audio/mp4",
    "video/x-m4v": "video/mp4", "application/font-woff": "font/woff", "audio/aac": "audio/aac",
}  # fmt: skip
_TEXTS = {
    "csv": "text/csv", "md": "text/markdown", "markdown": "text/markdown", "vtt": "text/vtt",
    "json": "application/json",
}  # fmt: skip
_PARTS = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP = re.compile(r"<(!doctype|html|head|body|script|iframe|svg|\?xml|!--|[a-z]+[\s>/])", re.IGNORECASE)
_SVG = re.compile(r"<svg[\s>]", re.IGNORECASE)
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|script|iframe|form|img|a|div)[\s>/]", re.IGNORECASE)
NAMES = 64
"""How many names of an archive are looked at."""


def sniffed(path: Path, name: str) -> str:
    """The MIME type; ``application/octet-stream`` for what nobody knows. Reads the file: not in the loop."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return _of_archive(path) if (found := _of_head(head, name)) == "application/zip" else found


def _of_head(head: bytes, name: str) -> str:
    known = filetype.guess(head)
    if known is not None:
        mime = str(known.mime)
        # Some of its office types are guesses by the first entry's name: the archive is asked itself.
        return "application/zip" if mime.startswith(("application/vnd.", "application/epub")) else _SAME.get(mime, mime)
    if head.startswith(b"WEBVTT"):
        return "text/vtt"
    if head and _text(head) is not None:
        return _of_text(_text(head) or "", name)
    return UNKNOWN


def _text(head: bytes) -> str | None:
    """As text in UTF-8 or UTF-16 with a mark, ``None`` where it is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    if _BINARY.search(head):
        return None
    for cut in range(4):  # a character may be cut in two
        try:
            return head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _of_text(text: str, name: str) -> str:
    """Markup is what a browser would take for it, wherever in the beginning it stands, and whatever its name is."""
    if _SVG.search(text):
        return "image/svg+xml"
    if _MARKUP.match(text.lstrip()) or _HTML.search(text[:1024]):
        ending = name.rpartition(".")[2].lower()
        # Markdown may have tags in it; it is never served as markup.
        return "text/markdown" if ending in ("md", "markdown") and not _HTML.match(text.lstrip()) else _markup(text)
    return _TEXTS.get(name.rpartition(".")[2].lower(), "text/plain")


def _markup(text: str) -> str:
    return "text/html" if _HTML.search(text) else "application/xml"


def _of_archive(path: Path) -> str:
    """Office documents and books are ZIP files: their entries tell."""
    try:
        with zips.opened(path) as archive:
            names = [one.filename for one in archive.infolist()[:NAMES]]
            if names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size < 100:
                mime = archive.read("mimetype").decode("ascii", errors="replace").strip()
                return mime if mime.startswith(("application/vnd.oasis.", "application/epub")) else "application/zip"
            if "[Content_Types].xml" in names:
                for part, kind in _PARTS.items():
                    if any(one.startswith(part) for one in names):
                        return _OFFICE + kind
    except (*zips.BROKEN, KeyError):
        pass
    return "application/zip"
