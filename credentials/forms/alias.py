"""The account alias (IAM-FACTS 1.3)."""

import re

from django import forms

from iamconsole.operations.shapes import compiled, limits

ALLOWED = limits("CreateAccountAlias", "AccountAlias")
ACCOUNT_ID = re.compile("[0-9]{12}")
RULE = (
    "An alias has 3 to 63 small letters a–z, digits and dashes. It begins and ends with a letter or digit, "
    "and no two dashes follow each other. Twelve digits are an account ID, not an alias."
)


class AliasForm(forms.Form):
    alias = forms.CharField(
        label="Account alias",
        help_text="Users may sign in with it in place of the account ID. Nobody else's account may have it.",
        max_length=ALLOWED["max"],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": "Enter the alias.", "max_length": RULE},
    )

    def clean_alias(self) -> str:
        """Said in words: the shape's own message is a regular expression."""
        alias: str = self.cleaned_data["alias"]
        possible = len(alias) >= ALLOWED["min"] and compiled(ALLOWED["pattern"]).fullmatch(alias)
        if not possible or ACCOUNT_ID.fullmatch(alias):
            raise forms.ValidationError(f"{alias} is not possible. {RULE}")
        return alias
