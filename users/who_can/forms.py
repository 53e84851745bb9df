"""The question as a form: one field, and a second one for who wants to name the resource."""

from typing import Any

from django import forms

from iamconsole.arn import Arns
from iamconsole.policy import values
from users.who_can.question import MOST_ACTIONS, Question, Unknown, read_actions

NOT_AN_ACTION = "{word} is not an action that AWS knows."
TOO_MANY = "This means {count:,} actions. The limit is {most:,} at once. Use fewer wildcards."
NOT_AN_ARN = "{resource} is not an ARN. Enter the ARN of a resource, or leave this empty for any resource."
OF_ANOTHER_TYPE = "None of these actions acts on resources of this type."
LONGEST = 2048
TYPED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class WhoCanForm(forms.Form):
    """``question`` is there when the form is valid; ``unknown`` are words that are no actions."""

    action = forms.CharField(
        label="Action",
        help_text="Such as s3:DeleteBucket. Wildcards and several actions are possible: s3:Delete* s3:Put*.",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={**TYPED, "list": "actions"}),
        error_messages={"required": "Enter an action."},
    )
    resource = forms.CharField(
        label="Resource",
        help_text="The ARN of a bucket, a user, and so on. Empty means any resource of this account.",
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs=TYPED),
    )

    def __init__(self, *args: Any, arns: Arns, suggest: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arns = arns
        self.unknown: list[Unknown] = []
        self.question: Question | None = None
        if suggest:
            more = {"hx-get": suggest, "hx-trigger": "input changed delay:200ms", "hx-target": "#actions"}
            self.fields["action"].widget.attrs |= more

    def clean_action(self) -> list[str]:
        names, self.unknown = read_actions(self.cleaned_data["action"])
        if self.unknown:
            raise forms.ValidationError([NOT_AN_ACTION.format(word=one.word[:80]) for one in self.unknown])
        if len(names) > MOST_ACTIONS:
            raise forms.ValidationError(TOO_MANY.format(count=len(names), most=MOST_ACTIONS))
        return names

    def clean_resource(self) -> str:
        resource: str = self.cleaned_data["resource"].strip()
        if resource in ("", "*"):
            return ""
        if values.arn(resource) is None:
            raise forms.ValidationError(NOT_AN_ARN.format(resource=resource[:80]))
        return resource

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "action" in cleaned and "resource" in cleaned:
            written = " ".join(self.data["action"].replace(",", " ").split())
            self.question = Question(tuple(cleaned["action"]), cleaned["resource"], self.arns, written)
            if not self.question.asked:
                self.add_error("resource", OF_ANOTHER_TYPE)
        return cleaned
