"""What is typed to sign in. Nothing here says which part was wrong."""

from typing import Any

from django import forms

SIX_DIGITS = "Enter the 6 digits that the app shows, without spaces."
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
    account = text("Account ID (12 digits) or alias", "organization", "the account ID or alias")
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


class CodeForm(forms.Form):
    code = code_field("MFA code", "Paste and autofill work.", "one-time-code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "code")


class RecoveryCodeForm(forms.Form):
    code = text("Recovery code", "off", "a recovery code", autocorrect="off")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        focus(self, "code")


def focus(form: forms.Form, name: str) -> None:
    """Typing starts there; after an error the summary of errors has the focus instead."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True
