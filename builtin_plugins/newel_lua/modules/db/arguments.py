"""Arguments as a plugin gave them, checked one by one. What is wrong is a fault that names function and argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from newel_lua.model import LuaFault, LuaValue
from newel_lua.modules.db.names import kind_of, meant, shown


class Arguments:
    """Of one call of ``function``, such as ``db.query``."""

    __slots__ = ("_given", "function")

    def __init__(self, function: str, given: Sequence[LuaValue]) -> None:
        self.function = function
        self._given = given

    def fault(self, what: str) -> LuaFault:
        return LuaFault(f"{self.function}: {what}")

    def at(self, number: int) -> LuaValue:
        """The argument, counted from 1; ``None`` where it was left out."""
        return self._given[number - 1] if number <= len(self._given) else None

    def text(self, number: int, name: str) -> str:
        return self.as_text(self.at(number), f"argument {number} ({name})")

    def table(self, number: int, name: str) -> Mapping[str, LuaValue]:
        return self.as_table(self.at(number), f"argument {number} ({name})")

    def list(self, number: int, name: str) -> Sequence[LuaValue]:
        return self.as_list(self.at(number), f"argument {number} ({name})")

    def as_text(self, value: LuaValue, where: str) -> str:
        if not isinstance(value, str):
            raise self.fault(f"{where} must be a string, got {kind_of(value)}")
        return value

    def as_table(self, value: LuaValue, where: str) -> Mapping[str, LuaValue]:
        if not isinstance(value, dict):
            got = "a list" if isinstance(value, list) else kind_of(value)
            raise self.fault(f"{where} must be a table with names, got {got}")
        return value

    def as_list(self, value: LuaValue, where: str) -> Sequence[LuaValue]:
        if value == {}:  # an empty table is both
            return ()
        if not isinstance(value, list):
            got = "a table with names" if isinstance(value, dict) else kind_of(value)
            raise self.fault(f"{where} must be a list, got {got}")
        return value

    def as_flag(self, value: LuaValue, where: str) -> bool:
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.fault(f"{where} must be true or false, got {kind_of(value)}")

    def as_count(self, value: LuaValue, where: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(f"{where} must be a whole number, got {kind_of(value)}")
        return value

    def known(self, table: Mapping[str, LuaValue], options: Iterable[str], where: str = "") -> None:
        """Refuses options that there are not."""
        for name in table:
            if name not in options:
                raise self.fault(f"{where}there is no option {shown(name)}{meant(name, options)}")
