"""Just enough of the Dockerfile's grammar to ask what ours says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from attrs import Factory, frozen


@frozen
class Step:
    """An instruction with its flags taken off."""

    name: str
    text: str
    flags: dict[str, str]

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


@frozen
class Stage:
    """What one FROM begins."""

    base: str
    name: str
    steps: list[Step] = Factory(list)

    def all(self, name: str) -> list[Step]:
        return [one for one in self.steps if one.name == name]

    def last(self, name: str) -> str:
        return self.all(name)[-1].text


@frozen
class Dockerfile:
    """The arguments that stand before the first FROM, and the stages."""

    arguments: dict[str, str]
    stages: list[Stage]

    @classmethod
    def of(cls, file: Path) -> Dockerfile:
        arguments: dict[str, str] = {}
        stages: list[Stage] = []
        for step in steps(file.read_text("utf-8")):
            if step.name == "FROM":
                base, _, name = step.text.partition(" AS ")
                stages.append(Stage(base, name))
            elif stages:
                stages[-1].steps.append(step)
            else:
                name, _, value = step.text.partition("=")
                arguments[name] = value
        return cls(arguments, stages)

    def from_(self, stage: Stage) -> str:
        """What a stage stands on, arguments filled in."""
        return re.sub(r"\$\{(\w+)\}", lambda found: self.arguments[found[1]], stage.base)


def steps(text: str) -> list[Step]:
    """The instructions in their order; comments stand between lines, also of one instruction."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#") and line.strip()]
    found = []
    for line in re.split(r"(?<!\\)\n", "\n".join(lines)):
        name, _, rest = re.sub(r"\\\n\s*", "", line).partition(" ")
        flags = {}
        while flag := re.match(r"--([\w-]+)=(\S+)\s+", rest):
            flags[flag[1]] = flag[2]
            rest = rest[flag.end() :]
        found.append(Step(name, rest, flags))
    return found
