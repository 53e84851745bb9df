"""ARNs of IAM: taken apart, put together, checked (IAM-FACTS 1.1, 1.3)."""

import re
import unicodedata
from dataclasses import dataclass

ACCOUNT_ID = re.compile(r"[0-9]{12}")
DIGITS = re.compile(r"[0-9]+")
# What people put between the digits of an account ID: dashes, spaces, and what cannot be seen.
BETWEEN_DIGITS, MINUS = ("Pd", "Zs", "Zl", "Zp", "Cf", "Cc"), "\N{MINUS SIGN}"
PATH = re.compile(r"/|/[!-~]{1,510}/")
NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")
AWS_OWNED = "aws"  # stands where the account ID would, in the ARNs of AWS managed policies
SHAPE = re.compile(
    r"arn:(?P<partition>[a-z0-9-]+):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account_id>[0-9]{12}|aws|):(?P<resource>[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)"
)
LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN after ``arn:``. The region of an IAM ARN is always empty."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Arn":
        """An ARN of one thing, so without wildcards before the resource. Raises ValueError."""
        match = SHAPE.fullmatch(text) if len(text) <= LONGEST else None
        if match is None:
            raise ValueError(
                f"{text[:100]!r} is not an ARN. An ARN reads arn:partition:service:region:account:resource."
            )
        return cls(**match.groupdict())

    def __str__(self) -> str:
        parts = ("arn", self.partition, self.service, self.region, self.account_id, self.resource)
        return ":".join(parts)


def checked_account_id(text: str) -> str:
    """The account ID as given. Raises ValueError unless it has 12 digits."""
    if not ACCOUNT_ID.fullmatch(text):
        raise ValueError(f"{text[:100]!r} is not an account ID. An account ID has 12 digits.")
    return text


def as_account_id(text: str) -> str:
    """The digits of what can only be meant as an account ID: digits with or without dashes and spaces, in any
    width. They need not be 12. "" for anything else, such as an alias or a name.
    """
    normal = unicodedata.normalize("NFKC", text)
    left = "".join(c for c in normal if c != MINUS and unicodedata.category(c) not in BETWEEN_DIGITS)
    return left if DIGITS.fullmatch(left) else ""


def checked_path(text: str) -> str:
    """The path as given. Raises ValueError unless it is ``/`` or begins and ends with one."""
    if not PATH.fullmatch(text):
        raise ValueError(
            f"{text[:100]!r} is not a path. A path begins and ends with a slash, and has at most 512 "
            "characters without spaces."
        )
    return text


def _checked_name(text: str) -> str:
    """A slash or colon in a name would move it to another place in the ARN."""
    if not NAME.fullmatch(text):
        raise ValueError(f"{text[:100]!r} is not a name. A name has letters, digits and _+=,.@- only.")
    return text


def _iam(account_id: str, kind: str, path: str, name: str, partition: str) -> str:
    """The path's slashes join directly: ``user`` + ``/a/b/`` + ``Bob``. Raises ValueError."""
    resource = f"{kind}{checked_path(path)}{_checked_name(name)}"
    return str(Arn(partition, "iam", "", checked_account_id(account_id), resource))


def user_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a user. Raises ValueError for an impossible account ID, path or name."""
    return _iam(account_id, "user", path, name, partition)


def group_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a group. Raises ValueError for an impossible account ID, path or name."""
    return _iam(account_id, "group", path, name, partition)


def policy_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a managed policy; the account ID of AWS's own is ``aws``. Raises ValueError."""
    if account_id == AWS_OWNED:
        resource = f"policy{checked_path(path)}{_checked_name(name)}"
        return str(Arn(partition, "iam", "", AWS_OWNED, resource))
    return _iam(account_id, "policy", path, name, partition)


def mfa_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a virtual MFA device, which is its serial number. Raises ValueError."""
    return _iam(account_id, "mfa", path, name, partition)


def server_certificate_arn(account_id: str, path: str, name: str, partition: str = "aws") -> str:
    """The ARN of a server certificate. Raises ValueError for an impossible account ID, path or name."""
    return _iam(account_id, "server-certificate", path, name, partition)


def u2f_arn(account_id: str, user_name: str, device: str, partition: str = "aws") -> str:
    """The serial number of a passkey or security key; that of root without a user name. Raises ValueError."""
    path = f"/user/{_checked_name(user_name)}/" if user_name else "/root/"
    return _iam(account_id, "u2f", path, device, partition)


def role_arn(account_id: str, name: str, partition: str = "aws") -> str:
    """The ARN of a role at path ``/``. Raises ValueError for an impossible account ID or name."""
    return _iam(account_id, "role", "/", name, partition)


def root_arn(account_id: str, partition: str = "aws") -> str:
    """The account itself, and its root user. Raises ValueError for an impossible account ID."""
    return str(Arn(partition, "iam", "", checked_account_id(account_id), "root"))


def assumed_role_arn(account_id: str, role: str, session: str, partition: str = "aws") -> str:
    """A role session of STS, in which no path shows. Raises ValueError."""
    resource = f"assumed-role/{_checked_name(role)}/{_checked_name(session)}"
    return str(Arn(partition, "sts", "", checked_account_id(account_id), resource))
