"""Linking an AWS account."""

import secrets
from typing import Any

from django import forms

from iamconsole.operations.shapes import compiled, limits
from users.models import AccountLink

PARAMETERS = {
    "account_id": "AccountId",
    "account_name": "AccountName",
    "method": "Method",
    "profile": "Profile",
    "role_arn": "RoleArn",
    "external_id": "ExternalId",
}


def text(label: str, help_text: str, *, required: bool = False, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})
    error = {"required": f"Enter the {label[0].lower()}{label[1:]}."}
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=widget, error_messages=error
    )


COLOURS = ["Raspberry", "Periwinkle", "Teal", "Violet", "Orange", "Blue", "Green", "Ochre"]


class EditAccountForm(forms.Form):
    """How the console shows an account."""

    name = forms.CharField(
        label="Name",
        help_text="How the account is called here while it has no alias. AWS does not learn of it.",
        required=False,
        max_length=limits("iamconsole:UpdateAccount", "AccountName")["max"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    colour = forms.TypedChoiceField(
        label="Colour",
        help_text="Marks the account in the top bar, so that one sees where one is.",
        coerce=int,
        choices=list(enumerate(COLOURS, start=1)),
        widget=forms.RadioSelect,
    )


def digits(typed: str) -> str:
    """An account ID as it is stored, from one that may have dashes or spaces."""
    number = typed.replace("-", "").replace(" ", "")
    if not compiled(limits("iamconsole:LinkAccount", "AccountId")["pattern"]).fullmatch(number):
        raise forms.ValidationError("An account ID has 12 digits.")
    return number


class CreateAccountForm(forms.Form):
    """A new account of the console's own."""

    account_id = text(
        "Account ID", "A proposal that no other account here has. ARNs carry it for good.", required=True,
        inputmode="numeric",
    )  # fmt: skip
    name = forms.CharField(
        label="Name",
        help_text="How the account is called here while it has no alias.",
        required=False,
        max_length=limits("iamconsole:CreateAccount", "AccountName")["max"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_account_id(self) -> str:
        return digits(self.cleaned_data["account_id"])

    def params(self) -> dict[str, str]:
        """The parameters of iamconsole:CreateAccount."""
        params = {"AccountId": self.cleaned_data["account_id"], "AccountName": self.cleaned_data["name"]}
        return {name: value for name, value in params.items() if value}


class LinkAccountForm(forms.Form):
    account_id = text("Account ID", "The 12 digits of the AWS account.", required=True, inputmode="numeric")
    account_name = text("Name", "How the account is called here, until its alias is read.")
    method = forms.ChoiceField(
        label="How to reach it",
        choices=AccountLink.Method.choices,
        widget=forms.RadioSelect,
        initial=AccountLink.Method.DEFAULT,
    )
    profile = text("Profile", "Of the AWS configuration of the user the console runs as. Only for a profile.")
    role_arn = text("Role ARN", "The role in the account that the console takes. Only for a role.")
    external_id = text("External ID", "The role's trust policy asks for it. Only for a role.")

    def clean_account_id(self) -> str:
        return digits(self.cleaned_data["account_id"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("method") == "profile" and not cleaned.get("profile"):
            self.add_error("profile", "Name the profile of the AWS configuration.")
        if cleaned.get("method") == "role" and not cleaned.get("role_arn"):
            self.add_error(
                "role_arn", "Name the role, for example arn:aws:iam::123456789012:role/IamConsole."
            )
        return cleaned

    def params(self) -> dict[str, Any]:
        """The parameters of iamconsole:LinkAccount; what belongs to another method is left out."""
        method = self.cleaned_data["method"]
        wanted = {"account_id", "account_name", "method"}
        wanted |= {"profile": {"profile"}, "role": {"role_arn", "external_id"}}.get(method, set())
        return {PARAMETERS[name]: self.cleaned_data[name] for name in wanted if self.cleaned_data[name]}


def new_external_id() -> str:
    """A proposal nobody can guess."""
    return f"iam-console-{secrets.token_urlsafe(18)}"
