"""International Standard Book Numbers (ISO 2108)."""

from __future__ import annotations

import re

from newel import Fault

PATTERN = r"[0-9][0-9 -]{8,15}[0-9Xx]"
"""Ten digits, the last perhaps an X, or thirteen; spaces and hyphens wherever people put them."""


def normalized(text: str) -> str:
    """The thirteen digits of an ISBN in either form. Raises ``Fault`` (``format``, ``check_digit``)."""
    digits = re.sub(r"[ -]", "", text).upper() if re.fullmatch(PATTERN, text) else ""
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        if _check_digit_10(digits[:9]) != digits[9]:
            raise Fault("check_digit", f"the last digit of this ISBN would be {_check_digit_10(digits[:9])}")
        digits = f"978{digits[:9]}"
        return digits + _check_digit_13(digits)
    if not re.fullmatch(r"97[89][0-9]{10}", digits):
        raise Fault("format", "expected an ISBN such as 978-3-16-148410-0")
    if _check_digit_13(digits[:12]) != digits[12]:
        raise Fault("check_digit", f"the last digit of this ISBN would be {_check_digit_13(digits[:12])}")
    return digits


def _check_digit_10(nine: str) -> str:
    rest = -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def _check_digit_13(twelve: str) -> str:
    return str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve)) % 10)
