"""What can be set about media."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from newel import Max, Min, Pattern, Secret

MB = 1_048_576
ALLOWED = (
    "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif",
    "application/pdf", "video/mp4", "video/webm", "video/quicktime", "audio/mpeg", "audio/mp4", "audio/ogg",
    "audio/wav", "audio/flac", "audio/webm", "text/plain", "text/csv", "text/markdown", "text/vtt",
    "application/json", "application/zip", "application/gzip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation", "application/epub+zip", "font/woff2", "font/woff",
)  # fmt: skip
"""Not ``image/svg+xml`` and ``text/html``: browsers run what is in them."""

Mime = Annotated[str, Pattern(r"[a-z]+/([a-z0-9][a-z0-9.+-]*|\*)")]
Duplicates = Literal["keep", "reuse", "refuse"]


@frozen(kw_only=True)
class MediaConfig:
    """The ``[media]`` section. Sizes in bytes."""

    allow: Annotated[
        tuple[Mime, ...], "Types that may be uploaded, by their content. `image/svg+xml` is sanitised if it is here."
    ] = ALLOWED
    max_bytes: Annotated[int, "The largest file.", Min(1024), Max(1 << 42)] = 512 * MB
    max_image_bytes: Annotated[int, "The largest image that renditions are made of.", Min(1024), Max(1 << 32)] = 64 * MB
    max_files: Annotated[int, "Files in one request.", Min(1), Max(1000)] = 100
    archive_files: Annotated[int, "Files in one archive.", Min(1), Max(50_000)] = 10_000
    archive_bytes: Annotated[int, "An archive, and all its files unpacked.", Min(1024), Max(1 << 42)] = 10_240 * MB
    duplicates: Annotated[
        Duplicates,
        "The same bytes once more: `keep` makes another asset (the bytes lie there once), `reuse` answers the asset "
        "that is there, `refuse` refuses.",
    ] = "keep"
    keep_place: Annotated[bool, "Whether originals keep where they were made (GPS); renditions never do."] = False
    focal: Annotated[
        Literal["salient", "centre"], "Where crops look until somebody says: what stands out, or the middle."
    ] = "salient"
    near: Annotated[
        int,
        "In how many of 64 bits images that are reported as similar differ at most; -1 reports none.",
        Min(-1),
        Max(6),
    ] = 6
    quota_bytes: Annotated[int, "All originals together; 0: no limit.", Min(0)] = 0
    quota_bytes_per_user: Annotated[int, "All originals of one user; 0: no limit.", Min(0)] = 0
    public_url: Annotated[
        str, "What addresses of files begin with, such as `https://cdn.example.org`; empty: this site.",
        Pattern(r"|https?://[^\s?#]+"),
    ] = ""  # fmt: skip
    signed_seconds: Annotated[int, "How long addresses of private files are good.", Min(10), Max(604_800)] = 900
    signing_keys: Annotated[
        tuple[Secret[str], ...],
        "Keys of signed addresses, the one in use first. Empty: one that the site made and keeps in its database.",
    ] = ()
    max_age: Annotated[int, "Seconds that the address of an asset, which may get other bytes, is cached.", Min(0)] = 60
    default_preset: Annotated[str, "The preset behind `sources`."] = "responsive"
    upload_hours: Annotated[int, "How long an upload may take from its beginning to its end.", Min(1), Max(720)] = 24
    sweep_hours: Annotated[
        int, "How long bytes that nothing names are kept: more than any upload or backup takes.", Min(1), Max(720)
    ] = 24
