"""TLS towards the server, by libpq's names."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal, cast

from attrs import frozen

from newel.errors import BootError

Mode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]


@frozen
class Tls:
    """``prefer`` and ``require`` encrypt for whoever answers; ``verify-ca`` and ``verify-full`` make sure who it is.

    Without ``authority`` (``sslrootcert``) the system's certificate authorities are trusted.
    """

    mode: str = "prefer"
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext | None:
        """``None`` for ``disable``. Reads files. Raises ``BootError``."""
        mode = cast(Mode, self.mode)
        if mode == "disable":
            return None
        verifies = mode.startswith("verify")
        try:
            context = ssl.create_default_context(cafile=self.authority if verifies else None)
            if self.certificate is not None:
                # An encrypted key would ask for its password at a terminal.
                context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except OSError as error:
            files = ", ".join(str(file) for file in (self.authority, self.certificate, self.key) if file is not None)
            raise BootError(
                f"database.url: the certificates cannot be read ({error.strerror or error}): {files}."
            ) from error
        context.check_hostname = mode == "verify-full"
        if not verifies:
            context.verify_mode = ssl.CERT_NONE
        return context
