"""What a new access key is for, and a description that tells it from others."""

from django import forms

from credentials.key_uses import KEY_USES
from iamconsole.operations.patterns import compiled
from iamconsole.operations.shapes import iam_model

VALUE = iam_model().shape_for("tagValueType").metadata
CHOOSE = "Choose what the access key is for."
NOT_IN_A_TAG = "The description has characters that a tag cannot have: {characters}. Remove them."
TOO_LONG = "The description has {length} characters. Use at most {limit}."
DESCRIPTIONS = {key: f"{use.meaning}\nRecommended instead: {use.instead}." for key, use in KEY_USES.items()}


def description_field() -> forms.CharField:
    """What tells a key from others."""
    return forms.CharField(
        label="Description tag",
        help_text="Where the key is used and by whom. Stored as a tag of the user under the key's ID.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def tag_text(text: str) -> str:
    """A text that the value of a tag can be. Raises forms.ValidationError."""
    if len(text) > VALUE["max"]:
        raise forms.ValidationError(TOO_LONG.format(limit=VALUE["max"], length=len(text)))
    if not compiled(VALUE["pattern"]).fullmatch(text):
        wrong = sorted({c for c in text if not compiled(VALUE["pattern"]).fullmatch(c)})
        raise forms.ValidationError(NOT_IN_A_TAG.format(characters=" ".join(wrong)))
    return text


class KeyUseForm(forms.Form):
    key_use = forms.ChoiceField(
        label="What is the access key for?",
        choices=[(key, use.label) for key, use in KEY_USES.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": CHOOSE,
            "invalid_choice": "%(value)s is not a use. Choose one from the list.",
        },
    )
    key_description = description_field()

    def clean_key_description(self) -> str:
        return tag_text(self.cleaned_data["key_description"])
