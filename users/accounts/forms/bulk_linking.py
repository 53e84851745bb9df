"""Linking many accounts from a CSV file."""

from typing import Any

from django import forms

from users.accounts.bulk_linking import MAX_BYTES


class LinkAccountsForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, up to 1 MB and 5,000 accounts.",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        max_length=1000,
        error_messages={"empty": "The file is empty."},
    )
    rows = forms.CharField(
        label="Or paste its lines",
        required=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("rows") and not self.errors:
            self.add_error("file", "Choose a CSV file or paste its lines.")
        return cleaned

    def content(self) -> bytes:
        """The bytes of the file, else what was pasted."""
        file = self.cleaned_data.get("file")
        content: bytes = file.read(MAX_BYTES + 1) if file else self.cleaned_data["rows"].encode()
        return content
