"""An ISBN in any spelling is thirteen digits; a slip of the pen is found."""

from __future__ import annotations

import pytest

from newel import Fault
from newel_imprint.isbn import normalized


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("978-3-16-148410-0", "9783161484100"),
        ("9783161484100", "9783161484100"),
        ("3-16-148410-X", "9783161484100"),
        ("0 8044 2957 x", "9780804429573"),
        ("979-10-90636-07-1", "9791090636071"),
    ],
)
def test_any_spelling_is_thirteen_digits(text: str, digits: str) -> None:
    assert normalized(text) == digits


def test_every_wrong_digit_is_found() -> None:
    right = "9783161484100"
    for place in range(3, 13):
        for digit in set("0123456789") - {right[place]}:
            with pytest.raises(Fault) as caught:
                normalized(right[:place] + digit + right[place + 1 :])
            assert caught.value.code == "check_digit"


def test_the_right_digit_is_told() -> None:
    with pytest.raises(Fault, match="would be 0"):
        normalized("978-3-16-148410-7")
    with pytest.raises(Fault, match="would be X"):
        normalized("3-16-148410-1")


@pytest.mark.parametrize("text", ["", "978", "ISBN 9783161484100", "9771234567898", "97831614841000", "٩٧٨٣١٦١٤٨٤١٠٠"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(Fault) as caught:
        normalized(text)
    assert caught.value.code == "format"
