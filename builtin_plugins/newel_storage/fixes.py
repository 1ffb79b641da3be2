"""What to do about a probe that failed, by kind of store."""

from __future__ import annotations

_AWAY = "Start the store, or correct blobs_s3.endpoint and the network between."
_S3 = {
    "put": "Allow the access key s3:PutObject and s3:GetObject on this bucket and prefix.",
    "get": "Allow the access key s3:GetObject.",
    "range": "The store, or a proxy before it, ignores Range: let it pass.",
    "list": 'Allow the access key s3:ListBucket; where only the order is wrong, set blobs_s3.provider = "seaweedfs".',
    "copy": "Allow the access key s3:GetObject and s3:PutObject; see that the store knows CopyObject.",
    "multipart": "Allow s3:PutObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts; see blobs_s3.part_mib.",
    "presign get": "See blobs_s3.public_endpoint and the store's clock; or set blobs_s3.presign = false.",
    "presign put": "See blobs_s3.public_endpoint and the store's clock; or set blobs_s3.presign = false.",
    "delete": "Allow the access key s3:DeleteObject; see that the bucket has no object lock.",
}
_FILE = "See that this user may write the folder, that the disk is well, and that nothing else changes files there."


def fix_of(store: str, probe: str, kind: str) -> str:
    """``store`` is its name, ``kind`` the code of the error."""
    if kind == "storage_full":
        return "Make room, or raise the quota."
    if not store.startswith("s3:"):
        return _FILE
    return _AWAY if kind in ("away", "blobs_away") else _S3[probe]
