"""The house rules that a machine can keep: imports point down, files stay small (ARCHITECTURE 4, 7)."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from iamconsole.operations import all_operations

ROOT = Path(__file__).parent.parent
PACKAGES = ("iamconsole", "users", "credentials", "reports")

# Lower number = lower floor. The longest matching prefix decides.
FLOORS = {
    "iamconsole.policy": 1,
    "iamconsole.catalogue": 1,
    "iamconsole.review": 1,
    "iamconsole.arn": 1,
    "iamconsole.errors": 1,
    "iamconsole.crypto": 1,
    "iamconsole.identifiers": 1,
    "iamconsole.compiled_queries": 1,
    "iamconsole.hashers": 1,
    "iamconsole.ops.logs": 1,
    "iamconsole.ops.json_logs": 1,
    "iamconsole.ops.request_ids": 1,
    "iamconsole.ops.telemetry": 1,
    "iamconsole.settings": 1,
    "iamconsole.ops.settings": 1,
    "iamconsole.mail_settings": 1,
    "iamconsole.database_settings": 1,
    "iamconsole.log_settings": 1,
    "iamconsole": 2,
    "users": 3,
    "credentials": 4,
    "reports": 5,
    # They see everything, and nobody imports them.
    "iamconsole.__main__": 6,
    "iamconsole.urls": 6,
    "iamconsole.management": 6,
    "iamconsole.demo": 6,
}


def floor(module: str) -> int:
    prefixes = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    return FLOORS[max(prefixes, key=len)]


def module_name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in files if "migrations" not in path.relative_to(ROOT).parts]


def imports(path: Path) -> set[str]:
    """The modules a file imports, absolute, those for type checking only left out."""
    module = module_name(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in runtime_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([node.module] if node.module else [])])
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names if is_module(f"{base}.{alias.name}")}
    # The package itself is empty (tested below); what counts is the module taken from it.
    return found - {"iamconsole"}


def runtime_nodes(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from runtime_nodes(node)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_imports_point_down():
    assert not {str(path): wrong for path in sources() if (wrong := upward(path))}


def upward(path: Path) -> set[str]:
    """What a file imports from above."""
    # What Django's start-up calls is a door into the house from outside: it may see all floors.
    if path.name == "apps.py":
        return set()
    here = module_name(path)
    ours = {name for name in imports(path) if name.split(".")[0] in PACKAGES}
    return {name for name in ours if floor(name) > floor(here)}


# Modules, names of pages and templates of the rooms, in strings. "users" alone is a word like others.
NOUN = re.compile(r"(users|credentials|reports)(\.[a-z_][\w.]*|:[a-z-]+|/[\w/]+\.html)")
LOOKED_UP = {"get_model", "import_string", "import_module"}
# Django and its libraries want dotted paths there; the others see everything, and nobody imports them.
SEES_NOUNS = ("settings.py", "urls.py", "management", "demo")


def core_sources() -> list[Path]:
    core = ROOT / "iamconsole"
    return [
        path
        for path in sources()
        if path.is_relative_to(core) and path.relative_to(core).parts[0] not in SEES_NOUNS
    ]


def rooms_known(path: Path) -> set[str]:
    """What a file imports of the rooms, or names of them by a string."""
    rooms = {name for name in imports(path) if name.split(".")[0] in ("users", "credentials", "reports")}
    return rooms | nouns_named(ast.parse(path.read_text()))


def nouns_named(tree: ast.AST) -> set[str]:
    """What a file of the core names of the rooms by a string, or looks up by one."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NOUN.fullmatch(node.value):
            found.add(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in LOOKED_UP:
            found.add(ast.unparse(node))
    return found


def test_the_core_knows_no_noun():
    assert not {str(path): known for path in core_sources() if (known := rooms_known(path))}


@pytest.mark.parametrize(
    "text",
    [
        'reverse("users:list")',
        'render(request, "users/people/list.html")',
        'apps.get_model("users", "User")',
        "import_string(name)",
        'x = "credentials.shown_once.views"',
    ],
)
def test_names_in_strings_count_as_imports(text):
    assert nouns_named(ast.parse(text))
    assert not nouns_named(ast.parse('x = "users", "reports of users.", "iam:GetUser"'))


ROOMS = ("users", "credentials", "reports")
# They see all rooms of their application.
OF_THE_APPLICATION = ("apps.py", "urls.py")


def room(module: str) -> str:
    """The folder of a noun, or a file with what several of them need."""
    return ".".join(module.split(".")[:2])


def rooms_entered(path: Path) -> set[str]:
    """The modules of other rooms that a file imports."""
    here = room(module_name(path))
    return {
        name for name in imports(path) if name.split(".")[0] in ROOMS and room(name) not in (here, *ROOMS)
    }


def in_rooms() -> list[Path]:
    return [path for path in sources() if path.relative_to(ROOT).parts[0] in ROOMS]


def test_no_noun_imports_views_or_forms_of_another():
    wrong = [
        f"{path}: {name}"
        for path in in_rooms()
        if path.name not in OF_THE_APPLICATION
        for name in rooms_entered(path)
        if {"views", "forms"} & set(name.split("."))
    ]
    assert not wrong


def test_no_circle_among_rooms():
    graph: dict[str, set[str]] = {}
    for path in in_rooms():
        if path.name not in OF_THE_APPLICATION:
            entered = {room(name) for name in rooms_entered(path)}
            graph.setdefault(room(module_name(path)), set()).update(entered)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


CORE_TEMPLATES = [*(ROOT / "templates").glob("*.html"), *(ROOT / "templates" / "components").rglob("*.html")]
NOUN_IN_TEMPLATE = re.compile(r"""["'](users|credentials|reports)[:/]""")


@pytest.mark.parametrize("path", CORE_TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_of_the_core_lead_to_no_noun(path):
    assert not NOUN_IN_TEMPLATE.findall(path.read_text())


def test_the_policy_language_needs_nothing_but_python():
    for path in (ROOT / "iamconsole" / "policy").rglob("*.py"):
        outside = {
            name
            for name in imports(path)
            if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("iamconsole.policy")
        }
        assert not outside, f"{path.name} imports {outside}"


def test_the_package_itself_imports_nothing():
    assert (ROOT / "iamconsole" / "__init__.py").read_text() == ""


def test_files_stay_short():
    long = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in sources()}
    assert not {name: lines for name, lines in long.items() if lines > 420}


def test_no_drawer_for_everything():
    drawers = {"utils", "helpers", "common", "lib"}
    assert not [path for path in sources() if drawers & {*path.relative_to(ROOT).parts, path.stem}]


def test_no_arn_is_written_for_one_partition():
    """An account is in aws, aws-cn or aws-us-gov: ``Arns`` of the account or the caller puts ARNs together."""
    literal = "arn:" + "aws:"
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path.name != "arn.py" and "demo" not in path.relative_to(ROOT).parts
        for node in texts(ast.parse(path.read_text()))
        if literal in node.value
    ]
    wrong += [
        str(path.relative_to(ROOT))
        for folder, form in (("templates", "*.html"), ("static", "*.js"))
        for path in (ROOT / folder).rglob(form)
        if literal in path.read_text()
    ]
    assert not wrong


