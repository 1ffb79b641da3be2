"""What is spoken: TLS 1.2 and newer, with forward secrecy and authenticated ciphers only, and HTTP/1.1 inside."""

from __future__ import annotations

import ssl

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2. Those of TLS 1.3 are all good."""
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the module ``ssl`` has no name for."""


def server_context() -> ssl.SSLContext:
    """For the door, still without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def pinned_context(*certificates: str) -> ssl.SSLContext:
    """For a client that takes exactly these certificates (PEM texts), whatever their names, issuers and dates say.
    Raises ``ssl.SSLError``, ``ValueError`` for what is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is known by itself
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(NO_CHECK_TIME)
    for text in certificates:
        context.load_verify_locations(cadata=leaf_of(text))
    return context


def leaf_of(text: str) -> str:
    """The first certificate of a PEM text. Raises ``ValueError``."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    _, found, rest = text.partition(begin)
    body, closed, _ = rest.partition(end)
    if not found or not closed:
        raise ValueError("it holds no certificate in PEM form")
    return f"{begin}{body}{end}\n"
