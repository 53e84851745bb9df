"""A new password: in place of the current one, or by a one-time link."""

from typing import Any

from django import forms

from credentials.passwords import rules as passwords
from users.models import User


def user_name_field() -> forms.CharField:
    """Whose password it is: to be read, also by password managers, which otherwise have to guess."""
    widget = forms.TextInput(attrs={"autocomplete": "username", "readonly": True})
    return forms.CharField(label="User name", required=False, widget=widget)


class NewPasswordForm(forms.Form):
    new = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a new password."},
    )
    confirm = forms.CharField(
        label="Confirm new password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the new password again."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """All that is wrong is told at once."""
        cleaned: dict[str, Any] = super().clean() or {}
        new = cleaned.get("new")
        for text in self._complaints(new) if new else ():
            self.add_error("new", text)
        if new and cleaned.get("confirm") and new != cleaned["confirm"]:
            self.add_error("confirm", "The passwords do not match. Enter the new password again.")
        return cleaned

    def _complaints(self, new: str) -> list[str]:
        user = self.user
        return passwords.complaints(user.account, new, user_name=user.user_name, for_root=user.is_root)


class ChangePasswordForm(NewPasswordForm):
    user_name = user_name_field()
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter the current password."},
    )

    field_order = ("user_name", "current", "new", "confirm")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, initial={"user_name": user.sign_in_name}, **kwargs)

    def clean(self) -> dict[str, Any]:
        """The current password is held against the stored one later."""
        cleaned = super().clean()
        if cleaned.get("new") and cleaned["new"] == cleaned.get("current"):
            self.add_error("new", "The new password is the same as the current one. Choose another.")
        return cleaned


class LinkPasswordForm(NewPasswordForm):
    """For whoever opened a one-time link."""

    user_name = user_name_field()

    field_order = ("user_name", "new", "confirm")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, initial={"user_name": user.user_name}, **kwargs)
