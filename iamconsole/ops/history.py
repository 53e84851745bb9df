"""Since when the event history is whole, for pages that say something about all time."""

from datetime import datetime

from iamconsole.models import Removal


def events_since() -> datetime | None:
    """The moment before which events were removed; None: none ever was."""
    removed = Removal.objects.filter(kind="events", removed__gt=0, last_at__isnull=False)
    return removed.order_by("-last_at").values_list("last_at", flat=True).first()
