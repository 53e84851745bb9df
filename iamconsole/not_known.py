"""What was not read is not known: one value for it, drawn by ``templates/components/not_known.html``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

TITLE = "Not known"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """A fact that was not read. It is neither empty nor "none", and nobody may decide by it.

    ``what`` is the fact within a sentence ("groups"), ``why`` the sentence that names its source ("A
    credential report does not contain groups."). ``dated`` gives the moment of that source, None where there
    is none yet; it is asked only where the moment is shown, because it may cost a query.
    """

    what: str
    why: str
    dated: Callable[[], datetime | None] = field(default=lambda: None, compare=False)

    @property
    def at(self) -> datetime | None:
        """When the source was made or read."""
        return self.dated()

    @property
    def subject(self) -> str:
        """The fact at the beginning of a title."""
        return self.what[:1].upper() + self.what[1:]

    def __str__(self) -> str:
        return f"{TITLE}: {self.why}"

    @property
    def cell(self) -> SafeString:
        """The short form, for a cell: two words to see, the reason on pointing and for screen readers."""
        return format_html(
            '<span class="ui-not-known" data-not-known="{}" title="{}">{}'
            '<span class="ui-read-only-text">: {}</span></span>',
            self.what,
            self.why,
            TITLE,
            self.why,
        )

    def __html__(self) -> SafeString:
        return self.cell


def as_not_known(fact: NotKnown | None, what: str, why: str, at: datetime | None) -> NotKnown | None:
    """The given fact, or one that is put together from its parts; None where nothing is unknown."""
    return fact or (NotKnown(what, why, lambda: at) if why else None)
