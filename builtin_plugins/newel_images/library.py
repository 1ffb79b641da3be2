"""Which imaging library is installed, read without loading it into the server."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from attrs import frozen

from newel.errors import BootError

READS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}
"""The decoders that may be used, by MIME type: no other is ever tried."""
_REPAIR = "pip uninstall -y pillow pillow-simd, then pip install --force-reinstall {one}"


@frozen
class Library:
    """The one that serves."""

    name: str
    version: str
    formats: frozenset[str]
    """What it reads and writes."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(mime for mime, name in READS.items() if name.lower() in self.formats)


def installed() -> Library | None:
    """The library, or ``None`` where there is none. Raises ``BootError`` for two that overwrote each other."""
    found = {name: _version(name) for name in ("pillow", "pillow-simd")}
    there = {name: text for name, text in found.items() if text is not None}
    running = _running()
    if not there and running is None:
        return None
    wanted = _REPAIR.format(one=" or ".join(there) or "pillow")
    if len(there) > 1:
        raise BootError(f"Pillow and pillow-simd are both installed and have overwritten each other: {wanted}")
    if not there or running != next(iter(there.values())):
        said = " ".join(next(iter(there.items()), ("no", "package")))
        raise BootError(f"the imaging library is a mix: PIL is {running}, installed is {said}: {wanted}")
    (name, text), *_ = there.items()
    return Library(name, text, frozenset(_formats()))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _running() -> str | None:
    """What the files say of themselves. The package's ``__init__`` is small; codecs are not loaded."""
    try:
        import PIL
    except ModuleNotFoundError:
        return None
    return getattr(PIL, "__version__", None)


def _formats() -> list[str]:
    # A codec is a module of its own, built only where its library was found.
    extra = {"webp": ("PIL._webp",), "avif": ("PIL._avif", "pillow_avif")}
    return ["jpeg", "png", "gif", *(name for name, places in extra.items() if any(map(find_spec, places)))]
