"""boto3 to a linked account: one question at a time, in IAM's own words.

``ask`` is for changes: sent once, never repeated by the client, because a resent CreateAccessKey
makes two keys. ``reader`` is for reads, which retry adaptively.
"""

from .client import ask, identify, method_name, reader, translated
from .organizations import Member, members
from .probing import Permission, Probe, probe

__all__ = [
    "Member",
    "Permission",
    "Probe",
    "ask",
    "identify",
    "members",
    "method_name",
    "probe",
    "reader",
    "translated",
]
