"""Form fields of sign-in and MFA."""

from django import forms

SIX_DIGITS = "Enter the 6 digits that the app shows, without spaces."


def code_field(label: str, help_text: str, autocomplete: str = "off") -> forms.RegexField:
    """Exactly six ASCII digits: another spelling of a code must not be another code (SECURITY 1.16)."""
    attrs = {"autocomplete": autocomplete, "inputmode": "numeric", "spellcheck": "false"}
    return forms.RegexField(
        r"\A[0-9]{6}\Z",
        label=label,
        help_text=help_text,
        strip=False,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": SIX_DIGITS, "invalid": SIX_DIGITS},
    )


def focus(form: forms.Form, name: str) -> None:
    """Typing starts there; after an error the summary of errors has the focus instead."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True
