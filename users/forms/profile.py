"""Editing a user: its name and path, and what the console keeps beside IAM."""

from django import forms

from users.models import User

from .groups import UserNameForm

TYPES = [("", "Not said"), *User.UserType.choices]
TYPE_HELP = (
    "A workload is a program: it is not expected to sign in to the console, nor to have an MFA device while "
    "it has no password. A person is not expected to have access keys."
)
WRONG_TYPE = "%(value)s is none of the types. Choose one of the list."


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
        help_text="Notifications about this user go there. IAM does not know it.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "invalid": "This is no e-mail address. It has a name, an @ and a domain, as in ana@example.com."
        },
    )


class EditUserForm(UserNameForm):
    """All that can be edited of a user; what its caller may not edit is left out."""

    user_type = type_field()
    email = email_field()

    def __init__(self, *args: object, rename: bool, profile: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        left_out = [] if rename else ["user_name", "path"]
        for name in [*left_out, *([] if profile else ["user_type", "email"])]:
            del self.fields[name]


class OwnEmailForm(forms.Form):
    email = email_field()
