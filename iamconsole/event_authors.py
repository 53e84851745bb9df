"""Who did what a sync has found: a row beside the Event, which itself is never changed."""

from typing import Any

from django.db import models
from django.utils import timezone

DENIED = "AWS does not let this console read who did it (cloudtrail:LookupEvents)."
LATE = "AWS CloudTrail does not show the call yet. It can take 15 minutes. The next sync looks again."
NONE = "AWS CloudTrail shows no call that explains it since {since:%Y-%m-%d %H:%M} UTC."
UNREAD = "AWS CloudTrail has more calls than this console reads at once, back to {since:%Y-%m-%d %H:%M} UTC."
SILENT = "AWS CloudTrail did not answer. The next sync asks again."
OFF = "This console is set not to ask AWS CloudTrail."


CHANGED_OUTSIDE = "iamconsole:ChangedOutside"
# A change that was asked for here, whose answer was lost: a sync has found it at AWS.
CHANGED_HERE = "iamconsole:ChangedHere"


class Authored:
    """What an Event says of who did it: for a change outside, what AWS CloudTrail knows of it.

    Lists read ``authors`` along with the events.
    """

    action: str
    principal_arn: str
    origin_arn: str
    source_ip: str | None
    channel: str

    @property
    def by_authors(self) -> "EventAuthors | None":
        """What is known of who made a change outside; None for other events."""
        found: EventAuthors | None = (
            getattr(self, "authors", None) if self.action == CHANGED_OUTSIDE else None
        )
        return found

    @property
    def who(self) -> str:
        """The person behind it: a role session shows whose it is."""
        known = self.by_authors.words if self.by_authors else ""
        return known or short_name(self.origin_arn or self.principal_arn)

    @property
    def source(self) -> str:
        """Where it came from: an address, else the way in."""
        known = ", ".join(self.by_authors.addresses) if self.by_authors else ""
        return known or self.source_ip or ("AWS" if self.action == CHANGED_OUTSIDE else self.channel)


def short_name(arn: str) -> str:
    """The name at the end of an ARN: of a user, a role session, or root."""
    return arn.rpartition("/")[2].rpartition(":")[2]


class EventAuthors(models.Model):
    """What AWS CloudTrail says about one Event of a change outside."""

    class State(models.TextChoices):
        NEW = "new", "Not asked yet"
        LATE = "late", "Not there yet"
        SILENT = "silent", "No answer"
        FOUND = "found", "Found"
        NONE = "none", "Not there"
        UNREAD = "unread", "Not read so far back"
        DENIED = "denied", "Denied"
        OFF = "off", "Not asked"

    # Those about which AWS is asked again.
    OPEN = (State.NEW, State.LATE, State.SILENT)

    # Without a constraint of the database: it would need the right to lock events, and so to update them
    # (docs/threat-model.md).
    event = models.OneToOneField(
        "iamconsole.Event",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="authors",
        db_constraint=False,
    )
    account_id = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    # The change was made after this moment: the sync before had not seen it.
    since = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    # The differences that are looked for, until they were.
    differences = models.JSONField(default=list)
    # Calls that explain them, the latest first.
    calls = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["account_id", "state"], name="event_authors_open")]

    def __str__(self) -> str:
        return f"Authors of {self.event_id}: {self.state}"

    @property
    def why_not(self) -> str:
        """Why it is not known who did it; "" where it is, or was not asked yet."""
        words = {
            self.State.DENIED: DENIED,
            self.State.LATE: LATE,
            self.State.NONE: NONE,
            self.State.UNREAD: UNREAD,
            self.State.SILENT: SILENT,
            self.State.OFF: OFF,
        }
        return words.get(self.State(self.state), "").format(since=self.since)

    @property
    def names(self) -> list[str]:
        """The authors, each once, the latest first."""
        return list(dict.fromkeys(call["Name"] for call in self.calls))

    @property
    def addresses(self) -> list[str]:
        """Where they called from, each once."""
        return list(dict.fromkeys(call["From"] for call in self.calls))

    @property
    def words(self) -> str:
        """The authors in a line: "one of" where several calls explain the same."""
        names = self.names
        if len(names) > 1 and any(call["OneOf"] for call in self.calls):
            return f"one of {', '.join(names)}"
        return ", ".join(names)

    def close(self, state: str, calls: list[dict[str, Any]] | None = None) -> None:
        """Keep what AWS said. The differences go once they are not looked for any more."""
        self.state, self.calls, self.asked_at = state, calls or [], timezone.now()
        if state not in self.OPEN:
            self.differences = []
        self.save()
