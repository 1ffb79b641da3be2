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

    def check(self, path: str, expires: str | None, signature: str | None, now: datetime) -> None:
        """Whether a private file may be read by whoever has this address. Raises ``Forbidden``."""
        if expires is None or signature is None:
            raise Forbidden("this file is private: it needs a signed address", code="not_signed")
        if not self.signed(signature, path, expires):
            raise Forbidden("the signature is not right", code="bad_signature")
        if not expires.isdecimal() or int(expires) < now.timestamp():
            raise Forbidden("this address has expired", code="expired")

    def signed(self, signature: str, *words: str) -> bool:
        """By any of the keys."""
        # All are computed: how long it takes does not tell which key it was.
        matches = [hmac.compare_digest(_signature(key, words), signature) for key in self._keys]
        return any(matches)


def _signature(key: bytes, words: Sequence[str]) -> str:
    digest = hmac.new(key, "\n".join(words).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()
