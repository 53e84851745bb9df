"""A new password in place of the current one."""

from typing import Any

from django import forms

from credentials import passwords
from users.models import User


class ChangePasswordForm(forms.Form):
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter the current password."},
    )
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
        """All that is wrong is told at once; the current password is held against the stored one later."""
        cleaned: dict[str, Any] = super().clean() or {}
        new = cleaned.get("new")
        for text in self._complaints(new) if new else ():
            self.add_error("new", text)
        if new and cleaned.get("confirm") and new != cleaned["confirm"]:
            self.add_error("confirm", "This is not the same as the new password. Enter it again.")
        if new and new == cleaned.get("current"):
            self.add_error("new", "The new password is the current one. Choose another.")
        return cleaned

    def _complaints(self, new: str) -> list[str]:
        return passwords.complaints(self.user.account, new, for_root=self.user.is_root)
