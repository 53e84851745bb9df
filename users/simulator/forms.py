"""What the simulator is asked: who, which actions, on what, under which circumstances."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from django import forms

from iamconsole import catalogue
from iamconsole.catalogue import LEVELS
from iamconsole.operations.shapes import limits
from iamconsole.policy import MalformedPolicyDocument, Policy, parse, parse_resource_policy, values
from users.policies.complaints import NO_SERVICE, complaint

ACTION = re.compile(r"[A-Za-z0-9.-]{1,64}:[A-Za-z0-9]{1,128}")
MOST_DECISIONS = 500
KEY = "key:"  # what the field of a context key is called, before the key's own name
TOO_MANY = "This is {count} decisions. The limit is {limit} at once. Enter fewer actions or fewer resources."
LONGEST_DOCUMENT = limits("SimulatePrincipalPolicy", "ResourcePolicy")["max"]


def lines_field(label: str, help_text: str, *, required: bool = False, rows: int = 3) -> forms.CharField:
    attrs = {"rows": rows, "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=forms.Textarea(attrs=attrs)
    )


class SimulatorForm(forms.Form):
    """``keys``: the context keys that the policies mention; those of ``several`` may have more values."""

    principal = forms.CharField(
        label="User or group",
        help_text="The name or the ARN of a user or a group.",
        max_length=2048,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the name of a user or a group."},
    )
    actions = lines_field("Actions", "One per line, such as ec2:StartInstances.")
    service = forms.CharField(
        label="Service",
        help_text="All its actions. Such as ec2.",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "services"}),
    )
    level = forms.ChoiceField(
        label="Access level",
        choices=[("", "Any"), *((level, level) for level in LEVELS)],
        required=False,
    )
    resources = lines_field("Resources", "One ARN per line. Leave empty for *, any resource.")
    policy = lines_field("Another policy", "JSON. Evaluated as if it were attached.")
    resource_policy = lines_field(
        "Resource policy", "JSON with Principal. Evaluated as if all these resources had it."
    )

    def __init__(self, *args: Any, keys: Sequence[str] = (), several: Collection[str] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.keys, self.several = keys, several
        for name in ("policy", "resource_policy"):
            self.fields[name].max_length = LONGEST_DOCUMENT  # type: ignore[attr-defined]
        for key in keys:
            help_text = "Separate several values with commas." if key in several else ""
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            self.fields[KEY + key] = forms.CharField(
                label=key, required=False, max_length=2048, help_text=help_text, widget=widget
            )

    def key_fields(self) -> Iterator[forms.BoundField]:
        """The fields of the context keys."""
        return (self[KEY + key] for key in self.keys)

    def clean_actions(self) -> list[str]:
        actions = words(self.cleaned_data["actions"])
        if bad := [action for action in actions if not ACTION.fullmatch(action)]:
            raise forms.ValidationError(
                f"{bad[0]} is not an action. Enter service:Action, without wildcards."
            )
        return actions

    def clean_service(self) -> str:
        name: str = self.cleaned_data["service"].strip().lower()
        if name and name not in catalogue.services():
            raise forms.ValidationError(NO_SERVICE.format(name=name))
        return name

    def clean_resources(self) -> list[str]:
        resources = words(self.cleaned_data["resources"])
        for resource in resources:
            if resource != "*" and values.arn(resource) is None:
                raise forms.ValidationError(f"{resource} is not an ARN. Enter an ARN, or *.")
        return resources or ["*"]

    def clean_policy(self) -> str:
        return self._read("policy", parse)

    def clean_resource_policy(self) -> str:
        return self._read("resource_policy", parse_resource_policy)

    def _read(self, field: str, reader: Callable[[str], Policy]) -> str:
        text: str = self.cleaned_data[field]
        try:
            if text:
                reader(text)
        except MalformedPolicyDocument as error:
            raise forms.ValidationError(complaint(text, error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "actions" in cleaned and "service" in cleaned:
            cleaned["actions"] = list(dict.fromkeys([*cleaned["actions"], *self._of_service()]))
            if not cleaned["actions"]:
                self.add_error("actions", "Enter at least one action, or a service.")
        count = len(cleaned.get("actions", ())) * len(cleaned.get("resources", ()))
        if count > MOST_DECISIONS:
            raise forms.ValidationError(TOO_MANY.format(count=count, limit=MOST_DECISIONS))
        return cleaned

    def _of_service(self) -> list[str]:
        """The actions of the service, at the level where one is chosen."""
        if not self.cleaned_data["service"]:
            return []
        service, level = catalogue.services()[self.cleaned_data["service"]], self.cleaned_data.get("level")
        return [str(action) for action in (service.at(level) if level else service.actions.values())]

    def context(self) -> dict[str, str | tuple[str, ...]]:
        """The values that were given, by key."""
        given = {key: self.cleaned_data[KEY + key] for key in self.keys if self.cleaned_data[KEY + key]}
        return {
            key: tuple(part.strip() for part in value.split(",")) if key in self.several else value
            for key, value in given.items()
        }


def words(text: str) -> list[str]:
    """What stands between white space, each once, in order."""
    return list(dict.fromkeys(re.split(r"\s+", text.strip()))) if text.strip() else []
