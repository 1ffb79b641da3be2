"""Tokens: made, recognised, hashed.

``newel_ses_`` or ``newel_api_``, 43 letters and digits (256 random bits), 6 more that are a checksum of all before: a
secret scanner tells a token from a look-alike without asking anybody, and a mistyped one costs no look-up. The pattern
for scanners is ``newel_(ses|api)_[0-9A-Za-z]{49}``.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from string import ascii_letters, digits
from typing import Literal
from zlib import crc32

Kind = Literal["session", "token"]
PREFIX: dict[Kind, str] = {"session": "newel_ses_", "token": "newel_api_"}
ALPHABET = digits + ascii_letters
RANDOM, CHECK = 43, 6
FORM = re.compile(rf"newel_(?:ses|api)_[0-9A-Za-z]{{{RANDOM + CHECK}}}")


def new_token(kind: Kind) -> str:
    """A fresh secret."""
    start = PREFIX[kind] + _text(int.from_bytes(secrets.token_bytes(32)), RANDOM)
    return start + _checksum(start)


def is_token(text: str) -> bool:
    """Whether it has the form and the checksum of a token. Says nothing about whether it is one of ours."""
    return FORM.fullmatch(text) is not None and text[-CHECK:] == _checksum(text[:-CHECK])


def token_hash(token: str) -> str:
    """What is kept of a token. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(start: str) -> str:
    return _text(crc32(start.encode()), CHECK)


def _text(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(reversed(letters))
