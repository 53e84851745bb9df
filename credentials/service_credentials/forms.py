"""How long a new API key, or the credentials of a service, are to work."""

from typing import Any

from django import forms

from iamconsole.operations.shapes import limits
from users.fields import WholeNumberInput

AGE = limits("CreateServiceSpecificCredential", "CredentialAgeDays")
OWN, NEVER = "own", "never"
LIFETIMES = [
    ("1", "1 day"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "1 year"),
    (OWN, "Another number of days:"),
    (NEVER, "Never expires (not recommended)"),
]
NO_DAYS = f"Enter how many days, from {AGE['min']} to {AGE['max']:,}."


class LifetimeForm(forms.Form):
    """The choices of AWS's console, and any number of days that IAM takes."""

    lifetime = forms.ChoiceField(
        label="Expires after",
        choices=LIFETIMES,
        initial="30",
        error_messages={
            "required": "Choose when it expires.",
            "invalid_choice": "%(value)s is not a choice. Choose one from the list.",
        },
    )
    days = forms.CharField(
        label="Another number of days",
        required=False,
        widget=WholeNumberInput,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lifetime = cleaned.get("lifetime")
        if lifetime == OWN:
            cleaned["age"] = self._own_days(cleaned.get("days", ""))
        elif lifetime and lifetime != NEVER:
            cleaned["age"] = int(lifetime)
        return cleaned

    def _own_days(self, text: str) -> int | None:
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) <= 5 and AGE["min"] <= int(text) <= AGE["max"]:
            return int(text)
        self.add_error("days", NO_DAYS)
        return None
