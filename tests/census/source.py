"""What only the source tells: names that stand in calls. Constants are looked up in the module that names them."""

import ast
import importlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.census.surface import OURS

ROOT = Path(__file__).parent.parent.parent
SESSION_WRITES = ("setdefault", "__setitem__")
COOKIE_WRITES = ("set_cookie", "set_signed_cookie")
# Reads of the environment: ``GIVEN.text(...)`` of the table of settings, ``os.environ.get(...)``, ``environ[...]``.
ENVIRONS = ("environ", "os.environ", "GIVEN")
TABLES = ("given",)  # the table of settings, handed to a function


@dataclass(frozen=True)
class Place:
    """A node with the module it stands in and the functions around it, the innermost last."""

    module: str
    node: Any
    functions: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.module}, line {self.node.lineno}: {ast.unparse(self.node)}"


@cache
def places() -> tuple[Place, ...]:
    """Every node of the program's source."""
    found: list[Place] = []
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.relative_to(ROOT).parts:
                walk(ast.parse(path.read_text()), module_name(path), (), found)
    return tuple(found)


def walk(node: ast.AST, module: str, functions: tuple[Any, ...], found: list[Place]) -> None:
    for child in ast.iter_child_nodes(node):
        found.append(Place(module, child, functions))
        inner = (*functions, child) if isinstance(child, ast.FunctionDef) else functions
        walk(child, module, inner, found)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def calls(*names: str) -> Iterator[Place]:
    """Calls of a function or a method by the end of its name: "keep", or "OneTimeSecret.keep"."""
    for place in places():
        if isinstance(place.node, ast.Call):
            called = f".{ast.unparse(place.node.func)}"
            if any(called.endswith(f".{name}") for name in names):
                yield place


def argument(place: Place, number: int, name: str) -> Any:
    """An argument by its place or its name; None where it is not given."""
    for keyword in place.node.keywords:
        if keyword.arg == name:
            return keyword.value
    return place.node.args[number] if number < len(place.node.args) else None


def values(place: Place, expression: Any) -> set[str]:
    """What a text in a call can be: a constant, or what the callers of the function around it hand on.

    Raises LookupError where it is made up on the way: then the census has to learn how.
    """
    if isinstance(expression, ast.IfExp):
        return values(place, expression.body) | values(place, expression.orelse)
    for function in reversed(place.functions):
        names = [parameter.arg for parameter in function.args.args]
        if isinstance(expression, ast.Name) and expression.id in names:
            number = names.index(expression.id) - (names[0] in ("self", "cls"))
            handed = [(call, argument(call, number, expression.id)) for call in calls(function.name)]
            return {value for call, given in handed if given for value in values(call, given)}
    try:
        code = compile(ast.Expression(expression), str(place), "eval")
        found = eval(code, dict(vars(importlib.import_module(place.module))))  # noqa: S307
    except NameError as error:
        raise LookupError(f"What is this? {place}") from error
    if not isinstance(found, str):
        raise LookupError(f"This is no text: {place}")
    return {found}


def of_calls(number: int, name: str, *called: str) -> set[str]:
    """The values of one argument of all calls of a function."""
    given = ((place, argument(place, number, name)) for place in calls(*called))
    return {value for place, node in given if node is not None for value in values(place, node)}


def job_kinds() -> Iterator[str]:
    """Those that workers run, and those of jobs that are done when they are made."""
    yield from of_calls(0, "kind", "job_kind")
    for place in calls("Job.objects.create"):
        kind = argument(place, 0, "kind")
        if not (isinstance(kind, ast.Name) and kind.id == "kind"):  # ``jobs.start``: of the kinds above
            yield from values(place, kind)


def purposes() -> set[str]:
    return of_calls(0, "purpose", "OneTimeSecret.keep")


def sealed_places() -> Iterator[str]:
    """As they stand in the source, with <> for what differs from row to row: "accesskey|sealed_secret|<>"."""
    for place in places():
        if isinstance(place.node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "<>" for part in place.node.values]
            if re.fullmatch(r"[a-z<>]+\|\w+\|<>", text := "".join(parts)):
                yield text


def session_keys() -> Iterator[str]:
    """Of what is written: ``request.session[KEY] = ...``, ``session.setdefault(KEY, ...)``."""
    for place in places():
        node = place.node
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and is_session(node.value):
            yield from values(place, node.slice)
    for place in calls(*(f"session.{method}" for method in SESSION_WRITES)):
        yield from values(place, place.node.args[0])


def is_session(node: ast.expr) -> bool:
    return f".{ast.unparse(node)}".endswith(".session")


def cookies() -> set[str]:
    return of_calls(0, "key", *COOKIE_WRITES)


def salts() -> set[str]:
    """Of Django's ``signing`` and ``salted_hmac``."""
    hmacs = of_calls(0, "key_salt", "salted_hmac")
    return hmacs | of_calls(9, "salt", "signing.dumps", "signing.loads", "Signer", "TimestampSigner")


def environment() -> Iterator[str]:
    for place in places():
        node = place.node
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (is_environ(node.func.value) or ast.unparse(node.func.value) in TABLES)
        ):
            if node.args and node.func.attr not in ("setdefault", "update", "pop"):
                # What only the run knows is compared with what the console itself has set.
                with suppress(LookupError):
                    yield from values(place, node.args[0])
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and is_environ(node.value):
            yield from values(place, node.slice)


def is_environ(node: ast.expr) -> bool:
    return ast.unparse(node) in ENVIRONS
