"""How the console shows an account."""

from django import forms

from iamconsole.operations.shapes import limits
from users.accounts.forms.linking import digits, text

COLOURS = ["Raspberry", "Periwinkle", "Teal", "Violet", "Orange", "Blue", "Green", "Ochre"]


class EditAccountForm(forms.Form):
    """How the console shows an account."""

    name = forms.CharField(
        label="Name",
        help_text="This console shows this name while the account has no alias. AWS does not see it.",
        required=False,
        max_length=limits("iamconsole:UpdateAccount", "AccountName")["max"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    colour = forms.TypedChoiceField(
        label="Color",
        help_text="Marks the account in the top bar, so that you see where you are.",
        coerce=int,
        choices=list(enumerate(COLOURS, start=1)),
        widget=forms.RadioSelect,
    )


class CreateAccountForm(forms.Form):
    """A new account of the console's own."""

    account_id = text(
        "Account ID", "No other account here has this ID. It becomes part of every ARN and never changes.",
        required=True,
        inputmode="numeric",
    )  # fmt: skip
    name = forms.CharField(
        label="Name",
        help_text="This console shows this name while the account has no alias.",
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
