"""The actions that this console asks policies for."""

from functools import cache

from iamconsole import catalogue
from iamconsole.catalogue import Action
from iamconsole.operations import all_operations


@cache
def console_actions() -> frozenset[Action]:
    """Those of all operations, of IAM's as the catalogue has them."""
    names = sorted({operation.action for operation in all_operations().values()})
    return frozenset(catalogue.find_action(name) or own_actions()[name] for name in names)


@cache
def own_actions() -> dict[str, Action]:
    """Those that AWS does not have, by name, with the access level that IAM would give them."""
    return {
        operation.action: Action(*operation.action.split(":"), "Read" if operation.reads else "Write", ())
        for operation in all_operations().values()
        if catalogue.find_action(operation.action) is None
    }
