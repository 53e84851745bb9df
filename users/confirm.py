"""Typing out what is about to be deleted."""

from typing import Any

from django import forms


class ConfirmForm(forms.Form):
    """Capital and small letters count: the text must equal ``expected``."""

    confirm = forms.CharField(label="Confirmation", error_messages={"required": "Type it to confirm."})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed != self.expected:
            raise forms.ValidationError(f"This is not {self.expected}. Type it exactly as shown.")
        return typed
