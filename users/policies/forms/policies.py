"""A policy document, and what stands beside it when a policy is created."""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property

from iamconsole.operations.shapes import limits
from iamconsole.policy import MalformedPolicyDocument, check_savable
from iamconsole.review.drafting import formatted, with_fix, with_statement
from users.fields import name_field, path_field
from users.policies.complaints import complaint
from users.policies.documents import too_large
from users.policies.editor import Around, Editor, nothing_known, plain_lines
from users.policies.forms.statements import StatementForm

FIX_NUMBER = re.compile(r"[0-9]{1,9}")
DOCUMENT_HELP = "JSON of IAM's policy language. It is checked before anything is saved."
BEGINNING = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [],
      "Resource": "*"
    }
  ]
}"""


def typed(data: QueryDict) -> dict[str, Any]:
    """What already stands in the fields of a statement that is not added yet."""
    names = {name: f"{StatementForm.prefix}-{name}" for name in StatementForm.base_fields}
    values = {name: data.get(key, "") for name, key in names.items()}
    return {**values, "levels": data.getlist(names["levels"]), "effect": values["effect"] or "Allow"}


class DocumentForm(forms.Form):
    """A document alone, with its editor.

    Data with a ``step`` (check, format, add, fix-N) is work on the document: the form shows what came
    of it and is not bound, so that nothing is saved. ``around`` tells what is known of the account.
    """

    document = forms.CharField(
        label="Policy document",
        help_text=DOCUMENT_HELP,
        initial=BEGINNING,
        max_length=limits("CreatePolicy", "PolicyDocument")["max"],
        widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Enter the policy document."},
    )

    def __init__(
        self, data: QueryDict | None = None, *, around: Around = nothing_known, **kwargs: Any
    ) -> None:
        self.around = around
        step = data.get("step", "") if data else ""
        self.untouched = not data
        super().__init__(None if step else data, **kwargs)
        self.statement = StatementForm()
        if data and step:
            self.initial = {name: data.get(name, "") for name in self.fields}
            self.initial["document"] = self._after(step, plain_lines(data.get("document", "")), data)

    def _after(self, step: str, text: str, data: QueryDict) -> str:
        """The document after a step of work on it. One that is too large is left as it is."""
        if too_large(text):
            self.statement = StatementForm(initial=typed(data))
            return text
        if step == "add":
            return self._with_statement(text, data)
        self.statement = StatementForm(initial=typed(data))
        if step == "format":
            return formatted(text)
        number = step.removeprefix("fix-")
        if not FIX_NUMBER.fullmatch(number):
            return text
        return with_fix(text, int(number), Editor(text, self.around).findings)

    def _with_statement(self, text: str, data: QueryDict) -> str:
        self.statement = StatementForm(data)
        if not self.statement.is_valid():
            return text
        try:
            changed = with_statement(text, self.statement.statement())
        except ValueError as error:
            self.statement.add_error(None, str(error))
            return text
        self.statement = StatementForm()
        return changed

    @cached_property
    def editor(self) -> Editor:
        """The document as it stands now, for the page."""
        text = plain_lines(str(self["document"].value() or ""))
        return Editor(text, self.around, self.untouched and text == BEGINNING)

    def clean_document(self) -> str:
        document = plain_lines(self.cleaned_data["document"])
        if refusal := too_large(document):
            raise forms.ValidationError(refusal)
        try:
            check_savable(document)
        except MalformedPolicyDocument as error:
            raise forms.ValidationError(complaint(document, error)) from error
        return document


class InlinePolicyForm(DocumentForm):
    """A new inline policy. ``taken``: the folded names that its owner already has."""

    policy_name = name_field("PutUserPolicy", "PolicyName", "Policy name")

    def __init__(self, data: QueryDict | None = None, *, taken: Collection[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.taken = taken

    def clean_policy_name(self) -> str:
        """IAM would write over the other one without a word."""
        name: str = self.cleaned_data["policy_name"]
        if name.lower() in self.taken:
            raise forms.ValidationError(
                f"A policy named {name} already exists here. Edit it, or choose another name."
            )
        return name


class PolicyForm(DocumentForm):
    """A new customer managed policy. Name, path and description cannot be changed later, as in IAM."""

    policy_name = name_field("CreatePolicy", "PolicyName", "Policy name")
    path = path_field()
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=limits("CreatePolicy", "Description")["max"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NewVersionForm(DocumentForm):
    """Another version of a policy. ``default`` is the version that was shown when the page was opened."""

    default = forms.CharField(widget=forms.HiddenInput, required=False)
    set_as_default = forms.BooleanField(
        label="Make it the default version",
        help_text="The default version applies from the next request on.",
        required=False,
        initial=True,
    )

    def __init__(self, data: QueryDict | None = None, *, current: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.current = current
        self.fields["default"].initial = current

    def clean(self) -> dict[str, Any]:
        """Of two people who edit at once, the second is told, and keeps what was typed."""
        cleaned: dict[str, Any] = super().clean() or {}
        shown = cleaned.get("default")
        if shown and shown != self.current:
            text = (
                f"{self.current} has become the default version. Compare it with your text, then save again."
            )
            self.data = {**self.data.dict(), "default": self.current}  # type: ignore[attr-defined]
            raise forms.ValidationError(text)
        return cleaned
