"""What a bulk action needs to know besides the users."""

from typing import Any

from django import forms

from users.models import Account, Group


class NoFields(forms.Form):
    """For actions that need nothing but a confirmation."""


class GroupChoiceForm(forms.Form):
    group = forms.ModelChoiceField(
        Group.objects.none(),
        to_field_name="group_name",
        label="Group",
        empty_label="Choose a group",
        error_messages={
            "required": "Choose the group.",
            "invalid_choice": "This group no longer exists. Choose another one.",
        },
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(account=account)
        self.fields["group"].queryset = groups.order_by("name_folded")  # type: ignore[attr-defined]

    def params(self) -> dict[str, str]:
        return {"group": self.cleaned_data["group"].group_name}


class TagForm(forms.Form):
    key = forms.CharField(label="Key", max_length=128, error_messages={"required": "Enter the key."})
    value = forms.CharField(label="Value", max_length=256, required=False)

    def params(self) -> dict[str, str]:
        return {"key": self.cleaned_data["key"], "value": self.cleaned_data["value"]}
