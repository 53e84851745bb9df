"""Every write with its answer lost: how it comes about, and how AWS itself is asked whether it has it.

A case prepares its thing through the console, may change the same thing just before, and then asks for one
write. Its truth reads AWS with boto3, and knows nothing of what the console thinks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from iamconsole.operations import Caller, execute
from tests.sync.conftest import AWS_ACCOUNT

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
DENY = ALLOW.replace("Allow", "Deny")
NAMED = {"PolicyName": "Own"}
READ_ONLY, ADMIN = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
BLUE, GREEN = [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "green"}]


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{AWS_ACCOUNT}:{kind}/{name}"


@dataclass
class Subject:
    """What one case is about: a name of its own, and what AWS has answered of it before."""

    name: str
    by: Caller
    iam: Any
    made: dict[str, Any] = field(default_factory=dict)

    def do(self, operation: str, **params: Any) -> dict[str, Any]:
        """A change that AWS answers."""
        return execute(self.by, operation, **params)

    @property
    def user(self) -> dict[str, str]:
        return {"UserName": self.name}

    @property
    def group(self) -> dict[str, str]:
        return {"GroupName": self.name}

    @property
    def policy(self) -> dict[str, str]:
        return {"PolicyArn": arn("policy", self.name)}

    @property
    def device(self) -> dict[str, str]:
        return {"SerialNumber": arn("mfa", self.name)}

    @property
    def certificate(self) -> dict[str, str]:
        return {"ServerCertificateName": self.name}

    def listed(self, method: str, member: str, **params: Any) -> Any:
        """A member of AWS's own answer; None where the thing is not there."""
        try:
            return getattr(self.iam, method)(**params)[member]
        except self.iam.exceptions.NoSuchEntityException:
            return None


Step = Callable[[Subject], Any]
NOTHING: Step = lambda s: None  # noqa: E731


@dataclass(frozen=True)
class Case:
    """``ready`` makes what must be there, ``touch`` changes the same thing just before. An account has
    one of some things: only cases of the same ``turn`` go together then.
    """

    operation: str
    ready: Step
    params: Callable[[Subject], dict[str, Any]]
    truth: Callable[[Subject], bool]
    touch: Step = NOTHING
    kind: str = ""
    turn: int = 0

    @property
    def label(self) -> str:
        return f"{self.operation} {self.kind}".strip()


def then(*steps: Step) -> Step:
    def run(s: Subject) -> None:
        for step in steps:
            step(s)

    return run
