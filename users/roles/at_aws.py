"""Roles, instance profiles and identity providers of a linked account: AWS is asked when somebody asks here.

Syncs do not list them, so nothing about them is kept: what is answered is what AWS says at that moment.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from iamconsole import gateway
from iamconsole.errors import IamError, LinkDenied
from iamconsole.not_known import NotKnown
from iamconsole.operations import Caller, Facts
from iamconsole.operations.at_aws import way_out
from iamconsole.operations.caller import LinkSpec
from iamconsole.operations.shapes import operation_model
from iamconsole.operations.single_reads import ATTEMPTS, PATIENCE

DOCUMENT = "policyDocumentType"
NOT_KEPT = "AWS is asked about {what} when somebody asks for them, and this account is not linked."


def check_known(caller: Caller, what: str) -> None:
    """Raises InvalidInput where nobody can be asked: an account that is neither here nor linked."""
    if caller.read_only:
        raise IamError("InvalidInput", str(NotKnown(what, NOT_KEPT.format(what=what))))


def asked(caller: Caller, operation: str, params: Mapping[str, Any]) -> Facts:
    """AWS's answer to an operation that reads. Raises IamError with AWS's code and sentence, LinkDenied where
    AWS does not let the link ask.
    """
    if caller.link is None:
        raise ValueError("Only a linked account is asked at AWS.")
    try:
        answer = gateway.read(_method(caller.link, operation), **params)
    except IamError as error:
        if error.code in gateway.DENIED_CODES:
            raise LinkDenied(error.message, way_out(f"iam:{operation}", error.message)) from error
        raise
    shape = operation_model(operation).output_shape
    facts: Facts = as_texts(shape, answer) if shape else {}
    return facts


def _method(link: LinkSpec, operation: str) -> Any:
    client: Any = gateway.reader(link, attempts=ATTEMPTS, patience=PATIENCE)
    return getattr(client, gateway.method_name(client, operation))


def as_texts(shape: Shape, value: Any) -> Any:
    """The members that the shape knows, with policy documents as text: botocore gives them decoded."""
    if isinstance(shape, StructureShape):
        known = (name for name in shape.members if value.get(name) is not None)
        return {name: as_texts(shape.members[name], value[name]) for name in known}
    if isinstance(shape, ListShape):
        return [as_texts(shape.member, item) for item in value]
    if shape.name == DOCUMENT and not isinstance(value, str):
        return json.dumps(value)
    return value
