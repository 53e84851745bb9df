"""What the last sync of an account asked of AWS, where it counted its calls."""

from collections.abc import Mapping
from typing import Any


def calls_by_action(counts: Mapping[str, Any]) -> dict[str, int] | None:
    """Requests by action out of a sync's result; None where they were not counted."""
    calls = counts.get("calls")
    return dict(calls["by_action"]) if calls else None
