"""AWS managed policies that are newer than the catalogue: AWS is asked about them, by their ARN.

What it answers is the linked account's own row, as a sync would write it (``users.policies.aws_mirror``). A
sync removes it when nobody in the account has the policy.
"""

from typing import Any

from iamconsole import gateway
from iamconsole.arn import AWS_OWNED
from iamconsole.errors import IamError
from iamconsole.operations import Caller
from users.account_details import document
from users.models import Account, ManagedPolicy
from users.models.policies import part_of_arn
from users.policies.catalogue import AWS_POLICY

# A policy whose document AWS did not give denies everything (users.models.policies.compiled).
NO_DOCUMENT = ""
READ = ("iam:GetPolicy", "iam:GetPolicyVersion")


def learn(caller: Caller, arn: str) -> ManagedPolicy | None:
    """The policy of AWS's that the catalogue does not know and AWS has; None where there is nothing to learn:
    the account is not linked, the policy is known, or AWS has none of that ARN.

    Where AWS denies the link to read it, its document is not known. Raises IamError where AWS does not
    answer.
    """
    if caller.link is None or not AWS_POLICY.match(arn) or is_known(caller.account_id, arn):
        return None
    account = Account.objects.get(account_id=caller.account_id)
    if part_of_arn(arn, 1) != account.partition:
        return None
    try:
        values = asked(caller, arn)
    except IamError as error:
        if error.code not in gateway.DENIED_CODES:
            if error.code in ("NoSuchEntity", "InvalidInput", "ValidationError"):
                return None
            raise
        values = {"policy_name": arn.rpartition("/")[2], "path": path_of(arn), "document": NO_DOCUMENT}
    policy, _ = ManagedPolicy.objects.get_or_create(account=account, arn=arn, defaults=values)
    return policy


def look_up(caller: Caller, words: str) -> str:
    """Learn the policy whose ARN a person searches for and can read. Returns why AWS was silent, or ""."""
    if not words.startswith("arn:") or not all(caller.permits(action, words) for action in READ):
        return ""
    try:
        learn(caller, words)
    except IamError as error:
        return error.message
    return ""


def is_known(account_id: str, arn: str) -> bool:
    return ManagedPolicy.objects.known_to(account_id).filter(arn=arn).exists()


def asked(caller: Caller, arn: str) -> dict[str, Any]:
    """The columns of a policy, in two questions to AWS. Raises IamError."""
    if caller.link is None:
        raise ValueError("Only a linked account is asked at AWS.")
    iam: Any = gateway.reader(caller.link, attempts=2)
    policy = gateway.read(iam.get_policy, PolicyArn=arn)["Policy"]
    version_id = policy["DefaultVersionId"]
    version = gateway.read(iam.get_policy_version, PolicyArn=arn, VersionId=version_id)["PolicyVersion"]
    return {
        "policy_name": arn.rpartition("/")[2],
        "policy_id": policy.get("PolicyId", ""),
        "path": path_of(arn),
        "description": policy.get("Description", ""),
        "default_version_id": version_id,
        "document": document(version["Document"]),
        "create_date": policy["CreateDate"],
        "update_date": policy.get("UpdateDate", policy["CreateDate"]),
    }


def path_of(arn: str) -> str:
    """The path in the ARN of a policy of AWS's."""
    return arn.partition(f"::{AWS_OWNED}:policy")[2].rpartition("/")[0] + "/"