def texts(tree: ast.Module):
    """The text literals of a file, docstrings left out."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def test_addresses_are_made_in_one_place():
    """Django's own would leave out the account (iamconsole.addresses)."""
    django_ones = {
        ("django.urls", "reverse"),
        ("django.urls", "reverse_lazy"),
        ("django.shortcuts", "redirect"),
    }
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and {(node.module, alias.name) for alias in node.names} & django_ones
    ]
    assert not wrong


# Where operations are named in a list or a mapping beside themselves, and why.
NAMED = {
    "iamconsole/demo/story.py": "what the demo's people did",
    "iamconsole/review/dangers.py": "what a policy's actions allow, in words: the policy language's, not ours",
    "users/accounts/link_policies.py": "what a sync reads, with reasons",
    "users/callers/build.py": "the documents of built-in policies",
    "users/callers/mfa_requirement.py": "the document of a built-in policy",
    "users/policies/mfa_policy.py": "the document of a policy that is made at AWS",
    "users/policies/ready.py": "the documents of policies that people create with one click",
    "reports/findings/acting.py": "which parameters name what a rule deactivates",
    "reports/findings/views/finding.py": "which button of the page asks for what",
    "users/people/copies.py": "what a person must be allowed to read before a user is copied",
    **dict.fromkeys(
        (
            "credentials/passwords/views/console_access.py",
            "users/user_tabs.py",
            "reports/findings/reading.py",
        ),
        "what a page asks its person's policies about",
    ),
}


def test_no_table_of_operations_stands_beside_them():
    """An operation knows itself: what is said of it elsewhere is its method or attribute (ARCHITECTURE 2)."""
    names = {operation.rpartition(":")[2] for operation in all_operations()}
    wrong = [
        f"{place}:{node.lineno}"
        for path in sources()
        if path.stem != "operations"
        and "operations" not in path.relative_to(ROOT).parts
        and (place := relative(path)) not in NAMED
        for node in ast.walk(ast.parse(path.read_text()))
        if most_named(node, names) >= 3
    ]
    assert not wrong, "Make it a method or an attribute of the operations."


def test_the_places_that_may_name_operations_do():
    names = {operation.rpartition(":")[2] for operation in all_operations()}
    found = {
        relative(path)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if most_named(node, names) >= 3
    }
    assert set(NAMED) <= found


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def most_named(node: ast.AST, names: set[str]) -> int:
    """How many operations a literal names, as its keys or as its members."""
    if isinstance(node, ast.Dict):
        return max(named(node.keys, names), named(node.values, names))
    return named(node.elts, names) if isinstance(node, ast.Set | ast.Tuple | ast.List) else 0


def named(nodes, names: set[str]) -> int:
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return len({text for text in found if text.rpartition(":")[2] in names})
