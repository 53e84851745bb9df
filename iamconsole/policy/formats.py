"""What IAM says of a single action, resource or operand of a document that is to be saved (IAM-FACTS 8.2)."""

import re
from collections.abc import Callable

from . import operator_names
from .values import arn_pattern, binary, moment, network, number
from .variables import is_template, masked

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
VENDOR = re.compile(r"[A-Za-z0-9.-]+")
IAM_RESOURCE = re.compile(
    r"\*|root|(user|federated-user|role|group|instance-profile|mfa|server-certificate|policy|sms-mfa"
    r"|saml-provider|oidc-provider|report|access-report)/.*",
    re.DOTALL,
)
# Buckets and objects have no region in their ARNs; these resources of S3 have one, and an account.
REGIONAL_IN_S3 = (
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
)
PARTS_OF_ARN = 6
NO_PREFIX = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
TWO_COLONS = "Actions/Condition can contain only one colon."
BAD_VENDOR = "Vendor {vendor} is not valid"
NO_ARN = 'Resource {resource} must be in ARN format or "*".'
BAD_PARTITION = 'Partition "{partition}" is not valid for resource "{padded}".'
NO_VENDOR = "Resource vendor must be fully qualified and cannot contain regexes."
REGION_IN_IAM = "IAM resource {resource} cannot contain region information."
REGION_IN_S3 = "Resource {resource} can not contain region information."
BAD_IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
    "report/, access-report/."
)


def _template(text: str) -> str | None:
    """A text whose every ``${`` begins a variable: what another one means is not known of AWS."""
    return text if is_template(text) else None


def _arn_template(text: str) -> object:
    """Its six parts are told apart by its own colons: a variable has one, and brings none."""
    return arn_pattern(masked(text)) if is_template(text) else None


# An operand of these operators must be readable; the others take any text.
READERS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(operator_names.STRING, _template),
    **dict.fromkeys(operator_names.NUMERIC, number),
    **dict.fromkeys(operator_names.DATE, moment),
    **dict.fromkeys(operator_names.IP_ADDRESS, network),
    **dict.fromkeys(operator_names.ARN, _arn_template),
    **dict.fromkeys(operator_names.BINARY, binary),
}


def is_operand(operator: str, text: str) -> bool:
    """Whether an operator, by its base name, can be given the text."""
    reader = READERS.get(operator)
    return reader is None or reader(text) is not None


def action_complaint(action: str) -> str:
    """Why an action cannot be saved; "" for one that can."""
    if action == "*":
        return ""
    vendor, _, name = action.partition(":")
    if ":" in name:
        return TWO_COLONS
    if ":" not in action or not vendor:
        return NO_PREFIX
    return "" if VENDOR.fullmatch(vendor) else BAD_VENDOR.format(vendor=vendor)


def fails_legacy_parsing(resource: str) -> bool:
    """Whether the older parser of IAM, which reads resources first, gives up on one."""
    if resource == "*" or ":" not in resource:
        return False
    written = masked(resource)
    too_short = "::" in written and written.count(":") < PARTS_OF_ARN - 1
    return too_short or _parts(resource)[2] == ""


def resource_complaint(resource: str) -> str:
    """Why a resource cannot be saved; "" for one that can."""
    if resource == "*":
        return ""
    if ":" not in resource:
        return NO_ARN.format(resource=resource)
    _, partition, vendor, region, _, rest = parts = _parts(resource)
    if partition not in PARTITIONS:
        return BAD_PARTITION.format(partition=partition, padded=":".join(parts))
    if "*" in vendor or "?" in vendor:
        return NO_VENDOR
    if vendor == "iam":
        return _iam_complaint(resource, region, rest)
    if vendor == "s3" and region and not rest.startswith(REGIONAL_IN_S3):
        return REGION_IN_S3.format(resource=resource)
    return ""


def _iam_complaint(resource: str, region: str, rest: str) -> str:
    if region:
        return REGION_IN_IAM.format(resource=resource)
    return "" if IAM_RESOURCE.fullmatch(rest) else BAD_IAM_PATH


def _parts(resource: str) -> list[str]:
    """The six parts that IAM reads: what stands before the first colon is ``arn``, what is left out ``*``."""
    parts, start = ["arn"], resource.index(":") + 1
    for part in masked(resource).split(":", PARTS_OF_ARN - 1)[1:]:
        parts.append(resource[start : start + len(part)])
        start += len(part) + 1
    return parts + ["*"] * (PARTS_OF_ARN - len(parts))
