"""What a user asks for, and what an administrator says to it."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from iamconsole.addresses import reverse
from iamconsole.operations.shapes import limits
from users.fields import PLAIN
from users.permission_requests.reading import ASK

NOT_AN_ACTION = "This is not an action. Enter service:Action, without wildcards."


class LinesField(forms.CharField):
    """Several lines of text. Browsers end each with two characters, of which one counts and is kept."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class RequestPermissionForm(forms.Form):
    """What for, in words; the action and the resource only where they are known."""

    text = LinesField(
        label="What do you want to do?",
        help_text="Say what you need it for, and for how long. Everybody who handles requests sees it.",
        max_length=limits(ASK, "Text")["max"],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what you want to do."},
    )
    action = forms.CharField(
        label="Action",
        help_text="As an error message names it, such as s3:GetObject.",
        required=False,
        max_length=limits(ASK, "Action")["max"],
        validators=[RegexValidator(f"^(?:{limits(ASK, 'Action')['pattern']})\\Z", NOT_AN_ACTION)],
        widget=forms.TextInput(attrs={**PLAIN, "list": "actions"}),
    )
    resource = forms.CharField(
        label="Resource",
        help_text="The ARN of a bucket, a user, and so on. Empty means any resource.",
        required=False,
        max_length=limits(ASK, "Resource")["max"],
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suggest = reverse("users:suggest-actions")
        more = {"hx-get": suggest, "hx-trigger": "input changed delay:200ms", "hx-target": "#actions"}
        self.fields["action"].widget.attrs |= more


class ClosePermissionRequestForm(forms.Form):
    """The note that the user who asked gets to see."""

    note = LinesField(
        label="Note",
        help_text="The user who asked sees it.",
        required=False,
        max_length=limits("iamconsole:AnswerPermissionRequest", "Note")["max"],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
