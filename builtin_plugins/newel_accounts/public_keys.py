"""SSH public keys as people paste them: read strictly, by the wire format of RFC 4253, 5656 and 8709.

A blob is base64 of fields, each with its length (four bytes) in front; the first names the type and has to agree with
the word before the blob.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from attrs import frozen

from newel import Fault

LONGEST = 8192
LEAST_BITS, MOST_BITS = 3072, 16384
CURVES = {"nistp256": 32, "nistp384": 48, "nistp521": 66}
"""Bytes of a coordinate."""
KINDS = (
    "ssh-ed25519", "sk-ssh-ed25519@openssh.com", *(f"ecdsa-sha2-{curve}" for curve in CURVES),
    "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa",
)  # fmt: skip
_PRIVATE = re.compile(r"PRIVATE KEY|^PuTTY-User-Key-File|^b3BlbnNzaC1rZXkt", re.MULTILINE)
"""What files of private keys begin with; the last is base64 of ``openssh-key-``."""


@frozen
class PublicKey:
    """A key that may be used. ``text`` is type and blob, as in a ``.pub`` file without its comment."""

    kind: str
    text: str
    fingerprint: str
    comment: str


def read(given: str) -> PublicKey:
    """The key in the text of a ``.pub`` file or of a line of ``authorized_keys``. Raises ``Fault``, in which nothing
    of the text is told: it may have been a private key."""
    if _PRIVATE.search(given):
        raise Fault("private_key", "this is a private key: keep it to yourself, and give the .pub file beside it")
    lines = [line for line in given.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise Fault("required", "there is no key in it")
    if "BEGIN" in lines[0]:
        raise Fault("format", "this is another format: ssh-keygen -i -f FILE writes it as OpenSSH does")
    if len(lines) > 1:
        raise Fault("several", "one key at a time, on one line")
    kind, _, rest = lines[0].strip().partition(" ")
    _check_kind(kind, rest)
    text, _, comment = rest.strip().partition(" ")
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _broken() from None
    if base64.b64encode(blob).decode() != text:  # bits that nobody would see
        raise _broken()
    _check_blob(kind, blob)
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(kind, f"{kind} {text}", f"SHA256:{digest}", comment.strip())


def _check_kind(kind: str, rest: str) -> None:
    if kind in KINDS:
        return
    if "-cert-v" in kind:
        raise Fault("certificate", "this is a certificate: give the key that it is for")
    if kind == "ssh-dss":
        raise Fault("weak", "DSA keys are too weak: ssh-keygen -t ed25519 makes a good one")
    if any(re.search(rf"(^|\s){re.escape(one)}\s", rest) for one in (*KINDS, "ssh-dss")):
        raise Fault(
            "options",
            "options in front of the key are not taken: command= is the field 'operation', from= is 'sources', "
            "expiry-time= is 'expires_at'",
        )
    raise Fault("format", f"a key begins with one of: {', '.join(KINDS)}")


def _check_blob(kind: str, blob: bytes) -> None:
    fields = _fields(blob)
    if fields[0] != kind.encode():
        raise _broken()
    match kind, fields[1:]:
        case "ssh-ed25519", [point] if len(point) == 32:
            return
        case "sk-ssh-ed25519@openssh.com", [point, application] if len(point) == 32 and application:
            return
        case "ssh-rsa", [exponent, modulus]:
            _check_rsa(_number(exponent), _number(modulus))
            return
        case _, [curve, point] if kind == f"ecdsa-sha2-{_ascii(curve)}" and _on(curve, point):
            return
        case "sk-ecdsa-sha2-nistp256@openssh.com", [b"nistp256", point, application] if (
            _on(b"nistp256", point) and application
        ):
            return
    raise _broken()


def _fields(blob: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4])
        if at + 4 + length > len(blob):
            raise _broken()
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    if not found:
        raise _broken()
    return found


def _check_rsa(exponent: int, modulus: int) -> None:
    bits = modulus.bit_length()
    if bits < LEAST_BITS:
        raise Fault("weak", f"an RSA key needs at least {LEAST_BITS} bits, this one has {bits}: ssh-keygen -t ed25519")
    if bits > MOST_BITS or exponent < 3 or exponent.bit_length() > 64 or not (exponent & modulus & 1):
        raise _broken()


def _number(field: bytes) -> int:
    """A whole number that is not negative, in as few bytes as it takes."""
    number = int.from_bytes(field, signed=True)
    if number <= 0 or len(field) != number.bit_length() // 8 + 1:
        raise _broken()
    return number


def _on(curve: bytes, point: bytes) -> bool:
    """Whether it has the form of an uncompressed point of the curve."""
    return len(point) == 1 + 2 * CURVES[_ascii(curve)] and point[0] == 4


def _ascii(field: bytes) -> str:
    return field.decode("ascii", "replace")


def _broken() -> Fault:
    return Fault("format", "the key is damaged: copy the whole line of the .pub file")
