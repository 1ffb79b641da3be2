"""One half of Streamlined NTRU Prime (sntrup761): what the server does in the exchange that OpenSSH 8.5 to 9.8 prefers.

Those clients know no other exchange that a quantum computer would not break, and ``asyncssh`` has this one only where
liboqs is installed. It is mixed with X25519 (``sntrup761x25519-sha512``), so what is here can add to the secrecy of a
session and not take from it. Everything in it is used once: there is no key of ours that its timing could betray.

Names are those of the specification (ntruprime.cr.yp.to).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from secrets import SystemRandom

P, Q, W = 761, 4591, 286
HALF = (Q - 1) // 2
LIMIT = 16_384
DIGIT = 3
"""Bytes of a coefficient in a product: ``W * Q`` fits."""
PUBLIC, SECRET, CIPHERTEXT, SESSION = 1158, 1763, 1039, 32
RQ, ROUNDED = [Q] * P, [(Q + 2) // 3] * P


class Encapsulating:
    """What ``asyncssh`` takes for a post-quantum key; of a server it asks for ``encaps`` only."""

    pubkey_bytes, privkey_bytes, ciphertext_bytes, secret_bytes = PUBLIC, SECRET, CIPHERTEXT, SESSION

    def __init__(self, alg_name: bytes) -> None:
        if alg_name != b"sntrup761":
            raise ValueError("only sntrup761 is known here")

    def get_public(self) -> bytes:
        raise NotImplementedError("a client's half, which no server needs")

    def decaps(self, ciphertext: bytes) -> bytes:
        raise NotImplementedError("a client's half, which no server needs")

    def encaps(self, peer_public: bytes) -> tuple[bytes, bytes]:
        """A fresh session key, and what tells the owner of the public key of it: key, ciphertext."""
        if len(peer_public) != PUBLIC:
            raise ValueError("a public key of sntrup761 has 1158 bytes")
        return encapsulated(peer_public, short_random())


def encapsulated(public: bytes, r: Sequence[int]) -> tuple[bytes, bytes]:
    """The session key and the ciphertext for the short polynomial ``r``."""
    h = [value - HALF for value in decode(list(public), RQ)]
    rounded = [value - centred(value, 3) for value in product(h, r)]
    c = bytes(encode([(value + HALF) // 3 for value in rounded], ROUNDED))
    r_encoded = small_encode(r)
    c += hashed(2, hashed(3, r_encoded) + hashed(4, public))
    return hashed(1, hashed(3, r_encoded) + c), c


def short_random() -> list[int]:
    """``W`` of the ``P`` coefficients are 1 or -1, the rest 0."""
    chance = SystemRandom()
    r = [0] * P
    for place in chance.sample(range(P), W):
        r[place] = chance.choice((-1, 1))
    return r


def product(h: Sequence[int], r: Sequence[int]) -> list[int]:
    """``h * r`` modulo ``x^P - x - 1``, with coefficients from ``-HALF`` to ``HALF``. Python's large numbers multiply
    polynomials that are written into them with enough room a coefficient."""
    whole = _number([value % Q for value in h])
    plus = _coefficients(whole * _number([int(value == 1) for value in r]))
    minus = _coefficients(whole * _number([int(value == -1) for value in r]))
    found = [one - other for one, other in zip(plus, minus, strict=True)]
    for place in range(2 * P - 2, P - 1, -1):
        found[place - P] += found[place]
        found[place - P + 1] += found[place]
    return [centred(value, Q) for value in found[:P]]


def _number(coefficients: Sequence[int]) -> int:
    return int.from_bytes(b"".join(value.to_bytes(DIGIT, "little") for value in coefficients), "little")


def _coefficients(number: int) -> list[int]:
    data = number.to_bytes(2 * P * DIGIT, "little")
    return [int.from_bytes(data[place : place + DIGIT], "little") for place in range(0, (2 * P - 1) * DIGIT, DIGIT)]


def centred(value: int, modulus: int) -> int:
    return (value + modulus // 2) % modulus - modulus // 2


def hashed(number: int, data: bytes) -> bytes:
    return hashlib.sha512(bytes([number]) + data).digest()[:32]


def small_encode(r: Sequence[int]) -> bytes:
    """Four coefficients a byte; the last one by itself."""
    digits = [value + 1 for value in r]
    return bytes(
        sum(digit << (2 * place) for place, digit in enumerate(digits[start : start + 4])) for start in range(0, P, 4)
    )


def encode(values: Sequence[int], moduli: Sequence[int]) -> list[int]:
    """Numbers below their moduli as bytes, with next to nothing wasted."""
    data: list[int] = []
    while len(moduli) > 1:
        above, above_moduli = [], []
        for place in range(0, len(moduli) - 1, 2):
            m, r = moduli[place] * moduli[place + 1], values[place] + moduli[place] * values[place + 1]
            while m >= LIMIT:
                data.append(r % 256)
                r, m = r // 256, (m + 255) // 256
            above.append(r)
            above_moduli.append(m)
        if len(moduli) % 2:
            above.append(values[-1])
            above_moduli.append(moduli[-1])
        values, moduli = above, above_moduli
    r, m = values[0], moduli[0]
    while m > 1:
        data.append(r % 256)
        r, m = r // 256, (m + 255) // 256
    return data


def decode(data: Sequence[int], moduli: Sequence[int]) -> list[int]:
    """What ``encode`` was given. Whatever the bytes, the values are below their moduli."""
    if len(moduli) == 1:
        return [sum(byte << (8 * place) for place, byte in enumerate(data)) % moduli[0]]
    taken, bottom, above = 0, [], []
    for place in range(0, len(moduli) - 1, 2):
        m, r, t = moduli[place] * moduli[place + 1], 0, 1
        while m >= LIMIT:
            r, t, taken, m = r + data[taken] * t, t * 256, taken + 1, (m + 255) // 256
        bottom.append((r, t))
        above.append(m)
    if len(moduli) % 2:
        above.append(moduli[-1])
    upper = decode(data[taken:], above)
    values: list[int] = []
    for pair, (r, t) in enumerate(bottom):
        r += t * upper[pair]
        values += [r % moduli[2 * pair], (r // moduli[2 * pair]) % moduli[2 * pair + 1]]
    return [*values, upper[-1]] if len(moduli) % 2 else values
