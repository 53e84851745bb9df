"""The account that the clients read: every fact about it, once. Ages and last uses are in days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT_ID = "300100200300"
ALIAS = "truthful"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
CLOUD_SHELL = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return document({"Effect": "Allow", "Action": list(actions), "Resource": resource})


@dataclass(frozen=True)
class Key:
    """An access key. ``used`` is its last use; None: never."""

    age: int
    used: int | None = None
    active: bool = True


@dataclass(frozen=True)
class User:
    """An IAM user. ``password`` is its age, ``seen`` the last sign-in with it; None: none, never."""

    name: str
    age: int
    path: str = "/"
    password: int | None = None
    seen: int | None = None
    mfa: bool = False
    keys: tuple[Key, ...] = ()
    groups: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    inline: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    boundary: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT_ID}:user{self.path}{self.name}"

    @property
    def active_keys(self) -> tuple[Key, ...]:
        return tuple(key for key in self.keys if key.active)


@dataclass(frozen=True)
class Group:
    name: str
    path: str = "/"
    attached: tuple[str, ...] = ()
    inline: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """A managed policy of the account's own; ``versions`` are its documents, the last is the default."""

    name: str
    versions: tuple[dict[str, Any], ...]
    path: str = "/"
    description: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT_ID}:policy{self.path}{self.name}"


@dataclass(frozen=True)
class Role:
    """A role that this console shows in each local account; its inline policy has its name."""

    name: str
    may_do_all: bool


@dataclass(frozen=True)
class Certificate:
    """A server certificate: its age, and in how many days it expires (or did)."""

    name: str
    age: int
    left: int


DEPLOY = Policy(
    "deploy", (allow("s3:GetObject"), allow("s3:GetObject", "s3:PutObject")), "/teams/", "For CI."
)
POWER = Policy("power", (allow("*"),))
SPARE = Policy("spare", (allow("*"),))
SHARED = Policy("shared-keys", (allow("kms:*"),))
POLICIES = (DEPLOY, POWER, SPARE, SHARED)

ROLES = (Role("IamConsoleAdministrator", True), Role("IamConsoleAuditor", False))
GROUPS = (
    Group("administrators", attached=(ADMINISTRATOR_ACCESS,)),
    Group("builders", "/teams/", attached=(DEPLOY.arn,), inline={"logs": allow("logs:Get*")}),
    Group("nobody"),
)

# The clients use this user's key.
ADMIN = User("admin", 300, keys=(Key(1, used=0),), attached=(ADMINISTRATOR_ACCESS,))
USERS = (
    ADMIN,
    User("alice", 500, password=30, seen=1, mfa=True, groups=("administrators",), tags={"team": "blue"}),
    User("bob", 450, password=400, seen=200, keys=(Key(400, used=200),), groups=("builders",)),
    User("carol", 80, "/staff/", password=80, tags={"team": "red", "leaves": "2030"}),
    User("deploy-robot", 350, "/robots/", keys=(Key(120, used=1), Key(10)), groups=("builders",),
         inline={"escalate": allow("iam:CreatePolicyVersion", "iam:AttachUserPolicy")}),
    User("erin", 40, password=20, seen=5, mfa=True, keys=(Key(20, used=2),),
         attached=(POWER.arn, SHARED.arn), boundary=READ_ONLY),
    User("idle-robot", 600, "/robots/", keys=(Key(500, active=False),), attached=(CLOUD_SHELL,)),
    User("zoe", 5),
)  # fmt: skip

ROOT = User("<root_account>", 700, password=650, seen=90, mfa=True, keys=(Key(600, used=100),))
CERTIFICATES = (Certificate("valid", 100, 300), Certificate("expired", 400, -30))
SPARE_DEVICES = ("drawer",)
PASSWORD_POLICY = {
    "MinimumPasswordLength": 16,
    "RequireSymbols": False,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 60,
    "PasswordReusePrevention": 24,
}


def users(condition: Callable[[User], object]) -> set[str]:
    """The names of the users of whom it is true."""
    return {user.name for user in USERS if condition(user)}
