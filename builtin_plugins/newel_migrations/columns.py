"""Column types as each engine must write them, so that a column holds and compares the same values on all.

The values of the ``Database`` contract are integers of 64 bits, doubles, text that compares by its bytes, and bytes.
"""

from __future__ import annotations

import re

from newel.contracts.database import Dialect

_TEXT = re.compile(r"(VAR|N|NVAR)?CHAR\b|(TINY|MEDIUM|LONG)?TEXT\b|CLOB\b", re.IGNORECASE)
_OWN_COLLATION = re.compile(r"\s+COLLATE\s+\S+|\s+CHARACTER SET\s+\S+", re.IGNORECASE)
_FOREIGN = re.compile(r"(DATETIME|TIMESTAMP|DATE|TIME|INTERVAL|JSONB?|NUMERIC|DECIMAL|UUID|ENUM|INET)\b", re.IGNORECASE)
_OTHERS: dict[Dialect, tuple[tuple[str, str], ...]] = {
    "sqlite": (),
    "postgresql": ((r"(INTEGER|BOOLEAN)$", "BIGINT"), (r"SERIAL$", "BIGSERIAL"), (r"REAL$", "DOUBLE PRECISION")),
    "mysql": (
        (r"(INTEGER|BOOL)$", "BIGINT"),
        (r"(FLOAT|REAL)\b.*", "DOUBLE"),
        (r"(TINY|MEDIUM)?TEXT(\(\d+\))?", "LONGTEXT"),
        (r"(TINY|MEDIUM)?BLOB(\(\d+\))?", "LONGBLOB"),
    ),
}


def portable(text: str, dialect: Dialect, collation: str) -> str:
    """The type ``text`` that SQLAlchemy wrote, corrected. Raises ``ValueError`` where there is nothing to correct."""
    if _FOREIGN.match(text):
        raise ValueError(
            f"columns of type {text} differ between engines: keep times as String(24) (newel.structure.rfc3339), "
            "JSON and exact decimals as Text or String"
        )
    for pattern, replacement in _OTHERS[dialect]:
        found = re.match(pattern, text, re.IGNORECASE)
        if found is not None:
            text = replacement + text[found.end() :]
            break
    if not collation or not _TEXT.match(text):
        return text
    # Also where a column names one of its own: the two sides of a foreign key need the same.
    quoted = f'"{collation}"' if dialect == "postgresql" else collation
    return f"{_OWN_COLLATION.sub('', text)} COLLATE {quoted}"
