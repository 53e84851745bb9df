"""Tags for new users: rows of a key and a value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms

from users.tag_forms import check_key, check_value, tag_field
from users.tag_rules import TAGS_PER_RESOURCE

EMPTY_ROWS = 3
NO_KEY = "Enter a key for the value “{value}”, or remove the value."
TWICE = "“{key}” is in the list twice. Tag keys are not case-sensitive."
TOO_MANY = "You entered {count} tags. A user can have up to {limit}{because}."
KEY_TAG = ", one of which is the description of the access key"


class TagForm(forms.Form):
    key = tag_field("Key", check_key)
    value = tag_field("Value", check_value)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("value") and not cleaned.get("key") and "key" not in self.errors:
            self.add_error("key", NO_KEY.format(value=cleaned["value"]))
        return cleaned


if TYPE_CHECKING:
    Base = forms.BaseFormSet[TagForm]
else:
    Base = forms.BaseFormSet


class TagRows(Base):
    """Rows without a key are left out; ``reserved`` tags of the user come from elsewhere."""

    reserved = 0

    def add_fields(self, form: TagForm, index: int | None) -> None:
        super().add_fields(form, index)
        number = (index or 0) + 1
        form.fields["key"].label, form.fields["value"].label = f"Key {number}", f"Value {number}"

    def clean(self) -> None:
        """Keys are unique without case, and a user has 50 tags at most (IAM-FACTS 1.3, 9.1)."""
        seen: set[str] = set()
        for form in self.forms:
            key = getattr(form, "cleaned_data", {}).get("key", "")
            if key and key.lower() in seen:
                form.add_error("key", TWICE.format(key=key))
            seen.add(key.lower())
        if len(self.tags) + self.reserved > TAGS_PER_RESOURCE:
            limit, because = TAGS_PER_RESOURCE, KEY_TAG if self.reserved else ""
            raise forms.ValidationError(TOO_MANY.format(count=len(self.tags), limit=limit, because=because))

    @property
    def tags(self) -> list[tuple[str, str]]:
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", {}).get("key")]
        return [(row["key"], row.get("value", "")) for row in rows]


# More rows than tags are possible, so that the excess is told in our words.
Rows = forms.formset_factory(
    TagForm,
    formset=TagRows,
    extra=EMPTY_ROWS,
    max_num=4 * TAGS_PER_RESOURCE,
    absolute_max=4 * TAGS_PER_RESOURCE,
)


def tag_rows(data: Any, tags: Sequence[tuple[str, str]], *, reserved: int = 0) -> TagRows:
    """The rows of the tags there are, and some empty ones."""
    initial = [{"key": key, "value": value} for key, value in tags]
    rows = cast(TagRows, Rows(data, initial=initial, prefix="tags"))
    rows.reserved = reserved
    return rows
