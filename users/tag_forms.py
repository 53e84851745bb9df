"""Tags on one form: a line per tag and empty lines for new ones."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import iam_model
from users.tag_rules import TAGS_PER_RESOURCE

NEW_LINES = 3
MOST_LINES = 4 * TAGS_PER_RESOURCE  # too many tags are told in the words of whoever counts them
KEY = iam_model().shape_for("tagKeyType").metadata
VALUE = iam_model().shape_for("tagValueType").metadata
NOT_ALLOWED = (
    "“{text}” has characters that a tag cannot have. Use letters, digits, spaces and _ . : / = + - @"
)
TOO_LONG = "This has {length} characters. Use at most {limit}."
RESERVED = "“{key}” begins with aws:, which is reserved for AWS. Choose another key."
TWICE = "The key {key} is on two lines. A key has one value. Remove one of the lines."


def check_key(key: str) -> None:
    """Raise forms.ValidationError for what cannot be a tag's key (IAM-FACTS 1.3)."""
    _check(key, KEY)
    if key.lower().startswith("aws:"):
        raise forms.ValidationError(RESERVED.format(key=key))


def check_value(value: str) -> None:
    """Raise forms.ValidationError for what cannot be a tag's value; an empty one can."""
    _check(value, VALUE)


def _check(text: str, allowed: dict[str, Any]) -> None:
    if len(text) > allowed["max"]:
        raise forms.ValidationError(TOO_LONG.format(length=len(text), limit=allowed["max"]))
    if text and not compiled(allowed["pattern"]).fullmatch(text):
        raise forms.ValidationError(NOT_ALLOWED.format(text=text))


def _sent(data: QueryDict) -> list[tuple[str, str]]:
    """The lines of the form as they were sent."""
    count = min(sum(name.startswith("key_") for name in data), MOST_LINES)
    return [(data.get(f"key_{number}", ""), data.get(f"value_{number}", "")) for number in range(count)]


def tag_field(label: str, check: Callable[[str], None], initial: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, initial=initial, widget=widget, validators=[check])


class TagsForm(forms.Form):
    """Fields ``key_0``, ``value_0``, …; a line without a key is no tag, or one to be removed.

    ``was`` carries the tags as they were shown: only what differs from it is changed, so that of two
    people who edit at once neither undoes the other's tags. ``exact``: keys differ by case (IAM-FACTS 1.3).
    Data with ``remove`` (the number of a line) takes that line off: the form shows the rest, not bound.
    """

    was = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        tags: Mapping[str, str],
        exact: bool = False,
        **kwargs: Any,
    ) -> None:
        removed = data.get("remove", "") if data else ""
        super().__init__(None if removed else data, *args, **kwargs)
        self.exact = exact
        self.fields["was"].initial = json.dumps(tags)
        known = [*tags.items(), *[("", "")] * NEW_LINES]
        self.removed = bool(removed)
        if data and removed:
            self.fields["was"].initial = data.get("was", "")
            known = [line for number, line in enumerate(_sent(data)) if str(number) != removed]
        self.count = len(_sent(data)) if self.is_bound and data else len(known)
        for number in range(self.count):
            key, value = known[number] if number < len(known) else ("", "")
            self.fields[f"key_{number}"] = tag_field("Key", check_key, key)
            self.fields[f"value_{number}"] = tag_field("Value", check_value, value)

    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"key_{number}"], self[f"value_{number}"]) for number in range(self.count)]

    def tags(self) -> dict[str, str]:
        """The tags as they were typed."""
        rows = ((self.cleaned_data[f"key_{n}"], self.cleaned_data[f"value_{n}"]) for n in range(self.count))
        return {key: value for key, value in rows if key}

    def changes(self) -> tuple[list[str], list[dict[str, str]]]:
        """The keys to take away and the tags to set, as UntagUser and TagUser take them."""
        typed, was = self.tags(), self.cleaned_data["was"]
        kept = {self.folded(key) for key in typed}
        gone = [key for key in was if self.folded(key) not in kept]
        new = [{"Key": key, "Value": value} for key, value in typed.items() if was.get(key) != value]
        return gone, new

    def folded(self, key: str) -> str:
        return key if self.exact else key.lower()

    def clean_was(self) -> dict[str, str]:
        """What was shown; nothing where somebody meddled with it."""
        try:
            was = json.loads(self.cleaned_data["was"] or "{}")
        except ValueError:
            return {}
        return {str(key): str(value) for key, value in was.items()} if isinstance(was, dict) else {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        seen: set[str] = set()
        for number in range(self.count):
            key = cleaned.get(f"key_{number}", "")
            if key and self.folded(key) in seen:
                self.add_error(f"key_{number}", TWICE.format(key=key))
            if not key and cleaned.get(f"value_{number}"):
                self.add_error(f"key_{number}", "Enter the key of this value, or clear both fields.")
            seen.add(self.folded(key))
        return cleaned
