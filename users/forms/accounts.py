"""How the console shows an account."""

from django import forms

from iamconsole.operations.shapes import limits

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
