"""The common cases of a statement as a form: access to a service, on some resources, on a condition."""

import ipaddress
import re
from typing import Any

from django import forms

from iamconsole import catalogue
from iamconsole.review.drafting import patterns
from users.policies.complaints import NO_SERVICE

ACTION = re.compile(r"(\*|[A-Za-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128})")
NO_ACTION = "{name} is not an action. Enter service:Action, such as s3:GetObject."
NO_ARN = "{name} is not an ARN. Enter an ARN, or * for all resources."
NO_ADDRESS = "{name} is not an IP address or range. Enter one, such as 203.0.113.0/24."
NOTHING = "Choose a service and an access level, or enter actions."


def plain(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})


def listing(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "autocapitalize": "none"})


class StatementForm(forms.Form):
    """What becomes one statement of a document."""

    prefix = "statement"

    effect = forms.ChoiceField(
        label="Effect",
        choices=[("Allow", "Allow"), ("Deny", "Deny")],
        initial="Allow",
        widget=forms.RadioSelect,
    )
    service = forms.CharField(
        label="Service",
        help_text="The short name, such as s3.",
        required=False,
        widget=plain(list="services"),
    )
    levels = forms.MultipleChoiceField(
        label="Access levels",
        help_text="All actions of the service at these levels.",
        choices=[(level, level) for level in catalogue.LEVELS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    actions = forms.CharField(
        label="Actions",
        help_text="One per line, such as s3:GetObject. They are added to the access levels.",
        required=False,
        widget=listing(2),
    )
    resources = forms.CharField(
        label="Resources",
        help_text="One ARN per line. Leave empty for all resources.",
        required=False,
        widget=listing(2),
    )
    mfa = forms.BooleanField(
        label="Only with MFA",
        help_text="The statement applies only to people who signed in with MFA.",
        required=False,
    )
    source_ip = forms.CharField(
        label="Only from these IP addresses",
        help_text="One address or range per line. Leave empty for any address.",
        required=False,
        widget=listing(2),
    )

    def clean_service(self) -> str:
        name: str = self.cleaned_data["service"].lower()
        if name and name not in catalogue.services():
            raise forms.ValidationError(NO_SERVICE.format(name=name))
        return name

    def clean_actions(self) -> list[str]:
        return self._words("actions", lambda name: bool(ACTION.fullmatch(name)), NO_ACTION)

    def clean_resources(self) -> list[str]:
        is_arn = re.compile(r"\*|arn:[^:]*:[^:]+:[^:]*:[^:]*:.+").fullmatch
        return self._words("resources", lambda name: bool(is_arn(name)), NO_ARN) or ["*"]

    def clean_source_ip(self) -> list[str]:
        return self._words("source_ip", _is_network, NO_ADDRESS)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        by_level = bool(cleaned.get("service") and cleaned.get("levels"))
        if not self.errors and not by_level and not cleaned["actions"]:
            raise forms.ValidationError(NOTHING)
        return cleaned

    def _words(self, field: str, right: Any, complaint: str) -> list[str]:
        words = list(dict.fromkeys(self.cleaned_data[field].split()))
        for word in words:
            if not right(word):
                raise forms.ValidationError(complaint.format(name=word))
        return words

    def statement(self) -> dict[str, Any]:
        """The statement in the words of the policy language, of a valid form."""
        sent = self.cleaned_data
        by_level = patterns(sent["service"], sent["levels"]) if sent["service"] and sent["levels"] else []
        actions = list(dict.fromkeys([*by_level, *sent["actions"]]))
        row: dict[str, Any] = {
            "Effect": sent["effect"],
            "Action": _one_or_more(actions),
            "Resource": _one_or_more(sent["resources"]),
        }
        conditions: dict[str, Any] = {}
        if sent["mfa"]:
            conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        if sent["source_ip"]:
            conditions["IpAddress"] = {"aws:SourceIp": _one_or_more(sent["source_ip"])}
        return {**row, "Condition": conditions} if conditions else row


def _one_or_more(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
