"""A new password in place of the current one."""

from typing import Any

from django import forms

from iamconsole.operations.shapes import compiled, limits

ALLOWED = limits("ChangePassword", "NewPassword")
TOO_LONG = "The new password has {length} characters; at most {limit} are possible."
OTHER_CHARACTERS = (
    "The new password has a character that IAM does not take. Use Latin letters, digits, spaces and symbols."
)


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

    def clean_new(self) -> str:
        """Every password goes through IAM's shape, so its limits are told in words here."""
        new: str = self.cleaned_data["new"]
        if len(new) > ALLOWED["max"]:
            raise forms.ValidationError(TOO_LONG.format(length=len(new), limit=ALLOWED["max"]))
        if not compiled(ALLOWED["pattern"]).fullmatch(new):
            raise forms.ValidationError(OTHER_CHARACTERS)
        return new

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        new = cleaned.get("new")
        if new and cleaned.get("confirm") and new != cleaned["confirm"]:
            self.add_error("confirm", "This is not the same as the new password. Enter it again.")
        if new and new == cleaned.get("current"):
            self.add_error("new", "The new password is the current one. Choose another.")
        return cleaned
