"""Filters to SQL conditions. A field's number and every operand is a bound parameter; no input becomes SQL text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, literal_column, not_, or_, select, true

from newel import Malformed, Problem
from newel.bounds import Fault
from newel.config import did_you_mean
from newel.contracts.content import Stage
from newel_content import tables
from newel_content.config import ContentConfig
from newel_content.model import REFERENCE, SHARED, BoundField, Model

Clause = ColumnElement[bool]
COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "_eq": lambda column, value: column == value,
    "_neq": lambda column, value: or_(column != value, column.is_(None)),
    "_lt": lambda column, value: column < value,
    "_lte": lambda column, value: column <= value,
    "_gt": lambda column, value: column > value,
    "_gte": lambda column, value: column >= value,
}
TEXTUAL = ("_contains", "_icontains", "_starts_with", "_ends_with")
OPERATORS = (*COMPARE, "_in", "_nin", "_null", "_nnull", "_between", *TEXTUAL)


class Conditions:
    """One filter on its way to a clause. ``values`` are the parameters; ``shape`` says which text it makes."""

    def __init__(
        self, model: Model, stage: Stage, built_in: Mapping[str, Any], entry: Any, config: ContentConfig
    ) -> None:
        self._model = model
        self._stage = stage
        self._built_in = built_in
        self._entry = entry
        self._config = config
        self.values: dict[str, Any] = {}
        self.shape: list[str] = []
        self._nodes = 0

    def of(self, wanted: Mapping[str, Any]) -> Clause:
        """The clause of a whole filter. Raises ``Malformed`` with the place of the first fault."""
        return self._all(wanted, "/filter", 1)

    def _all(self, wanted: Any, place: str, depth: int) -> Clause:
        if depth > self._config.filter_depth:
            raise bad(place, "too_deep", f"a filter is nested at most {self._config.filter_depth} levels")
        if not isinstance(wanted, Mapping):
            raise bad(place, "type", "expected an object of conditions")
        clauses: list[Clause] = [true()]
        for name, inner in wanted.items():
            here = f"{place}/{name}"
            self._nodes += 1
            if self._nodes > self._config.filter_nodes:
                raise bad(here, "too_many", f"a filter has at most {self._config.filter_nodes} conditions")
            self.shape.append(f"({name if name.startswith('_') else ''}")
            if name in ("_and", "_or"):
                if not isinstance(inner, list):
                    raise bad(here, "type", "expected a list of conditions")
                parts = [self._all(one, f"{here}/{index}", depth + 1) for index, one in enumerate(inner)]
                clauses.append(and_(true(), *parts) if name == "_and" else or_(false(), *parts))
            elif name == "_not":
                clauses.append(not_(self._all(inner, here, depth + 1)))
            else:
                clauses.append(self._field(str(name), inner, here))
            self.shape.append(")")
        return and_(*clauses)

    def _field(self, name: str, tests: Any, place: str) -> Clause:
        if not isinstance(tests, Mapping):
            tests = {"_eq": tests}
        if name in self._built_in:
            column = self._built_in[name]
            self.shape.append(f"b:{name}")
            return and_(
                true(), *(self._test(column, column, op, value, None, f"{place}/{op}") for op, value in tests.items())
            )
        bound = self._model.fields.get(name)
        if bound is None:
            known = [*self._model.fields, *self._built_in]
            raise bad(place, "unknown", f"there is no field '{name}'{did_you_mean(name, known)}")
        if not bound.indexed or bound.kind.key is None:
            raise bad(place, "not_indexed", f"'{name}' is not indexed: mark the field as indexed to filter by it")
        return and_(true(), *(self._indexed(bound, str(op), value, f"{place}/{op}") for op, value in tests.items()))

    def _indexed(self, bound: BoundField, op: str, value: Any, place: str) -> Clause:
        negative = op in ("_neq", "_nin")
        if op in ("_null", "_nnull"):
            negative = (op == "_nnull") == truth(value, place)
            op = "_null"
        index = tables.index.alias()
        test = self._test(
            index.c.sort_key, index.c.text_value, {"_neq": "_eq", "_nin": "_in"}.get(op, op), value, bound, place
        )
        self.shape.append(f"i:{negative}:{bound.localized}")
        locale: Any = bindparam("locale")
        if self._stage == "draft" and not bound.localized:
            locale = literal_column("''") if SHARED == "" else locale
        found = exists(
            select(literal_column("1")).select_from(index).where(
                index.c.entry == self._entry, index.c.field == self._param(bound.number),
                index.c.stage == literal_column(f"'{self._stage}'"), index.c.locale == locale, test,
            )
        )  # fmt: skip
        return not_(found) if negative else found

    def _test(self, key: Any, text: Any, op: str, value: Any, bound: BoundField | None, place: str) -> Clause:
        self.shape.append(op)
        if op in COMPARE:
            clause: Clause = COMPARE[op](key, self._param(self._operand(bound, value, place)))
            return clause
        if op == "_null":
            return key.is_(None)  # type: ignore[no-any-return]  # a column
        if op in ("_in", "_nin"):
            listed = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
            if not isinstance(listed, list) or not 0 < len(listed) <= self._config.filter_values:
                raise bad(place, "type", f"expected a list of 1 to {self._config.filter_values} values")
            self.shape.append(str(len(listed)))
            clause = or_(*(key == self._param(self._operand(bound, one, place)) for one in listed))
            return clause if op == "_in" else not_(clause)
        if op == "_between":
            pair = value.split(",") if isinstance(value, str) else value
            if not isinstance(pair, list) or len(pair) != 2:
                raise bad(place, "type", "expected two values")
            low, high = (self._param(self._operand(bound, one, place)) for one in pair)
            return and_(key >= low, key <= high)
        if op in TEXTUAL and bound is not None and bound.kind.textual:
            if not isinstance(value, str):
                raise bad(place, "type", "expected a text")
            folded = op == "_icontains"
            wanted = self._operand(bound, value, place) if folded else value
            pattern = str(wanted).replace("!", "!!").replace("%", "!%").replace("_", "!_")
            pattern = {"_starts_with": f"{pattern}%", "_ends_with": f"%{pattern}"}.get(op, f"%{pattern}%")
            # SQLite's LIKE does not heed case, so the exact text is looked for as well.
            like: Clause = (key if folded else text).like(self._param(pattern), escape="!")
            return like
        raise bad(place, "operator", f"'{op}' does not fit here{did_you_mean(op, OPERATORS)}")

    def _operand(self, bound: BoundField | None, value: Any, place: str) -> Any:
        if isinstance(value, str) and value == "$NOW":
            value = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if bound is None or bound.kind.key is None:
            if not isinstance(value, str):
                raise bad(place, "type", "expected a text")
            return str(value)
        if bound.field.type == REFERENCE and isinstance(value, str):
            return str(value)
        try:
            stored = value if bound.kind.literal is None else bound.kind.literal(value, bound.field)
            return bound.kind.key(stored, bound.field)
        except Fault as fault:
            raise bad(place, fault.code, str(fault)) from None

    def _param(self, value: Any) -> Any:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return bindparam(name)


def truth(value: Any, place: str) -> bool:
    """A yes or no, perhaps as text."""
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise bad(place, "type", "expected true or false")


def bad(place: str, code: str, detail: str) -> Malformed:
    """A fault of a query, at its place."""
    return Malformed("the query is not valid", problems=[Problem(place, code, detail)])
