"""What people enter about findings. The operations check it, and say what is wrong."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django import forms

from reports.findings.operations.exemptions import MOST_DAYS
from reports.findings.rule import today
from reports.models import RuleLevel
from reports.models.findings import TEXT_LENGTH

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
OWNER_HELP = "A name or an e-mail address. Leave it empty for the owner that this console finds by itself."
TICKET_HELP = "Begins with https://. Leave it empty for none."
REASON_HELP = "Why the risk is accepted. It is shown with the finding."


class DayField(forms.CharField):
    """A day as ISO has it. It is checked by the operation, whose sentence repeats what was typed."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def owner_field() -> forms.CharField:
    return forms.CharField(
        label="Owner",
        required=False,
        max_length=128,
        help_text=OWNER_HELP,
        widget=forms.TextInput(attrs=PLAIN),
    )


def ticket_field() -> forms.CharField:
    return forms.CharField(
        label="Ticket address",
        required=False,
        max_length=500,
        help_text=TICKET_HELP,
        widget=forms.URLInput(attrs=PLAIN),
    )


def text_field(label: str, help_text: str = "", missing: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=TEXT_LENGTH,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": missing or f"Enter the {label.lower()}."},
    )


def end_field(label: str) -> DayField:
    return DayField(
        label=label,
        help_text=f"A day after today, at most {MOST_DAYS} days away.",
        error_messages={"required": "Enter the end date. Without an end it would never be looked at again."},
    )


class StepForm(forms.Form):
    """Fields that are parameters of an operation. ``PARAMS``: parameter by field."""

    PARAMS: ClassVar[Mapping[str, str]] = {}

    @property
    def params(self) -> dict[str, Any]:
        return {parameter: self.cleaned_data[name] for name, parameter in self.PARAMS.items()}


class NothingForm(StepForm):
    """For a decision that needs nothing but a yes."""


class OwnerForm(StepForm):
    PARAMS = {"owner": "Owner"}
    owner = owner_field()


class TicketForm(StepForm):
    PARAMS = {"ticket": "Ticket"}
    ticket = ticket_field()


class ExemptionForm(StepForm):
    PARAMS = {"reason": "Reason", "ends_on": "EndsOn"}
    reason = text_field("Reason", REASON_HELP)
    ends_on = end_field("Exempt until the end of")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("ends_on", (today() + timedelta(days=90)).isoformat())


FORMS: Mapping[str, type[StepForm]] = {
    "acknowledge": NothingForm,
    "assign": OwnerForm,
    "exempt": ExemptionForm,
    "ticket": TicketForm,
}


class DetailsForm(forms.Form):
    """Who has to see to a finding, until when, and where the work is tracked."""

    owner = owner_field()
    due_date = DayField(
        label="Due date", required=False, help_text="Leave it empty for the day that the severity gives."
    )
    ticket = ticket_field()


class CommentForm(StepForm):
    PARAMS = {"text": "Text"}
    text = text_field("Comment", missing="Enter a comment.")


class AttestationForm(StepForm):
    PARAMS = {"holds": "Holds", "text": "Text", "ends_on": "EndsOn"}
    holds = forms.TypedChoiceField(
        label="What you attest",
        choices=[("yes", "The control is met"), ("no", "The control is not met")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you attest."},
    )
    text = text_field(
        "How you know", "Where it can be checked: a document, a ticket, a person.", "Say how you know."
    )
    ends_on = end_field("Valid until the end of")


class LevelForm(forms.Form):
    """How far a rule goes. ``DRY_RUN`` is "act" that only tells what it would do."""

    DRY_RUN: ClassVar[str] = "act-dry-run"
    level = forms.ChoiceField(label="Level", widget=forms.RadioSelect)

    def __init__(self, *args: Any, acts: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in RuleLevel.Level.choices if value != RuleLevel.Level.ACT]
        if acts:
            choices += [(self.DRY_RUN, "Act, dry run"), (RuleLevel.Level.ACT.value, "Act")]
        self.fields["level"].choices = choices  # type: ignore[attr-defined]

    @property
    def params(self) -> dict[str, Any]:
        chosen = self.cleaned_data["level"]
        level = RuleLevel.Level.ACT.value if chosen == self.DRY_RUN else chosen
        return {"Level": level, "DryRun": chosen != RuleLevel.Level.ACT}


class SettingsForm(forms.Form):
    contact = forms.CharField(
        label="Contact",
        required=False,
        max_length=254,
        help_text="The e-mail address of who answers for findings without an owner.",
        widget=forms.EmailInput(attrs=PLAIN),
    )
    second_person = forms.BooleanField(
        label="An exemption takes two people",
        required=False,
        help_text="One person proposes it, and another grants it. Nobody grants one about themselves.",
    )
