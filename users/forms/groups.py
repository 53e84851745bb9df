"""Groups: their name and path."""

from typing import Any

from django import forms

from iamconsole.operations.shapes import limits

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
PATH_HELP = "Begins and ends with a slash. Policies can name everything under a path."


def name_field(operation: str, parameter: str, label: str) -> forms.CharField:
    """A name within IAM's limits; the door checks the pattern and says what is wrong."""
    most = limits(operation, parameter)["max"]
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=f"Up to {most} letters, digits and +=,.@_- signs. Capital and small letters are the same.",
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


class GroupForm(forms.Form):
    group_name = name_field("CreateGroup", "GroupName", "Group name")
    path = path_field()


class UserNameForm(forms.Form):
    """Renaming a user or moving it to another path."""

    user_name = name_field("CreateUser", "UserName", "User name")
    path = path_field()


def changed(form: forms.Form, **now: Any) -> dict[str, Any]:
    """The cleaned fields whose value is not the one of now."""
    return {name: form.cleaned_data[name] for name, value in now.items() if form.cleaned_data[name] != value}
