"""Files with AWS managed policies: which rows of them can be read, and why the others cannot.

A file is a list of policies, a mapping by name, or the answer of GetAccountAuthorizationDetails; the library
``moto`` has a mapping without ARNs (IAM-FACTS 2.23).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from iamconsole.arn import AWS_OWNED, STANDARD
from iamconsole.policy import MalformedPolicyDocument, parse

AWS_POLICY = re.compile(r"arn:aws(?:-[a-z]+)*:iam::aws:policy(/(?:[!-~]+/)?)([\w+=,.@-]{1,128})", re.ASCII)
VERSION = re.compile(r"v[1-9][0-9]{0,8}", re.ASCII)
DATES = ("CreateDate", "UpdateDate")
TEXTS = ("PolicyId", "Description")
NO_LIST = "It does not contain a list of policies."
NOT_AWS = "not the ARN of an AWS managed policy"
NO_VERSION = "no default version such as v1"
NO_DOCUMENT = "no document of the default version"
BAD_DOCUMENT = "the document is not a policy"
BAD_DATE = "a date that cannot be read"


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a file, as ``catalogue.save`` takes them, and the others: name -> why not."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def in_file(text: bytes) -> Read:
    """The AWS managed policies of a JSON file, in UTF-8 or, as PowerShell writes it, UTF-16. Raises
    ValueError with a sentence for what has none at all.
    """
    found = Read()
    for number, row in enumerate(_listed(text), start=1):
        try:
            found.rows.append(_row(row))
        except ValueError as why:
            found.skipped[_name(row) or f"number {number}"] = str(why)
    return found


def _listed(text: bytes) -> Iterator[Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It is not JSON: {error}.") from None
    if isinstance(content, dict) and "Policies" in content:
        content = content["Policies"]
    if isinstance(content, dict):
        content = [
            _with_arn({"PolicyName": name, **row}) if isinstance(row, dict) else row
            for name, row in content.items()
        ]
    if not isinstance(content, list):
        raise ValueError(NO_LIST)
    yield from content


def _with_arn(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a mapping by name, where the ARN is what the path and the name make."""
    path = row.get("Path", "/")
    return {"Arn": f"arn:{STANDARD}:iam::{AWS_OWNED}:policy{path}{row['PolicyName']}", **row}


def _name(row: Any) -> str:
    name = (row.get("Arn") or row.get("PolicyName")) if isinstance(row, dict) else ""
    return str(name or "")[:256]


def _row(row: Any) -> dict[str, Any]:
    """One policy with its default version's document; what the file does not tell is absent. Raises
    ValueError with why it cannot be read.
    """
    arn = AWS_POLICY.fullmatch(str(row.get("Arn", ""))) if isinstance(row, dict) else None
    if arn is None:
        raise ValueError(NOT_AWS)
    version = row.get("DefaultVersionId")
    if not (isinstance(version, str) and VERSION.fullmatch(version)):
        raise ValueError(NO_VERSION)
    told = {name: row[name] for name in TEXTS if isinstance(row.get(name), str) and row[name]}
    told |= {name: _date(row[name]) for name in DATES if row.get(name)}
    known = {"Arn": arn[0], "Path": arn[1], "PolicyName": arn[2], "DefaultVersionId": version}
    return {**known, **told, "Document": _document(row, version)}


def _document(row: dict[str, Any], version: str) -> str:
    versions = row.get("PolicyVersionList")
    listed = [v for v in versions if isinstance(v, dict)] if isinstance(versions, list) else []
    documents = [v.get("Document") for v in listed if v.get("VersionId") == version]
    document = row.get("Document") or next(iter(documents), None)
    if not document:
        raise ValueError(NO_DOCUMENT)
    text = document if isinstance(document, str) else json.dumps(document)
    text = unquote(text) if text.startswith("%7B") else text  # as answers of IAM have it
    try:
        parse(text)
    except MalformedPolicyDocument:
        raise ValueError(BAD_DOCUMENT) from None
    return text


def _date(value: Any) -> str:
    """In the form that ``datetime.fromisoformat`` reads, with a time zone."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(BAD_DATE) from None
    return value if moment.tzinfo else f"{moment.isoformat()}+00:00"
