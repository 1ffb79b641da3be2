"""What browsers are told about a file: how long it is good, and that nothing in it may run."""

from __future__ import annotations

from datetime import datetime

from newel.blobs import saved_as

IMMUTABLE = "public, max-age=31536000, immutable"
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""Styles are for SVG; the sandbox takes scripts, forms and our origin from whatever a browser takes the file for."""
_PLAYS = f"{POLICY}; media-src 'self'"
_PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
"""Without a sandbox, in which Safari shows no PDF (Chromium does). What runs in a PDF stays in the browser's viewer."""
SHOWN = frozenset((
    "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "image/svg+xml", "application/pdf",
    "text/plain", "text/vtt", "video/mp4", "video/webm", "video/quicktime", "audio/mpeg", "audio/mp4", "audio/ogg",
    "audio/wav", "audio/flac", "audio/webm",
))  # fmt: skip
"""What browsers show without running any of it (SVG is sanitised on its way in). All else is saved to a file."""


def safe(mime: str) -> dict[str, str]:
    """The type, and what keeps it in bounds."""
    policy = _PDF if mime == "application/pdf" else _PLAYS if mime.startswith(("video/", "audio/")) else POLICY
    return {
        "Content-Type": f"{mime}; charset=utf-8" if mime.startswith("text/") else mime,
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def disposition(name: str, mime: str, *, download: bool) -> str:
    """Shown or saved, under its name."""
    saved = saved_as(name)
    return saved if download or mime not in SHOWN else "inline" + saved.removeprefix("attachment")


def cached(seconds: int, until: datetime | None, now: datetime) -> str:
    """``Cache-Control``. ``until``: when the address of a private file expires."""
    if until is None:
        return f"public, max-age={seconds}"
    return f"private, max-age={max(0, min(seconds, int((until - now).total_seconds())))}"
