"""Filters of the event history; their state is in the address."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from iamconsole.models import Event


class EventFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="anywhere", label="Search")
    outcome = django_filters.ChoiceFilter(
        choices=Event.Outcome.choices, empty_label="Any outcome", label="Outcome"
    )
    after = django_filters.DateFilter(
        field_name="at", lookup_expr="date__gte", label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    before = django_filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label="To", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Event
        fields: list[str] = []

    def anywhere(self, events: QuerySet[Event], name: str, words: str) -> QuerySet[Event]:
        """Who, what, on what, from where."""
        return events.filter(
            Q(principal_arn__icontains=words)
            | Q(origin_arn__icontains=words)
            | Q(action__icontains=words)
            | Q(resource__icontains=words)
            | Q(source_ip__icontains=words)
        )
