"""What the door offers in the key exchange: nothing that an auditor would mark down.

Every exchange is safe from quantum computers: OpenSSH can do one of them since 8.5. There is no finite-field
Diffie-Hellman, which makes connecting cheap for an attacker and dear for us (CVE-2002-20001).
"""

from __future__ import annotations

from hashlib import sha512

from asyncssh.crypto import Curve25519DH
from asyncssh.kex import get_kex_algs, register_kex_alg
from asyncssh.kex_dh import _KexHybridECDH

from newel_ssh.sntrup import Encapsulating

_NTRU = ("sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")
EXCHANGE = ("mlkem768x25519-sha256", *_NTRU)
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
MACS = ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com")
SIGNATURES = (
    "ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
)  # fmt: skip
"""Of people's keys; the host's is an Ed25519."""


def registered() -> None:
    """Has ``asyncssh`` know all of ``EXCHANGE``."""
    known = get_kex_algs()  # with liboqs it knows them
    for name in (one.encode() for one in _NTRU):
        if name not in known:
            register_kex_alg(name, _KexHybridECDH, sha512, (Encapsulating, b"sntrup761", Curve25519DH), default=False)
