"""Names of files: what people may call them, and what we call their bytes."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
"""Characters of a name, and of its UTF-8 at most 255 bytes with the extension: what file systems take."""
_BAD = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif", "image/gif": "gif",
    "image/svg+xml": "svg", "application/pdf": "pdf", "video/mp4": "mp4", "video/webm": "webm",
    "video/quicktime": "mov", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/wav": "wav",
    "audio/flac": "flac", "audio/webm": "weba", "text/plain": "txt", "text/csv": "csv", "text/markdown": "md",
    "text/vtt": "vtt", "text/html": "html", "application/json": "json", "application/zip": "zip",
    "application/gzip": "gz", "application/epub+zip": "epub", "font/woff2": "woff2", "font/woff": "woff",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}  # fmt: skip
ALIASES = {"jpeg": "jpg", "jpe": "jpg", "htm": "html", "markdown": "md", "text": "txt", "log": "txt", "oga": "ogg"}
_KINDS = ("image", "video", "audio", "font")
_DOCUMENTS = ("application/pdf", "application/epub+zip", "application/vnd.", "text/")


def extension(mime: str) -> str:
    """Without a dot; ``bin`` for what has none."""
    return EXTENSIONS.get(mime, "bin")


def kind_of(mime: str) -> str:
    """For lists: ``image``, ``video``, ``audio``, ``font``, ``document`` or ``other``."""
    main = mime.partition("/")[0]
    if main in _KINDS:
        return main
    return "document" if mime.startswith(_DOCUMENTS) else "other"


def cleaned(name: str, mime: str) -> str:
    """A name that every file system takes: no path, no control or direction characters, NFC, the extension its content
    has. What a client called it before its last slash is dropped."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join(_BAD.sub(" ", name).split()).strip(". ")
    ending = extension(mime)
    stem, dot, given = name.rpartition(".")
    if dot and stem and (known := ALIASES.get(given.lower(), given.lower())) in (ending, *EXTENSIONS.values()):
        name = stem
        ending = ending if known != ending else given.lower()
    elif mime not in EXTENSIONS and dot and stem and given.isascii() and given.isalnum() and len(given) <= 8:
        name, ending = stem, given.lower()
    elif dot and stem and given.lower() == "bin":
        name = stem
    name = name.strip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"file {name}".strip()
    while len(name) > LONGEST or len(name.encode()) > 240:
        name = name[:-1]
    return f"{name.rstrip('. ')}.{ending}"


def folder_name(name: str) -> str | None:
    """The name of a folder that every file system takes; ``None`` for what is none."""
    name = unicodedata.normalize("NFC", name).strip()
    bad = _BAD.search(name) or _RESERVED.fullmatch(name) or name.strip(". ") != name
    return None if bad or not name or len(name_key(name)) > 191 or len(name.encode()) > 255 else name


def cleaned_folder(name: str) -> str | None:
    """What a folder is called that comes along with files: as ``folder_name`` takes it; ``None`` where nothing is left
    of it."""
    name = " ".join(_BAD.sub(" ", unicodedata.normalize("NFC", name)).split())
    while (name := name.strip(". ")) and (len(name) > 100 or len(name.encode()) > 180):
        name = name[:-1]
    return folder_name(f"folder {name}" if _RESERVED.fullmatch(name) else name)


def name_key(name: str) -> str:
    """Equal for names that some file system takes for one: case, and how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


INCOMING = "incoming/"
ORIGINALS = "originals/"


def incoming(upload: str) -> str:
    """What the keys of an upload's pieces begin with, while it is on its way."""
    return f"{INCOMING}{upload.lower()}/"


def original_key(sha256: str) -> str:
    """Where the bytes of an upload lie."""
    return f"{ORIGINALS}{sha256[:2]}/{sha256}"


def rendition_key(name: str, extension: str) -> str:
    """Where a rendition lies; ``name`` is its hash."""
    return f"renditions/{name[:2]}/{name}.{extension}"
