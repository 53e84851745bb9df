"""The account alias (IAM-FACTS 1.3)."""

from typing import Any

from django import forms

from iamconsole.arn import ACCOUNT_ID, as_account_id
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import limits

ALLOWED = limits("CreateAccountAlias", "AccountAlias")
RULE = (
    "An alias has 3 to 63 lowercase letters, digits and dashes. It starts and ends with a letter or digit, "
    "and has no two dashes in a row. "
)
TWELVE_DIGITS = "Twelve digits are an account ID. Choose an alias with at least one letter."
DIGITS_ONLY = "Only digits and dashes look like an account ID. Use at least one letter."


class AliasForm(forms.Form):
    alias = forms.CharField(
        label="Account alias",
        help_text="Users can sign in with it instead of the account ID. No other account can have it.",
        max_length=ALLOWED["max"],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": "Enter the alias."},
    )

    def __init__(self, *args: Any, linked: bool = False, **kwargs: Any) -> None:
        """``linked``: an account at AWS, which allows digits with dashes."""
        super().__init__(*args, **kwargs)
        self.linked = linked
        self.rule = RULE + (TWELVE_DIGITS if linked else DIGITS_ONLY)
        self.fields["alias"].error_messages["max_length"] = self.rule

    def clean_alias(self) -> str:
        """Said in words: the shape's own message is a regular expression."""
        alias: str = self.cleaned_data["alias"]
        possible = len(alias) >= ALLOWED["min"] and compiled(ALLOWED["pattern"]).fullmatch(alias)
        is_number = ACCOUNT_ID.fullmatch(alias) if self.linked else as_account_id(alias)
        if not possible or is_number:
            raise forms.ValidationError(f"{alias} is not a valid alias. {self.rule}")
        return alias
