"""Filters: ``{"price": {"_gte": 10}, "_or": [...]}`` to conditions. All faults at once, each with its place.

Nothing here looks at values that are stored, so a refusal is the same whatever there is to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from newel import Malformed, Problem
from newel.bounds import Fault, described
from newel.config import did_you_mean
from newel_content.config import ContentConfig
from newel_content.documents.checking import pointer
from newel_content.model import REFERENCE, BoundField, Catalogue, Model
from newel_content.query.nodes import Node, Test, joined, negated, on_column, on_field, via
from newel_content.query.operands import COMPARE, TEXTUAL, ColumnOperands, FieldOperands, truth
from newel_content.query.sides import NULLABLE, Side

LOGIC = ("_and", "_or", "_not")
OPPOSITE: Mapping[str, str] = {"_neq": "_eq", "_nin": "_in", "_nnull": "_null", "_nempty": "_empty", "_none": "_some"}
EQUAL = ("_eq", "_neq", "_in", "_nin")
EMPTY = ("_null", "_nnull", "_empty", "_nempty")
ORDER = (*COMPARE, "_between")
SOME = ("_some", "_none")
OPERATORS = (*EQUAL, *ORDER, *TEXTUAL, *EMPTY, *SOME)


def read_filter(
    catalogue: Catalogue,
    side: Side,
    model: Model,
    wanted: Mapping[str, Any],
    config: ContentConfig,
    now: datetime,
    visible: Callable[[Model], bool],
) -> tuple[Node, ...]:
    """The conditions, all of which must hold. Raises ``Malformed``."""
    if not wanted:
        return ()
    reader = FilterReader(catalogue, side, config, now, visible)
    nodes = reader.level(model, wanted, "/filter", 1)
    if reader.problems:
        raise Malformed("the filter is not valid", problems=reader.problems)
    return tuple(nodes)


@define
class FilterReader:
    """One filter being read. ``visible`` says which types a reference may be followed to."""

    catalogue: Catalogue
    side: Side
    config: ContentConfig
    now: datetime
    visible: Callable[[Model], bool]
    problems: list[Problem] = field(factory=list, init=False)
    _nodes: int = field(default=0, init=False)
    _followed: bool = field(default=False, init=False)

    def fault(self, where: str, code: str, detail: str) -> None:
        self.problems.append(Problem(where, code, detail))

    def level(self, model: Model, wanted: Any, where: str, depth: int) -> list[Node]:
        """The conditions of one object."""
        if depth > self.config.filter_depth:
            self.fault(where, "depth", f"a filter is nested at most {self.config.filter_depth} deep")
            return []
        if not isinstance(wanted, Mapping) or not wanted:
            kind = "an empty one" if isinstance(wanted, Mapping) else described(wanted)
            self.fault(where, "type", f"expected an object of conditions, got {kind}")
            return []
        nodes: list[Node] = []
        for name, inner in wanted.items():
            here = where + pointer(name)
            if name in LOGIC:
                nodes += self._logic(model, name, inner, here, depth)
            elif name in self.side.columns:
                nodes += self._column(name, inner, here)
            elif name in model.fields:
                nodes += self._field(model.fields[name], inner, here, depth)
            else:
                known = [*model.fields, *self.side.columns, *LOGIC]
                self.fault(here, "unknown", f"there is no '{name}' to filter by{did_you_mean(str(name), known)}")
        return nodes

    def _counted(self, where: str) -> bool:
        """Counts a condition. Over the limit only the first is told, and nothing further is read."""
        self._nodes += 1
        if self._nodes == self.config.filter_nodes + 1:
            self.fault(where, "count", f"a filter has at most {self.config.filter_nodes} conditions")
        return self._nodes <= self.config.filter_nodes

    def _logic(self, model: Model, name: str, inner: Any, where: str, depth: int) -> list[Node]:
        if not self._counted(where):
            return []
        if name == "_not":
            nodes = self.level(model, inner, where, depth + 1)
            return [negated(joined("all", nodes))] if nodes else []
        if not isinstance(inner, list) or not inner:
            self.fault(where, "type", "expected a list of one or more conditions")
            return []
        parts = [self.level(model, one, where + pointer(index), depth + 1) for index, one in enumerate(inner)]
        parts = [part for part in parts if part]
        if name == "_and":
            return [node for part in parts for node in part]
        return [joined("any", [joined("all", part) for part in parts])] if parts else []

    # -- columns that every entry has -------------------------------------------------------------------------------

    def _column(self, name: str, given: Any, where: str) -> list[Node]:
        operands = ColumnOperands(name, self.now)
        allowed = (*EQUAL, *(EMPTY[:2] if name in NULLABLE else ORDER))
        nodes = []
        for operator, value in _tests(given).items():
            here = where + pointer(operator)
            if not self._counted(here) or not self._fits(name, str(operator), allowed, here):
                continue
            try:
                positive = OPPOSITE.get(operator, operator)
                negative = positive != operator
                if positive == "_null":
                    test = Test(("null",))
                    negative = negative == truth(value)
                else:
                    test = self._test(operands, positive, value)
            except Fault as fault:
                self.fault(here, fault.code, str(fault))
                continue
            node = on_column(name, test)
            nodes.append(negated(node) if negative else node)
        return nodes

    # -- fields -----------------------------------------------------------------------------------------------------

    def _field(self, bound: BoundField, given: Any, where: str, depth: int) -> list[Node]:
        if not self._indexed(bound, where):
            return []
        tests = _tests(given)
        reference = bound.field.type == REFERENCE
        if reference and not any(str(name) in OPERATORS for name in tests):
            tests = {"_some": given}  # {"author": {"name": ...}}
        nodes = []
        for operator, value in tests.items():
            here = where + pointer(operator)
            if not self._counted(here) or not self._fits(bound.name, str(operator), _allowed(bound), here):
                continue
            node = self._field_test(bound, str(operator), value, here, depth)
            if node is not None:
                nodes.append(node)
        return nodes

    def _field_test(self, bound: BoundField, operator: str, value: Any, where: str, depth: int) -> Node | None:
        positive = OPPOSITE.get(operator, operator)
        negative = positive != operator
        try:
            if positive in ("_null", "_empty"):
                yes = negative != truth(value)
                if positive == "_null":  # both are tests that find rows by themselves
                    return self._on(bound, Test(("null",) if yes else ("present",)))
                node = self._on(bound, Test(("filled",)))
                return negated(node) if yes else node
            if positive == "_some":
                some = self._some(bound, value, where, depth)
                return some if some is None or not negative else negated(some)
            node = self._on(bound, self._test(FieldOperands(bound, self.now), positive, value))
        except Fault as fault:
            self.fault(where, fault.code, str(fault))
            return None
        return negated(node) if negative else node

    def _some(self, bound: BoundField, given: Any, where: str, depth: int) -> Node | None:
        """One item passes all tests; of a reference, the entry that it leads to fulfils the conditions."""
        if not isinstance(given, Mapping) or not given:
            self.fault(where, "type", "expected an object of conditions")
            return None
        operands = FieldOperands(bound, self.now)
        allowed = [one for one in _allowed(bound) if one not in (*OPPOSITE, *EMPTY, *SOME)]
        tests: list[Test] = []
        inside = {}
        for name, value in given.items():
            here = where + pointer(name)
            if bound.field.type == REFERENCE and name not in OPERATORS:
                inside[name] = value
            elif self._counted(here) and self._fits(f"an item of {bound.name}", str(name), allowed, here):
                try:
                    tests.append(self._test(operands, name, value))
                except Fault as fault:
                    self.fault(here, fault.code, str(fault))
        if inside:
            tests += self._followed_to(bound, inside, where, depth)
        return self._on(bound, *tests) if tests else None

    def _followed_to(self, bound: BoundField, inside: Mapping[str, Any], where: str, depth: int) -> list[Test]:
        targets = bound.options.targets
        target = self.catalogue.models.get(targets[0]) if len(targets) == 1 else None
        if self._followed:
            self.fault(where, "depth", "a filter follows one reference, not a second one from there")
        elif target is None or not self.visible(target):
            self.fault(where, "target", f"'{bound.name}' does not lead to one type: filter by the id instead")
        else:
            self._followed = True
            nodes = self.level(target, inside, where, depth + 1)
            self._followed = False
            return [via(target.id, joined("all", nodes))] if nodes else []
        return []

    def _test(self, operands: FieldOperands | ColumnOperands, operator: str, value: Any) -> Test:
        if operator == "_eq":
            return operands.equal(value)
        if operator == "_in":
            return operands.among(value, self.config.filter_values)
        if operator == "_between":
            return operands.between(value)
        if operator in COMPARE:
            return operands.compared(operator, value)
        assert isinstance(operands, FieldOperands)  # noqa: S101 - columns have no textual operators
        return operands.like(operator, value)

    def _on(self, bound: BoundField, *tests: Test) -> Node:
        return on_field(bound.number, bound.localized, is_many(bound), tests)

    def _indexed(self, bound: BoundField, where: str) -> bool:
        if bound.indexed and bound.kind.key is not None and self.side.indexed:
            return True
        if not self.side.indexed:
            self.fault(where, "not_indexed", "what is in the trash cannot be found by its fields")
        elif bound.kind.key is None:
            self.fault(where, "not_indexed", f"fields of the type '{bound.field.type}' cannot be filtered by")
        else:
            self.fault(where, "not_indexed", f"mark the field '{bound.name}' as `indexed` to filter by it")
        return False

    def _fits(self, name: str, operator: str, allowed: Sequence[str], where: str) -> bool:
        if operator in allowed:
            return True
        if operator in OPERATORS:
            self.fault(where, "operator", f"'{operator}' makes no sense for {name}; it takes {', '.join(allowed)}")
        else:
            hint = did_you_mean(operator, allowed) or f"; it takes {', '.join(allowed)}"
            self.fault(where, "unknown", f"there is no operator '{operator}' for {name}{hint}")
        return False


def is_many(bound: BoundField) -> bool:
    """Whether an entry may hold several values."""
    return bound.kind.many and (bound.field.type != REFERENCE or bool(bound.options.many))


def _allowed(bound: BoundField) -> tuple[str, ...]:
    if bound.field.type == REFERENCE:
        return (*EQUAL, *EMPTY, *SOME)
    operators = (*EQUAL, *ORDER, *(TEXTUAL if bound.kind.textual else ()), *EMPTY)
    return (*operators, *SOME) if bound.kind.many else operators


def _tests(given: Any) -> Mapping[str, Any]:
    """A bare value stands for ``_eq``. (An empty object is told as an unknown operator would be.)"""
    return given if isinstance(given, Mapping) and given else {"_eq": given}
