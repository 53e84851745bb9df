"""Choosing managed policies."""

from typing import Any

from django import forms

from users.models import ManagedPolicy


class PolicyChoice(forms.ModelMultipleChoiceField):
    """Check boxes of managed policies, each with its type; the value is the ARN."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(ManagedPolicy.objects.none(), *args, to_field_name="arn", **kwargs)

    def label_from_instance(self, policy: ManagedPolicy) -> str:
        return f"{policy.policy_name} · {policy.kind}"
