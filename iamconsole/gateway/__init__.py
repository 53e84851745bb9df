"""boto3 to a linked account: one question at a time, in IAM's own words.

``ask`` is for changes: sent once, never repeated by the client, because a resent CreateAccessKey
makes two keys. ``reader`` is for reads, which retry adaptively; ``Calls`` counts what they cost.
``probe`` finds out beforehand what a link may do.
"""

from . import partitions
from .calls import Calls
from .client import DOUBTFUL, ask, identify, method_name, read, reader, refused, translated
from .limits import for_people
from .organizations import Member, Organization, Unit, organization
from .paging import pages
from .probing import (
    DENIED_CODES,
    EXPLICIT_DENY,
    SIMULATE,
    SIMULATED_AT_ONCE,
    Permission,
    Probe,
    probe,
    simulate,
)
from .report import AwsReport, credential_report
from .root_sessions import change, root_client, root_features
from .simulating import AwsDecision, ask_simulator
from .trail import Trail, TrailCall, iam_calls

__all__ = [
    "DENIED_CODES",
    "DOUBTFUL",
    "EXPLICIT_DENY",
    "SIMULATE",
    "SIMULATED_AT_ONCE",
    "AwsDecision",
    "AwsReport",
    "Calls",
    "Member",
    "Organization",
    "Permission",
    "Probe",
    "Trail",
    "TrailCall",
    "Unit",
    "ask",
    "ask_simulator",
    "change",
    "credential_report",
    "for_people",
    "iam_calls",
    "identify",
    "method_name",
    "organization",
    "pages",
    "partitions",
    "probe",
    "read",
    "reader",
    "refused",
    "root_client",
    "root_features",
    "simulate",
    "translated",
]
