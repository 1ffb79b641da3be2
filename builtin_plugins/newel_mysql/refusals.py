"""Why the first connection failed, in words."""

from __future__ import annotations

import ssl

from newel.errors import BootError
from newel_mysql.address import Address
from newel_mysql.faults import DENIED, GONE, NO_DATABASE, TOO_MANY, number_of


def refusal(error: Exception, address: Address) -> BootError:
    """Why the first connection failed. Never the driver's whole text: it may be long, and its causes are chained."""
    number, cause = number_of(error), error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return BootError(
            f"the certificate of {address.place} is not trusted: {cause.verify_message}.\n"
            "Name the authority that signed it in database.url (?ssl_ca=ca.pem), and the host as the certificate does."
        )
    if isinstance(cause, ssl.SSLError):
        return BootError(
            f"{address.place} refuses TLS. Switch it on there; or, if the network between is yours, write "
            "ssl_mode=disabled in database.url."
        )
    if number in DENIED:
        return BootError(
            f"{address.place} refuses the account '{address.user}': wrong name or password, or not from this machine.\n"
            "See user and password in database.url; in a password, write @ : / ? # % as %40 %3A %2F %3F %23 %25."
        )
    if number == NO_DATABASE:
        return BootError(
            f"{address.place} has no database '{address.database}'.\nMake it: CREATE DATABASE `{address.database}`"
        )
    if number in TOO_MANY:
        return BootError(
            f"{address.place} has too many connections. Raise its max_connections, or lower [mysql] pool_max."
        )
    if number in GONE or isinstance(error, OSError):
        said = getattr(cause, "strerror", None) or (str(error) if isinstance(error, OSError) else "no connection")
        return BootError(
            f"cannot reach {address.place}: {said}.\nStart the server, or correct host and port in database.url."
        )
    if isinstance(error, RuntimeError) and "cryptography" in str(error):
        return BootError(
            f"the account '{address.user}' may only sign in over TLS. Write ssl_mode=required in database.url."
        )
    return BootError(f"cannot connect to {address.place}: {error.args[-1] if error.args else type(error).__name__}.")
