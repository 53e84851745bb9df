"""The password, and the code where there is a device, asked for again."""

import re
from typing import Any

from django import forms

from credentials.fields import code_field, focus

DEVICE_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def password_field() -> forms.CharField:
    return forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )


class IdentityForm(forms.Form):
    password = password_field()
    code = code_field("MFA code", "The 6 digits that your MFA device shows.", "one-time-code")

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]
        focus(self, "password")


class OtherFactorForm(forms.Form):
    """The password with the code of another device than the one in question, or with a recovery code."""

    password = password_field()
    code = forms.CharField(
        label="Code of another device, or a recovery code",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": "Enter a code."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "password")

    @property
    def digits(self) -> str:
        """The code if a device may have shown it; "" for what can only be a recovery code."""
        typed = "".join(self.cleaned_data["code"].split())
        return typed if DEVICE_CODE.fullmatch(typed) else ""
