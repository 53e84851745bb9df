"""The account alias (IAM-FACTS 1.3)."""

from typing import Any

from django import forms

from iamconsole.arn import ACCOUNT_ID, as_account_id
from iamconsole.operations.shapes import compiled, limits

ALLOWED = limits("CreateAccountAlias", "AccountAlias")
RULE = (
    "An alias has 3 to 63 small letters a–z, digits and dashes. It begins and ends with a letter or digit, "
    "and no two dashes follow each other. "
)
TWELVE_DIGITS = "Twelve digits are an account ID, not an alias."
DIGITS_ONLY = "Digits and dashes alone read as an account ID: use at least one letter."


class AliasForm(forms.Form):
    alias = forms.CharField(
        label="Account alias",
        help_text="Users may sign in with it in place of the account ID. Nobody else's account may have it.",
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
            raise forms.ValidationError(f"{alias} is not possible. {self.rule}")
        return alias
