"""Whether IAM would save a document: the strict second look (IAM-FACTS 8.1, 8.2).

The order of the checks is AWS's: syntax, version, legacy parsing, Sids, actions, resources, vendors.
"""

import re
from collections.abc import Iterator

from .conditions import is_known_operator
from .document import CURRENT, Policy, Statement, parse
from .syntax import MalformedPolicyDocument

PARTITIONS = {
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "*",
}
VENDOR = re.compile(r"[A-Za-z0-9-]+")
SID = re.compile(r"[A-Za-z0-9]*")
IAM_RESOURCE = re.compile(
    r"\*|root|(user|federated-user|role|group|instance-profile|mfa|server-certificate|policy|sms-mfa"
    r"|saml-provider|oidc-provider|report|access-report)/.*",
    re.DOTALL,
)
LEGACY = "The policy failed legacy parsing"
OLD_VERSION = "Policy document must be version 2012-10-17 or greater."
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
BAD_IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
    "report/, access-report/."
)


def check_savable(text: str) -> Policy:
    """The policy of a document that IAM would save. Raises MalformedPolicyDocument in AWS's words."""
    policy = parse(text)
    for statement in policy.statements:
        _check_operators(statement)
    if policy.version != CURRENT:
        raise MalformedPolicyDocument(OLD_VERSION, element="Version")
    for statement in policy.statements:
        _check_legacy(statement)
    _check_sids(policy)
    for problem in (problem for statement in policy.statements for problem in _problems(statement)):
        raise problem
    return policy


def _check_operators(statement: Statement) -> None:
    for condition in statement.conditions:
        if not is_known_operator(condition.operator):
            raise MalformedPolicyDocument(element="Condition", sid=statement.sid, value=condition.operator)


def _check_legacy(statement: Statement) -> None:
    """An ARN has six parts, with a vendor."""
    for resource in statement.resources:
        parts = resource.split(":", 5)
        if parts[0] == "arn" and 2 < len(parts) < 6:
            raise MalformedPolicyDocument(LEGACY, element="Resource", sid=statement.sid, value=resource)


def _check_sids(policy: Policy) -> None:
    sids = [statement.sid for statement in policy.statements if statement.sid]
    if len(set(sids)) < len(sids):
        text = "Statement IDs (SID) in a single policy must be unique."
        raise MalformedPolicyDocument(text, element="Sid")
    if bad := [sid for sid in sids if not SID.fullmatch(sid)]:
        text = f"Statement ID (SID) {bad[0]} may only have letters and digits."
        raise MalformedPolicyDocument(text, element="Sid", sid=bad[0])


def _problems(statement: Statement) -> Iterator[MalformedPolicyDocument]:
    for action in statement.actions:
        if message := _action_problem(action):
            yield MalformedPolicyDocument(message, element="Action", sid=statement.sid, value=action)
    for resource in statement.resources:
        if message := _resource_problem(resource):
            yield MalformedPolicyDocument(message, element="Resource", sid=statement.sid, value=resource)


def _action_problem(action: str) -> str:
    if action == "*":
        return ""
    vendor, colon, name = action.partition(":")
    if not colon or not vendor:
        return NO_VENDOR
    if not VENDOR.fullmatch(vendor):
        return f"Vendor {vendor} is not valid"
    return "Actions/Condition can contain only one colon." if ":" in name else ""


def _resource_problem(resource: str) -> str:
    if resource == "*":
        return ""
    parts = resource.split(":", 5)
    if parts[0] != "arn" or len(parts) < 2:
        return f'Resource {resource} must be in ARN format or "*".'
    if len(parts) < 6 or "*" in parts[2] or "?" in parts[2]:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    _, partition, vendor, region, _, rest = parts
    if partition not in PARTITIONS:
        return f'Partition "{partition}" is not valid for resource "{resource}".'
    if vendor == "iam":
        return _iam_resource_problem(region, rest)
    if vendor == "s3" and region:
        return "Resource ARN can not contain region information."
    return ""


def _iam_resource_problem(region: str, rest: str) -> str:
    if region:
        return "IAM resource ARN cannot contain region information."
    return "" if IAM_RESOURCE.fullmatch(rest) else BAD_IAM_PATH
