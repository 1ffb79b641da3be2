"""Addresses of files, and the signatures of those that are not for everybody."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from newel import Forbidden
from newel_media.model import Made
from newel_media.renditions.plan import ENDINGS

ROOT = "/media"
TRANSFORM = "transform"
"""Begins what is signed of a transform; paths begin with a slash, so neither is ever taken for the other."""


class Addresses:
    """Makes and checks them. ``keys``: the first one signs, all are believed."""

    def __init__(self, base: str, keys: Sequence[str], seconds: int) -> None:
        self._base = base.rstrip("/")
        self._keys = [key.encode() for key in keys]
        self._seconds = seconds

    def file(self, id: str, name: str, until: datetime | None = None) -> str:
        """Of an asset, whatever its bytes are."""
        return self._whole(f"{ROOT}/file/{id}/{quote(name, safe='')}", until)

    def rendition(self, made: Made, until: datetime | None = None) -> str:
        """Of what never changes."""
        return self._whole(f"{ROOT}/{made.hash}/{made.preset}.{ENDINGS[made.mime]}", until)

    def path(self, path: str, until: datetime | None = None) -> str:
        """Of any path below ``/media``."""
        return self._whole(path, until)

    def transform(self, id: str, options: str, ending: str, until: datetime | None = None) -> str:
        """Of a rendition that no preset asks for. Without the signature anybody could have us make any number."""
        expires = "" if until is None else str(int(until.timestamp()))
        signature = self.signature(TRANSFORM, options, id, ending, expires)
        asked = f"?expires={expires}" if expires else ""
        return f"{self._base}{ROOT}/t/{signature}/{options}/{id}.{ending}{asked}"

    def check_transform(
        self, signature: str, options: str, id: str, ending: str, expires: str, now: datetime
    ) -> datetime | None:
        """When it expires, if it does. Raises ``Forbidden``."""
        if not self.signed(signature, TRANSFORM, options, id, ending, expires):
            raise Forbidden("the signature is not right", code="bad_signature")
        return _fresh(expires, now) if expires else None

    def until(self, now: datetime) -> datetime:
        """When an address that is made now expires. The same for all that are made within a tenth of their time, so
        that browsers know them again."""
        step = max(1, self._seconds // 10)
        whole = (int(now.timestamp()) // step + 1) * step
        return datetime.fromtimestamp(whole, now.tzinfo) + timedelta(seconds=self._seconds)

    def _whole(self, path: str, until: datetime | None) -> str:
        if until is None:
            return f"{self._base}{path}"
        expires = str(int(until.timestamp()))
        asked = urlencode({"expires": expires, "signature": self.signature(path, expires)})
        return f"{self._base}{path}?{asked}"

    def signature(self, *words: str) -> str:
        """Of words that hold no line break."""
        return _signature(self._keys[0], words)

    def check(self, path: str, expires: str | None, signature: str | None, now: datetime) -> datetime:
        """Until when a private file may be read by whoever has this address. Raises ``Forbidden``."""
        if expires is None or signature is None:
            raise unsigned()
        if not self.signed(signature, path, expires):
            raise Forbidden("the signature is not right", code="bad_signature")
        return _fresh(expires, now)

    def signed(self, signature: str, *words: str) -> bool:
        """By any of the keys."""
        # All are computed: how long it takes does not tell which key it was.
        given = signature.encode(errors="replace")
        matches = [hmac.compare_digest(_signature(key, words).encode(), given) for key in self._keys]
        return any(matches)


def unsigned() -> Forbidden:
    """For a private file whose address has no signature. Not for the audit trail: this is a link in an old page."""
    return _quiet(Forbidden("this file is private: it needs a signed address", code="not_signed"))


def _fresh(expires: str, now: datetime) -> datetime:
    """Of a signature that is right, so ``expires`` is as we wrote it."""
    if int(expires) < now.timestamp():
        raise _quiet(Forbidden("this address has expired", code="expired"))
    return datetime.fromtimestamp(int(expires), now.tzinfo)


def _quiet(error: Forbidden) -> Forbidden:
    error.noted = True
    return error


def _signature(key: bytes, words: Sequence[str]) -> str:
    digest = hmac.new(key, "\n".join(words).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()
