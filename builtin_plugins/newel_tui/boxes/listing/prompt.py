"""The line at the bottom that is typed into."""

from __future__ import annotations

from newel.contracts.layout import harmless
from newel_tui.boxes.drawing import Spans, wide

LONGEST = 200
"""Characters that it takes."""


class Prompt:
    """A line of text after a sign."""

    def __init__(self, sign: str, text: str = "") -> None:
        self.sign = sign
        self.text = text

    def press(self, key: str) -> bool:
        """Takes a key that is text or changes it; whether it did."""
        if key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif key == "ctrl+w":
            self.text = self.text.rstrip().rpartition(" ")[0]
        elif len(key) == 1:
            self.paste(key)
        else:
            return False
        return True

    def paste(self, text: str) -> None:
        self.text = (self.text + harmless(text))[:LONGEST]

    def line(self) -> Spans:
        return [("accent", self.sign), (None, self.text)]

    @property
    def column(self) -> int:
        """Where the cursor stands."""
        return wide(self.sign + self.text)
