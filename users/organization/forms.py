"""An organization: how it is read, and which of its accounts are linked, by which role."""

from collections.abc import Iterable
from typing import Any

from django import forms

from iamconsole import gateway
from users.accounts.bulk_linking import NewAccount
from users.fields import PartitionField
from users.models import Account, Organization, OrganizationAccount

ROLE_NAME = r"[\w+=,.@-]+(/[\w+=,.@-]+)*"
BAD_ROLE = "Enter a role name of letters, digits and + = , . @ - _, with its path in front if it has one."
OWN_IDENTITY = "This console's identity"


class ReadForm(forms.Form):
    """Whose AWS identity reads the organization, and where: an organization is within one partition."""

    reader = forms.ChoiceField(
        label="Read with",
        help_text="The identity must belong to the management account or a delegated administrator.",
        required=False,
        error_messages={"invalid_choice": "Choose an identity from the list."},
    )

    partition = PartitionField("Where the organization is. The link of an account is in its own partition.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        linked = Account.objects.filter(kind=Account.Kind.LINKED)
        self.partitions = {account.account_id: account.partition for account in linked}
        links = [(account.account_id, f"The link of {account.label}") for account in linked]
        self.fields["reader"].choices = [("", OWN_IDENTITY), *links]  # type: ignore[attr-defined]

    def params(self) -> dict[str, str]:
        """Parameters of ReadOrganization."""
        reader: str = self.cleaned_data["reader"]
        if reader:
            return {"Partition": self.partitions[reader], "AccountId": reader}
        return {"Partition": self.cleaned_data["partition"] or gateway.partitions.own()}


class RoleForm(forms.Form):
    """The role by which accounts of an organization are linked, and how often new ones are looked for."""

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
    read_every = forms.TypedChoiceField(
        label="Read the organization",
        help_text="New, moved and closed accounts are then found automatically.",
        choices=Organization.Every.choices,
        coerce=int,
        initial=Organization.Every.FOUR_HOURS,
    )
    seen_until = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def params(self) -> dict[str, Any]:
        """Parameters of UpdateOrganization."""
        names = {
            "RoleName": "role_name",
            "ExternalId": "external_id",
            "ReadEvery": "read_every",
            "SeenUntil": "seen_until",
        }
        return {name: self.cleaned_data[field] for name, field in names.items()}


class LinkForm(RoleForm):
    """The same, with the accounts to link now."""

    accounts = forms.MultipleChoiceField(
        label="Accounts",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one account.",
            "invalid_choice": "Account %(value)s cannot be linked. Choose accounts from the list.",
        },
    )

    def __init__(self, members: Iterable[OrganizationAccount], *args: Any, **kwargs: Any) -> None:
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
                f"arn:{member.organization.partition}:iam::{member.account_id}:role/{role}",
                external_id,
            )
            for member in chosen
        ]
