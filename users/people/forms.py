"""Editing a user: its name and path, and what the console keeps beside IAM."""

from django import forms

from users.fields import email_field, name_field, path_field, type_field


class UserNameForm(forms.Form):
    """Renaming a user or moving it to another path."""

    user_name = name_field("CreateUser", "UserName", "User name")
    path = path_field()


class EditUserForm(UserNameForm):
    """All that can be edited of a user; what its caller may not edit is left out."""

    user_type = type_field()
    email = email_field()

    def __init__(self, *args: object, rename: bool, profile: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        left_out = [] if rename else ["user_name", "path"]
        for name in [*left_out, *([] if profile else ["user_type", "email"])]:
            del self.fields[name]
