"""The codes of errors that callers can meet, read from the source."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from attrs import frozen

import newel
from newel import errors
from newel.contracts.http import HttpFault

FAULT = HttpFault.__name__
KERNEL = "kernel"
ANSWER = "problem"
"""The function of the HTTP door that makes an answer without an error."""
ERRORS = {
    name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, errors.NewelError)
}  # fmt: skip

TELLING = re.compile(rf"\bcode\b[^\n]{{0,40}}=|{FAULT}\(|{ANSWER}\(|\nclass \w+\([^)]*(?:{'|'.join(sorted(ERRORS))})")


@frozen(order=True)
class Code:
    """One code. ``kind`` is the class of ``newel.errors`` that it goes back to, ``HttpFault`` with its status, or empty
    where the class is a plugin's own; ``named``: it is a whole class's."""

    code: str
    owner: str
    kind: str
    named: bool


def codes(plugins: Iterable[str]) -> list[Code]:
    """Those of the kernel and of these packages (``newel_http``), sorted."""
    folders = [(KERNEL, Path(newel.__file__).parent)]
    folders += [(name.removeprefix("newel_"), Path(str(import_module(name).__file__)).parent) for name in plugins]
    trees = [
        (owner, ast.parse(text))
        for owner, folder in folders
        for file in sorted(folder.rglob("*.py"))
        if not {"testing", "plugin_template"} & set(file.relative_to(folder).parts)
        and TELLING.search(text := file.read_text("utf-8"))  # few files do, and to parse is slow
    ]
    ours = _kinds([tree for owner, tree in trees if owner == KERNEL], dict.fromkeys(ERRORS, "") | {FAULT: FAULT})
    kinds = {owner: _kinds([tree for name, tree in trees if name == owner], ours) for owner, _ in folders[1:]}
    kinds[KERNEL] = ours
    return sorted({code for owner, tree in trees for code in _of(owner, tree, kinds[owner])})


def _kinds(trees: Iterable[ast.AST], known: Mapping[str, str]) -> dict[str, str]:
    """Each error class that these files define or may import, with the one of ``newel.errors`` that it is."""
    bases = {
        node.name: [ast.unparse(base) for base in node.bases]
        for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }  # fmt: skip
    kinds = {name: kind or name for name, kind in known.items() if not kind or name not in bases or name == FAULT}
    for _ in range(5):  # deeper than that no error stands below another
        for name, above in bases.items():
            if name not in kinds and (found := next((kinds[one] for one in above if one in kinds), None)) is not None:
                kinds[name] = found
    return kinds


def _of(owner: str, tree: ast.AST, kinds: dict[str, str]) -> Iterator[Code]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in kinds:
            yield from (Code(text, owner, kinds[node.name], True) for text in _own(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == ANSWER and len(node.args) > 1:
            status, code = node.args[:2]
            if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                yield Code(str(code.value), owner, f"{FAULT} {status.value!r}", False)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            kind = kinds[node.func.id]
            for word in node.keywords:
                if word.arg == "code" and isinstance(word.value, ast.Constant) and word.value.value:
                    yield Code(str(word.value.value), owner, kind, False)
            if node.func.id == FAULT and len(node.args) > 1:
                status, code = node.args[:2]
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    yield Code(str(code.value), owner, f"{FAULT} {status.value!r}", False)


def _own(node: ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        target = one.targets[0] if isinstance(one, ast.Assign) else getattr(one, "target", None)
        value = getattr(one, "value", None)
        if isinstance(target, ast.Name) and target.id == "code" and isinstance(value, ast.Constant):
            yield str(value.value)
