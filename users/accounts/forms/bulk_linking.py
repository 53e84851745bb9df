"""Linking many accounts: from a CSV file, or from AWS Organizations."""

from typing import Any

from django import forms

from iamconsole import gateway
from iamconsole.gateway import Member
from users.accounts.bulk_linking import MAX_BYTES, NewAccount
from users.accounts.forms.linking import PartitionField

ROLE_NAME = r"[\w+=,.@-]+(/[\w+=,.@-]+)*"
BAD_ROLE = "Enter a role name of letters, digits and + = , . @ - _, with its path in front if it has one."


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


class ReadOrganizationForm(forms.Form):
    """Where the organization is: it spans no two partitions."""

    partition = PartitionField("An organization is within one partition.")

    def chosen(self) -> str:
        """The partition that was sent, else this machine's."""
        return (self.is_valid() and self.cleaned_data["partition"]) or gateway.partitions.own()


class OrganizationForm(forms.Form):
    """Which accounts of the organization to link, and by which role."""

    role_name = forms.RegexField(
        f"^{ROLE_NAME}$",
        label="Role name",
        help_text="This console's own AWS identity assumes the role with this name in each account.",
        initial="IamConsole",
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the role name.", "invalid": BAD_ROLE},
    )
    external_id = forms.RegexField(
        r"^[\w+=,.@:/-]*$",
        label="External ID",
        help_text="One for all accounts. Needed where the trust policies of the roles require it.",
        required=False,
        min_length=2,
        max_length=1224,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    accounts = forms.MultipleChoiceField(
        label="Accounts",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one account.",
            "invalid_choice": "Account %(value)s cannot be linked. Choose accounts from the list.",
        },
    )

    def __init__(self, members: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {member.account_id: member for member in members}
        self.fields["accounts"].choices = [(account_id, account_id) for account_id in self.members]  # type: ignore[attr-defined]

    def rows(self) -> list[NewAccount]:
        """The chosen accounts, each with its role."""
        role, external_id = self.cleaned_data["role_name"], self.cleaned_data["external_id"]
        chosen = [self.members[account_id] for account_id in self.cleaned_data["accounts"]]
        return [
            NewAccount(
                member.account_id,
                member.name[:63],
                f"arn:{member.partition}:iam::{member.account_id}:role/{role}",
                external_id,
            )
            for member in chosen
        ]
