"""The password, and the code where there is a device, asked for again."""

from typing import Any

from django import forms

from credentials.fields import code_field, focus


class IdentityForm(forms.Form):
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )
    code = code_field("MFA code", "The 6 digits that your MFA device shows.", "one-time-code")

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]
        focus(self, "password")
