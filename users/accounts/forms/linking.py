"""Linking an AWS account: how it is reached, how often it is synced, and how it is unlinked."""

from typing import Any

from django import forms

from iamconsole.arn import EXAMPLE_ROLES, as_account_id
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import limits
from users.fields import PartitionField
from users.models import AccountLink

PARAMETERS = {
    "account_id": "AccountId",
    "account_name": "AccountName",
    "method": "Method",
    "profile": "Profile",
    "partition": "Partition",
    "role_arn": "RoleArn",
    "external_id": "ExternalId",
    "access_key_id": "AccessKeyId",
    "secret_access_key": "SecretAccessKey",
}
OF_METHOD = {
    "profile": {"profile"},
    "role": {"role_arn", "external_id"},
    "key": {"access_key_id", "secret_access_key"},
}
METHODS = {
    "default": "The AWS identity of the machine: from its environment, files, instance or container role.",
    "profile": "A named profile in the AWS configuration of the machine that this console runs on.",
    "role": "This console assumes a role in the account. You can remove the role there at any time.",
    "key": "An IAM user's long-term key. Its secret is stored encrypted and never shown again.",
}


def digits(typed: str) -> str:
    """An account ID as it is stored, from one that may have dashes or spaces."""
    number = as_account_id(typed)
    if not compiled(limits("iamconsole:LinkAccount", "AccountId")["pattern"]).fullmatch(number):
        raise forms.ValidationError("This is not an account ID. Enter its 12 digits.")
    return number


def text(label: str, help_text: str, *, required: bool = False, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})
    error = {"required": f"Enter the {label[0].lower()}{label[1:]}."}
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=widget, error_messages=error
    )


class AccessForm(forms.Form):
    """How an account is reached. The secret is never sent back to the page."""

    method = forms.ChoiceField(
        label="Access to the account",
        choices=AccountLink.Method.choices,
        widget=forms.RadioSelect,
        initial=AccountLink.Method.DEFAULT,
    )
    profile = text("Profile", "The name of the profile in the AWS configuration.")
    role_arn = text("Role ARN", f"For example {EXAMPLE_ROLES}")
    external_id = text("External ID", "Needed if the role's trust policy requires it.")
    access_key_id = text("Access key ID", "Starts with AKIA.")
    secret_access_key = forms.CharField(
        label="Secret access key",
        help_text="This console encrypts it before it stores it.",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        needs = {
            "profile": {"profile": "Enter the name of the profile in the AWS configuration."},
            "role": {"role_arn": f"Enter the ARN of the role, for example {EXAMPLE_ROLES}"},
            "key": {
                "access_key_id": "Enter the access key ID.",
                "secret_access_key": "Enter the secret access key.",
            },
        }
        for name, sentence in needs.get(cleaned.get("method", ""), {}).items():
            if not cleaned.get(name):
                self.add_error(name, sentence)
        return cleaned

    def params(self) -> dict[str, Any]:
        """Parameters of the operation; what belongs to another method is left out."""
        method = self.cleaned_data["method"]
        wanted = {"account_id", "account_name", "method", "partition"} | OF_METHOD.get(method, set())
        return {
            parameter: value
            for name, parameter in PARAMETERS.items()
            if name in wanted and (value := self.cleaned_data.get(name))
        }


class LinkAccountForm(AccessForm):
    partition = PartitionField("Where the account is. With a role, its ARN decides.")
    account_id = text("Account ID", "The 12 digits of the AWS account.", required=True, inputmode="numeric")
    account_name = text("Name", "This console shows this name until it has read the alias.")

    def clean_account_id(self) -> str:
        return digits(self.cleaned_data["account_id"])


class ScheduleForm(forms.Form):
    """How often an account is synced by itself."""

    sync_every = forms.TypedChoiceField(
        label="Automatic sync",
        coerce=int,
        choices=AccountLink.Every.choices,
        error_messages={"invalid_choice": "Choose an interval from the list."},
    )


class UnlinkForm(forms.Form):
    """What becomes of what is known of an account, confirmed by typing its ID."""

    KEEP, REMOVE = "keep", "remove"
    what = forms.ChoiceField(
        label="Data of the account",
        choices=[(KEEP, "Keep it as a snapshot"), (REMOVE, "Remove it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what to do with the data of the account."},
    )
    confirm = forms.CharField(required=False)

    def __init__(self, account_id: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account_id = account_id

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"].replace("-", "").strip()
        if typed != self.account_id:
            raise forms.ValidationError("This is not the account ID. Type the account ID to unlink.")
        return typed
