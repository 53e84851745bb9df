"""Filters of the event history; their state is in the address."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from iamconsole.models import Event
from iamconsole.operations.may import PREFIX
from reports.newest_events import actions_of

# Looking at a list of this console is an Event too, and no news: it is shown when somebody asks for it.
LOOKS = Q(action__startswith=f"{PREFIX}List", outcome=Event.Outcome.ALLOWED)
# "sort" of the address -> the order, which an index has.
ORDERS = {
    "-time": ("-at", "-id"),
    "time": ("at", "id"),
    "operation": ("action", "-at", "-id"),
    "-operation": ("-action", "at", "id"),
}


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


class EventFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="anywhere", label="Search")
    action = django_filters.ChoiceFilter(empty_label="Any operation", label="Operation")
    outcome = django_filters.ChoiceFilter(
        choices=Event.Outcome.choices, empty_label="Any outcome", label="Outcome"
    )
    after = django_filters.DateFilter(
        method="from_day", label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    before = django_filters.DateFilter(
        method="to_day", label="To", widget=forms.DateInput(attrs={"type": "date"})
    )
    reads = django_filters.BooleanFilter(method="with_reads", label="Show reads", widget=forms.CheckboxInput)

    class Meta:
        model = Event
        fields: list[str] = []

    def __init__(self, data: Any, account_id: str) -> None:
        super().__init__(data, Event.objects.filter(account_id=account_id))
        offered = self.filters["action"]
        offered.extra["choices"] = [(action, action) for action in actions_of(account_id)]
        vars(offered).pop("_field", None)  # made already where somebody looked at the class's own filter

    @property
    def order(self) -> str:
        """How the events are sorted, the newest first unless the address says otherwise."""
        wanted = self.data.get("sort", "")
        return wanted if wanted in ORDERS else "-time"

    @property
    def is_narrow(self) -> bool:
        """Whether a filter is set that events are looked through for."""
        return any(self.form.cleaned_data.get(name) for name in ("q", "outcome"))

    @property
    def events(self) -> QuerySet[Event]:
        return self.qs.order_by(*ORDERS[self.order])

    def from_day(self, events: QuerySet[Event], name: str, day: date) -> QuerySet[Event]:
        return events.filter(at__gte=midnight(day))

    def to_day(self, events: QuerySet[Event], name: str, day: date) -> QuerySet[Event]:
        """All of that day, too."""
        return events if day == date.max else events.filter(at__lt=midnight(day + timedelta(days=1)))

    def anywhere(self, events: QuerySet[Event], name: str, words: str) -> QuerySet[Event]:
        """Who, what, on what, from where; or all of a request, by its ID or AWS's."""
        return events.filter(
            Q(request_id=words)
            | Q(detail__AWSRequestId=words)
            | Q(principal_arn__icontains=words)
            | Q(origin_arn__icontains=words)
            | Q(action__icontains=words)
            | Q(resource__icontains=words)
            | Q(source_ip__icontains=words)
        )

    def with_reads(self, events: QuerySet[Event], name: str, wanted: bool) -> QuerySet[Event]:
        """Without looks at lists, unless they are wanted or asked for by their operation."""
        return events if wanted or self.form.cleaned_data.get("action") else events.exclude(LOOKS)
