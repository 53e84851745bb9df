"""A new user: its name, its way in, and what it may do."""

from typing import Any

from django import forms

from iamconsole.operations.shapes import compiled, limits
from users.forms.policies import PolicyChoice
from users.models import Account, User
from users.permissions import attachable

from .console_access import ConsolePasswordForm

NO_WAY_IN = "Choose console access, an access key, or both: a user with neither cannot do anything."
OTHER_CHARACTERS = (
    "“{name}” has characters that a user name cannot have. Use letters (A–Z, a–z), digits and + = , . @ _ -"
)
TOO_LONG = "A user name has up to {limit} characters; this one has {length}."


class CreateUserForm(ConsolePasswordForm):
    user_name = forms.CharField(
        label="User name",
        help_text="Unique in the account, whether in capital or small letters.",
        error_messages={"required": "Enter a user name."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    path = forms.CharField(
        label="Path",
        help_text="Sorts users in the ARN, such as /engineering/. Policies can name a path.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "/"}),
    )
    console_access = forms.BooleanField(
        label="Console access",
        help_text="A password to sign in to this console. For people.",
        required=False,
    )
    access_key = forms.BooleanField(
        label="Access key",
        help_text="An access key ID and a secret for the CLI, SDKs and the API. For programs.",
        required=False,
    )
    policies = PolicyChoice(
        label="Policies to attach",
        required=False,
        error_messages={"invalid_choice": "%(value)s is not a policy of this account. Choose from the list."},
    )

    field_order = ["user_name", "path", "console_access"]

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, account=account, **kwargs)
        self.fields["policies"].queryset = attachable(account.account_id)  # type: ignore[attr-defined]

    @property
    def wants_password(self) -> bool:
        return bool(self.cleaned_data.get("console_access"))

    def clean_user_name(self) -> str:
        name: str = self.cleaned_data["user_name"]
        allowed = limits("CreateUser", "UserName")
        if not compiled(allowed["pattern"]).fullmatch(name):
            raise forms.ValidationError(OTHER_CHARACTERS.format(name=name))
        if len(name) > allowed["max"]:
            raise forms.ValidationError(TOO_LONG.format(limit=allowed["max"], length=len(name)))
        self._check_free_on_linked_account(name)
        return name

    def _check_free_on_linked_account(self, name: str) -> None:
        """There a job creates the user, too late for this form; a local account is asked by the door."""
        users = User.objects.filter(account=self.account, kind=User.Kind.USER, name_folded=name.lower())
        if self.account.kind == Account.Kind.LINKED and users.exists():
            raise forms.ValidationError(f"User with name {name} already exists.")

    def clean_path(self) -> str:
        return self.cleaned_data["path"] or "/"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not (cleaned.get("console_access") or cleaned.get("access_key")):
            self.add_error("console_access", NO_WAY_IN)
        return cleaned
