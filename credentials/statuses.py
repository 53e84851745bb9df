"""What operations that activate and deactivate a credential have in common."""

from iamconsole.operations import Call, Operation, Undo


def undo_status(operation: Operation, call: Call, status: str | None) -> Undo:
    """What takes back that a credential gets a status: the one that it has now, None for no credential."""
    if status is None:
        return None
    return [] if status == call.params["Status"] else [(operation.name, {**call.params, "Status": status})]
