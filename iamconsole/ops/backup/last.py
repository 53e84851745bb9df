"""When the last backup was taken, as far as this console was told."""

from datetime import datetime

from iamconsole.models import Event

from .operations import RECORD_BACKUP


def last_backup() -> datetime | None:
    """The moment whose state the newest backup has; None where no event of one is kept."""
    told = Event.objects.filter(action=RECORD_BACKUP, outcome=Event.Outcome.ALLOWED).order_by("-at").first()
    return datetime.fromisoformat(told.detail["TakenAt"]) if told else None
