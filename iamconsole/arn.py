"""ARNs of IAM: taken apart, put together, checked (IAM-FACTS 1.1, 1.3)."""

import re
from dataclasses import dataclass

ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
PATH = re.compile(r"/|/[!-~]+/")


@dataclass(frozen=True, slots=True)
class Arn:
    """The six parts of an ARN; IAM's region part is always empty."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Arn":
        """Raises ValueError when the text is no ARN."""
        parts = text.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            raise ValueError(
                f"{text!r} is not an ARN. An ARN reads arn:partition:service:region:account:resource."
            )
        return cls(*parts[1:])

    def __str__(self) -> str:
        parts = ("arn", self.partition, self.service, self.region, self.account_id, self.resource)
        return ":".join(parts)


def _iam(account_id: str, kind: str, path: str, name: str, partition: str) -> str:
    """The path's slashes join directly: ``user`` + ``/a/b/`` + ``Bob``."""
    if not ACCOUNT_ID.fullmatch(account_id):
        raise ValueError(f"{account_id!r} is not an account ID. An account ID has 12 digits.")
    if not PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path. A path begins and ends with a slash.")
    return str(Arn(partition, "iam", "", account_id, f"{kind}{path}{name}"))


def user_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    return _iam(account_id, "user", path, name, partition)


def group_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    return _iam(account_id, "group", path, name, partition)


def policy_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    return _iam(account_id, "policy", path, name, partition)


def mfa_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a virtual MFA device, which is its serial number."""
    return _iam(account_id, "mfa", path, name, partition)


def role_arn(account_id: str, name: str, partition: str = "aws") -> str:
    return _iam(account_id, "role", "/", name, partition)


def root_arn(account_id: str, partition: str = "aws") -> str:
    """The account itself, and its root user."""
    return str(Arn(partition, "iam", "", account_id, "root"))


def assumed_role_arn(account_id: str, role: str, session: str, partition: str = "aws") -> str:
    """A role session of STS."""
    return str(Arn(partition, "sts", "", account_id, f"assumed-role/{role}/{session}"))
