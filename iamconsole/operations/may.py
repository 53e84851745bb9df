"""What pages ask of a person's policies, to show the buttons that work."""

from iamconsole.errors import IamError

from .caller import Caller
from .registry import find

PREFIX = "iamconsole:"


class May:
    """Which operations a caller's policies allow on one resource: ``may.DeleteUser`` in a template,
    ``may["DeleteUser"]`` in a view. Operations of the console go without their prefix.

    The operation itself decides again.
    """

    def __init__(self, caller: Caller, resource: str = "") -> None:
        self.caller, self.resource = caller, resource
        self._allowed: dict[str, bool] = {}

    def __getitem__(self, name: str) -> bool:
        """Whether it is allowed. Raises IamError for the name of no operation: a page must not hide a button
        because of a typing error.
        """
        if name not in self._allowed:
            self._allowed[name] = self.caller.permits(action_of(name), self.resource)
        return self._allowed[name]


def action_of(name: str) -> str:
    """What policies call an operation, by its name with or without the prefix. Raises IamError."""
    try:
        return find(name).action
    except IamError:
        return find(f"{PREFIX}{name}").action
