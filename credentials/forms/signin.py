"""What is typed to sign in. Nothing here says which part was wrong."""

from django import forms

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
    user_name = text("User name", "username", "the user name")
    password = password()
    remember = forms.BooleanField(label="Remember this account on this device", required=False)


class RootSignInForm(forms.Form):
    email = text("E-mail", "username", "the root user's e-mail", inputmode="email")
    password = password()


class CodeForm(forms.Form):
    code = forms.CharField(
        label="MFA code",
        help_text="Paste and autofill work.",
        strip=False,
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter the 6 digits that the app shows."},
    )
