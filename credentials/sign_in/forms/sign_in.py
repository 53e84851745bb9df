"""What is typed to sign in. Nothing here says which part was wrong."""

from typing import Any

from django import forms

from credentials.fields import code_field, focus

FILL = "Enter {what}."


def text(label: str, autocomplete: str, what: str, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(
        attrs={"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false", **attrs}
    )
    return forms.CharField(
        label=label, max_length=320, widget=widget, error_messages={"required": FILL.format(what=what)}
    )


def password() -> forms.CharField:
    return forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": FILL.format(what="the password")},
    )


class SignInForm(forms.Form):
    account = text("Account ID (12 digits) or alias", "off", "the account ID or alias")
    user_name = text("User name", "username webauthn", "the user name")
    password = password()
    remember = forms.BooleanField(label="Remember this account on this device", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "user_name" if self.initial.get("account") else "account")


class RootSignInForm(forms.Form):
    email = text("E-mail", "username webauthn", "the root user's e-mail", inputmode="email")
    password = password()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "email")


class CodeForm(forms.Form):
    code = code_field("MFA code", "You can paste the code.", "one-time-code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "code")


class RecoveryCodeForm(forms.Form):
    code = text("Recovery code", "off", "a recovery code", autocorrect="off")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "code")
