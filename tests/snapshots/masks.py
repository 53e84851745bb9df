"""What chance has made gets a name, so that two runs say the same."""

import re
from typing import Any

from django.apps import apps
from django.db import models

from tests.census.surface import OURS

UUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
# IAM's: AIDA... of a user, AKIA... of a key.
UNIQUE_ID = r"\bA(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{12,28}\b"
IDS = re.compile(f"{UUID}|{UNIQUE_ID}")
NOTHING = re.compile(r"(.)\1{11,}$")
OTHERS = (
    # Static files bear a digest of their content.
    (re.compile(r"\.[0-9a-f]{12}(?=\.(?:css|js|svg|woff2?|png|ico|map)\b)"), ".<digest>"),
    (re.compile(r"(name=\"(?:csrfmiddlewaretoken|token)\" type=\"hidden\" value=\")[^\"]+"), r"\1<token>"),
    (re.compile(r"(X-CSRFToken[^:]*: ?[\"']|&quot;X-CSRFToken&quot;: ?&quot;)[\w-]+"), r"\1<token>"),
    (re.compile(r"('nonce-|nonce=\")[^'\"]+"), r"\1<nonce>"),
    # Django's signed values: data, time, signature.
    (re.compile(r"\.?[\w-]{20,}:[\w-]{6}:[\w-]{27,43}"), "<signed>"),
    # The external ID that a form proposes.
    (re.compile(r"iam-console-[\w-]{24}(?!\w)"), "<external id>"),
    # Of the test run itself.
    (re.compile(r"http://(?:127\.0\.0\.1|localhost):\d{4,5}"), "http://<host>"),
    (re.compile(r"%2F\d{12}(?=%2F)"), ""),
    (
        re.compile(
            r"((?:href|action|src|content|hx-[a-z]+|next|data-[a-z-]+)=[\"']|[?&;]next=)/\d{12}(?=[/\"'])"
        ),
        r"\1",
    ),
)


class Masks:
    """Names for IDs: those of rows in the order in which they were made, others as they turn up in a text."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def learn(self) -> "Masks":
        """The IDs of all rows there are; a name that is given stays."""
        numbers: dict[str, int] = {}
        for name in self.known.values():
            prefix, _, number = name.strip("<>").rpartition(" ")
            numbers[prefix] = max(numbers.get(prefix, 0), int(number))
        for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
            if model._meta.app_label in OURS and isinstance(model._meta.pk, models.AutoField):
                for found in ids_of(model):
                    if found not in self.known:
                        prefix = found[:4] if found[4:5] != "-" and found[0] == "A" else "uuid"
                        numbers[prefix] = numbers.get(prefix, 0) + 1
                        self.known[found] = f"<{prefix} {numbers[prefix]}>"
        return self

    def masked(self, text: str, *, numbered: bool = True) -> str:
        """The text with names for IDs; those of no row are told apart where they are ``numbered``."""
        others: dict[str, str] = {}

        def name(match: re.Match[str]) -> str:
            found = match[0]
            if found in self.known or NOTHING.search(found):
                return self.known.get(found, found)
            return others.setdefault(found, f"<other {len(others) + 1}>" if numbered else "<other>")

        text = IDS.sub(name, text)
        for pattern, replacement in OTHERS:
            text = pattern.sub(replacement, text)
        return text


def ids_of(model: Any) -> list[str]:
    """All IDs in the columns of a model, by row and column."""
    columns = [
        field.attname
        for field in model._meta.local_concrete_fields
        if isinstance(field, (models.CharField, models.UUIDField)) and not field.is_relation
    ]
    found = model._default_manager.order_by("pk").values_list(*columns) if columns else []
    return (
        [match for row in found.iterator() for value in row for match in IDS.findall(str(value))]
        if columns
        else []
    )
