"""Calls that hold up the event loop, found in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = {
    "open", "input", "time.sleep", "os.system", "os.popen", "os.listdir", "os.scandir", "os.walk", "shutil.copytree",
    "shutil.rmtree", "shutil.copy", "shutil.copyfile", "socket.create_connection", "socket.getaddrinfo",
    "sqlite3.connect", "urllib.request.urlopen",
}  # fmt: skip
PREFIXES = ("requests.", "subprocess.", "smtplib.", "ftplib.")
METHODS = {"read_text", "write_text", "read_bytes", "write_bytes"}
"""Of paths."""


def blocking_calls(function: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The calls in a function's own body; not in functions inside it, which a thread may run."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            method = isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
            if name in FUNCTIONS or name.startswith(PREFIXES) or method:
                yield name, node
        yield from blocking_calls(node)


def marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names of its decorators."""
    calls = [mark.func if isinstance(mark, ast.Call) else mark for mark in function.decorator_list]
    return {ast.unparse(one).rpartition(".")[2] for one in calls}
