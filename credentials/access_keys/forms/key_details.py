"""What is known of an access key beside IAM: description, owner, review date."""

from typing import Any

from django import forms
from django.utils import timezone

from credentials.access_keys.use_choice import KeyUseForm, description_field, tag_text
from credentials.models.access_keys import OWNER_LENGTH

DAY_GONE = "This date is in the past. Enter today or a later date, or leave it empty."
NO_DAY = "Enter a date as in 2027-01-31."


class OwnerAndReviewForm(forms.Form):
    key_owner = forms.CharField(
        label="Owner",
        required=False,
        max_length=OWNER_LENGTH,
        help_text="Who is responsible for the key: a user name, a team or an e-mail address.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    key_review_date = forms.DateField(
        label="Review by",
        required=False,
        help_text="From this day on, this console asks whether the key is still needed.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": NO_DAY},
    )

    def clean_key_review_date(self) -> Any:
        """A new day is one to come; the day that stands may be over."""
        day = self.cleaned_data["key_review_date"]
        if day and day < timezone.now().date() and day != self.initial.get("key_review_date"):
            raise forms.ValidationError(DAY_GONE)
        return day


class NewKeyForm(OwnerAndReviewForm, KeyUseForm):
    """Everything about a key that does not exist yet."""


class KeyDetailsForm(OwnerAndReviewForm):
    """The same of a key that exists; its description only for whoever may tag its user."""

    key_description = description_field()
    field_order = ["key_description", "key_owner", "key_review_date"]

    def __init__(self, *args: Any, may_tag: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_tag:
            del self.fields["key_description"]

    def clean_key_description(self) -> str:
        return tag_text(self.cleaned_data["key_description"])
