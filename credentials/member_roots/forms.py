"""Deleting the root credentials of a member account is confirmed by its ID or its name."""

from typing import Any

from django import forms

from users.models import OrganizationAccount


class ConfirmMemberForm(forms.Form):
    """The account ID with dashes or without, or the account's exact name."""

    confirm = forms.CharField(label="Confirmation", error_messages={"required": "Type it to confirm."})

    def __init__(self, member: OrganizationAccount, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"].strip()
        if typed.replace("-", "") != self.member.account_id and typed != self.member.name:
            raise forms.ValidationError(f"This is not {self.member.account_id}. Type it exactly as shown.")
        return typed
