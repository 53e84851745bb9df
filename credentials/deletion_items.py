"""What goes before a user can be deleted: things, and the operations that delete them."""

from dataclasses import dataclass
from datetime import datetime

from iamconsole.operations import Step
from users.models import User


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that goes: what it is called, a grey word, when it was last used, and its steps."""

    name: str
    note: str = ""
    last_used: datetime | None = None
    steps: tuple[Step, ...] = ()


def step_on(user: User, operation: str, **params: str) -> Step:
    """An operation on the user, with its other parameters."""
    return Step(operation, {"UserName": user.user_name, **params})


def steps_to_delete(user: User, kind: str, *, active: bool, **named: str) -> tuple[Step, ...]:
    """Delete a credential: the console deletes only inactive ones, so an active one is deactivated first."""
    delete = step_on(user, f"Delete{kind}", **named)
    return (step_on(user, f"Update{kind}", **named, Status="Inactive"), delete) if active else (delete,)
