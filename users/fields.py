"""Form fields that users, groups, policies and certificates share: a name and a path within IAM's limits."""

from typing import Any

from django import forms

from iamconsole import gateway
from iamconsole.operations.shapes import limits
from users.models import User

WRONG_TYPE = "%(value)s is not a type. Choose one from the list."
TYPE_HELP = (
    "A workload is a program. It is not expected to sign in to the console, or to have an MFA device while "
    "it has no password. A person is not expected to have access keys."
)


TYPES = [("", "Not specified"), *User.UserType.choices]
PATH_HELP = "Starts and ends with a slash. A policy can name everything under a path."
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class WholeNumberInput(forms.TextInput):
    """A text field with the keys of numbers on a phone. Of ``type=number`` Firefox and WebKit send nothing
    where a letter was typed, so that ``90d`` would be saved as if the field were empty.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "numeric", "pattern": "[0-9]*", "autocomplete": "off", **(attrs or {})}
        )


class WholeNumberField(forms.IntegerField):
    """A whole number, and a sentence that repeats what was typed where it is none."""

    widget = WholeNumberInput
    default_error_messages = {
        "invalid": "“%(value)s” is not a whole number. Enter digits only, such as 90.",
    }

    def to_python(self, value: Any) -> int | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            error.params = {"value": str(value)[:40]}
            raise


def name_field(operation: str, parameter: str, label: str) -> forms.CharField:
    """A name within IAM's limits; the door checks the pattern and says what is wrong."""
    most = limits(operation, parameter)["max"]
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=f"Up to {most} letters, digits and +=,.@_- signs. Names are not case-sensitive.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": f"Enter the {label.lower()}."},
    )


def path_field() -> forms.CharField:
    return forms.CharField(
        label="Path",
        required=False,
        initial="/",
        max_length=512,
        help_text=PATH_HELP,
        empty_value="/",
        widget=forms.TextInput(attrs=PLAIN),
    )


def changed(form: forms.Form, **now: Any) -> dict[str, Any]:
    """The cleaned fields whose value is not the one of now."""
    return {name: form.cleaned_data[name] for name, value in now.items() if form.cleaned_data[name] != value}


def type_field() -> forms.ChoiceField:
    """Whether a person or a program uses a user."""
    return forms.ChoiceField(
        label="Used by",
        choices=TYPES,
        required=False,
        help_text=TYPE_HELP,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": WRONG_TYPE},
    )


def email_field() -> forms.EmailField:
    """Where to write to about a user."""
    return forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="Notifications about this user go to this address. IAM does not store it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "invalid": "This is not an e-mail address. Enter a name, an @ and a domain: ana@example.com."
        },
    )


class PartitionField(forms.ChoiceField):
    """A partition of AWS's; at first that of this machine's AWS configuration."""

    def __init__(self, help_text: str) -> None:
        super().__init__(
            label="Partition",
            help_text=help_text,
            required=False,
            choices=partition_choices,
            initial=gateway.partitions.own,
            error_messages={"invalid_choice": "Choose a partition from the list."},
        )


def partition_choices() -> list[tuple[str, str]]:
    return [(partition, f"{name} ({partition})") for partition, name in gateway.partitions.names().items()]
