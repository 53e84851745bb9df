"""Short sessions as the root user of a member account, for one task each (IAM-FACTS 2.17.3, 2.17.4).

The identity that reads the organization asks for them, at a regional endpoint of STS (``sessions.session``).
A session's own calls leave UserName out, which means the member's root.
"""

from typing import TYPE_CHECKING, Any, Literal

from botocore.config import Config
from django.conf import settings

from . import partitions, sessions
from .client import READ_ATTEMPTS, _session, client_of, reader, translated

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from iamconsole.operations.caller import LinkSpec

Task = Literal["IAMAuditRootUserCredentials", "IAMDeleteRootUserCredentials", "IAMCreateRootUserPassword"]
SECONDS = 900  # the most that AWS gives


def root_features(link: "LinkSpec") -> list[str]:
    """What of central root access the organization has enabled. Raises IamError."""
    with translated(changing=False):
        answer = reader(link).list_organizations_features()
    return sorted(answer.get("EnabledFeatures", []))


def root_client(link: "LinkSpec", account_id: str, task: Task) -> "IAMClient":
    """A client of IAM as the root user of a member account. Raises IamError.

    It repeats nothing by itself, since it also deletes.
    """
    policy = f"arn:{link.partition}:iam::aws:policy/root-task/{task}"
    asked = Config(retries={"mode": "standard", "total_max_attempts": READ_ATTEMPTS})
    with translated(changing=False):
        sts: Any = client_of(_session(link), "sts", asked)
        answer = sts.assume_root(
            TargetPrincipal=account_id, TaskPolicyArn={"arn": policy}, DurationSeconds=SECONDS
        )
        keys = answer["Credentials"]
        session = sessions.session(
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys["SessionToken"],
            region=partitions.region_of(link.partition),
        )
        once = Config(retries={"total_max_attempts": 1})
        client: IAMClient = client_of(session, "iam", once, seconds=settings.AWS_SECONDS)
        return client


def change(client: Any, method: str, **params: str) -> None:
    """Ask for one change with a client of ``root_client``, once. Raises IamError, OutcomeUnknown."""
    with translated(changing=True):
        getattr(client, method)(**params)
