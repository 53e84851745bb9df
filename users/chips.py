"""The filters in force as chips that take them away, and what is wrong with those that are not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters

CHIP_WORDS: Mapping[str, str] = {
    "password": "Console access: {}",
    "mfa": "MFA: {}",
    "key": "Active key: {}",
    "key_age": "Active key older than {} days",
    "key_days": "Active key {} days old",
    "administrator": "Administers the account: {}",
    "signed_in": "Signed in: {}",
    "unused": "Unused for {} days",
    "type": "Used by: {}",
    "review": "Access key review: {}",
    "group": "Group {}",
    "tag": "Tag {}",
    "can": "Can: {}",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: what it says, and the name to take out of the address."""

    name: str
    words: str


def chips(found: django_filters.FilterSet, said: Mapping[str, str] = CHIP_WORDS) -> list[Chip]:
    """The filters that are on, in words."""
    return list(_chips(found, said))


def _chips(found: django_filters.FilterSet, said: Mapping[str, str]) -> Iterator[Chip]:
    found.form.is_valid()  # cleans; what is wrong is left out
    for name, words in said.items():
        value = found.form.cleaned_data.get(name)
        if value in (None, ""):
            continue
        choices: dict[Any, Any] = dict(getattr(found.filters[name].field, "choices", []))
        yield Chip(name, words.format(str(choices.get(value, value)).lower() if choices else value))


def complaints(found: django_filters.FilterSet) -> list[str]:
    """What of the address makes no sense; these filters are left out, and the page says so."""
    if found.form.is_valid():
        return []
    return [
        f"{found.filters[name].label or name}: {found.data.get(name)!s:.60} – {error}"
        for name, errors in found.form.errors.items()
        for error in errors
    ]
