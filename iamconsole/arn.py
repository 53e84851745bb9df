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
AWS_ACCOUNT_ID = (
    "639982225848"  # of the account that those belong to in the standard partition (IAM-FACTS 2.23)
)
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


@dataclass(frozen=True, slots=True)
class Arns:
    """Puts together the ARNs of one account in its partition. Raises ValueError for an impossible account
    ID, path or name.
    """

    partition: str
    account_id: str

    @property
    def root(self) -> str:
        """The account itself, and its root user."""
        return self._iam("root")

    @property
    def any_user(self) -> str:
        """Stands for users that do not exist yet, where a page asks whether its caller can create any."""
        return self._iam("user/*")

    def listed(self, kind: str, prefix: str) -> str:
        """Where things of a kind are that begin with a path, as in ``user`` + ``/staff/``: what AWS judges a
        list on (IAM-FACTS 8.9).
        """
        return self._iam(f"{kind}{prefix}")

    def user(self, path: str, name: str) -> str:
        """The path's slashes join directly: ``user`` + ``/a/b/`` + ``Bob``."""
        return self._named("user", path, name)

    def group(self, path: str, name: str) -> str:
        return self._named("group", path, name)

    def policy(self, path: str, name: str) -> str:
        """A customer managed policy."""
        return self._named("policy", path, name)

    def aws_policy(self, name: str, path: str = "/") -> str:
        """One of AWS's own managed policies, as it is called in this partition."""
        resource = f"policy{checked_path(path)}{_checked_name(name)}"
        return str(Arn(self.partition, "iam", "", AWS_OWNED, resource))

    def mfa(self, path: str, name: str) -> str:
        """A virtual MFA device; its ARN is its serial number."""
        return self._named("mfa", path, name)

    def server_certificate(self, path: str, name: str) -> str:
        return self._named("server-certificate", path, name)

    def u2f(self, user_name: str, device: str) -> str:
        """The serial number of a passkey or security key; that of root without a user name."""
        path = f"/user/{_checked_name(user_name)}/" if user_name else "/root/"
        return self._named("u2f", path, device)

    def role(self, name: str) -> str:
        """A role at path ``/``."""
        return self._named("role", "/", name)

    def assumed_role(self, role: str, session: str) -> str:
        """A role session of STS, in which no path shows."""
        resource = f"assumed-role/{_checked_name(role)}/{_checked_name(session)}"
        return str(Arn(self.partition, "sts", "", checked_account_id(self.account_id), resource))

    def federated_user(self, name: str) -> str:
        """A session that GetFederationToken has made."""
        return str(
            Arn(
                self.partition,
                "sts",
                "",
                checked_account_id(self.account_id),
                f"federated-user/{_checked_name(name)}",
            )
        )

    def _named(self, kind: str, path: str, name: str) -> str:
        return self._iam(f"{kind}{checked_path(path)}{_checked_name(name)}")

    def _iam(self, resource: str) -> str:
        return str(Arn(self.partition, "iam", "", checked_account_id(self.account_id), resource))


def owner_of(resource: str) -> str:
    """The ID of the account that a resource belongs to, by its ARN; "" where that does not tell, as in "*"
    and in the ARNs of AWS's own policies in other partitions (IAM-FACTS 2.23).
    """
    parts = resource.split(":", 5)
    owner = parts[4] if len(parts) == 6 else ""
    if owner == AWS_OWNED:
        return AWS_ACCOUNT_ID if parts[1] == STANDARD else ""
    return owner


def short_arn(arn: str, account_id: str) -> str:
    """An ARN of IAM in the account without the part that is the same for all of them; any other as it is."""
    parts = arn.split(":", 5)
    ours = len(parts) == 6 and parts[2] == "iam" and parts[4] == account_id
    return parts[5] if ours else arn


def partition_of(*texts: str) -> str:
    """The partition of the first text that is an ARN. Raises ValueError where none is."""
    match = next(filter(None, map(SHAPE.fullmatch, texts)), None)
    if match is None:
        raise ValueError(f"None of {len(texts)} texts is an ARN.")
    return match["partition"]


STANDARD = "aws"  # the partition that shipped documents are written for
CHINA, GOVCLOUD = "aws-cn", "aws-us-gov"
EXAMPLE_ROLE = Arns(STANDARD, "123456789012").role("IamConsole")
# The same in a sentence, for people of every partition.
EXAMPLE_ROLES = (
    f"{EXAMPLE_ROLE}. In China it starts with arn:{CHINA}:, in GovCloud (US) with arn:{GOVCLOUD}:."
)
ADMINISTRATOR_ACCESS = "AdministratorAccess"  # allows everything
CHANGE_PASSWORD = "IAMUserChangePassword"  # noqa: S105 - a policy, for people who must set a password of their own
