"""The steps of creating users, as the wizard and the page of its secrets show them."""

from typing import Any

LABELS = {
    "details": "Specify user details",
    "permissions": "Set permissions",
    "tags": "Add tags",
    "review": "Review and create",
    "retrieve": "Retrieve credentials",
}


ORDER = ("details", "permissions", "tags", "review")


def finished_steps() -> list[dict[str, Any]]:
    """The steps beside the secrets: nothing behind can be changed any more."""
    done = [{"label": LABELS[step], "state": "done"} for step in ORDER]
    return [*done, {"label": LABELS["retrieve"], "state": "current"}]
