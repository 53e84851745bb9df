"""TagPolicy, UntagPolicy, ListPolicyTags: keys differ by case here (IAM-FACTS 1.3)."""

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Params, Wanted
from users.lookups import find_policy
from users.models import ManagedPolicy
from users.policies.operations.policies import NOT_FOUND, OwnPolicyOperation, PolicyOperation
from users.tag_rules import (
    TAGS_IN_DOUBT,
    WithTags,
    check_tag_room,
    request_tag_keys,
    tag_facts,
    tag_page,
    tagged,
    undo_tagging,
    undo_untagging,
    untagged,
    with_tags,
    without_tags,
)

NOT_TAGGABLE = "Policy {arn} is an AWS managed policy. AWS managed policies cannot have tags."


class PolicyTagOperation(OwnPolicyOperation):
    """A change of a policy's tags. AWS's own policies have none, and refuse them in their own way
    (IAM-FACTS 2.23).
    """

    def refused_for_aws(self, arn: str) -> IamError:
        return IamError("InvalidInput", NOT_TAGGABLE.format(arn=arn))


def tags_of(call: Call) -> dict[str, str] | None:
    """The tags that the call's thing has now; None where they were not read."""
    row = ManagedPolicy.objects.filter(
        account__account_id=call.account_id, arn=call.params["PolicyArn"]
    ).first()
    return row.tags if row else None


@operation("TagPolicy")
class TagPolicy(WithTags, PolicyTagOperation):
    needed_at_aws = {"iam:TagPolicy": "tag policies", "iam:ListPolicyTags": TAGS_IN_DOUBT}

    def undo(self, call: Call) -> Undo:
        return undo_tagging(call, "UntagPolicy", "PolicyArn", tags_of(call))

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def check(self, call: Call) -> None:
        check_tag_room(call, self._after(call))

    def write(self, call: Call, facts: Facts) -> None:
        policy = call.found["policy"]
        policy.tags = self._after(call)
        policy.save(update_fields=["tags"])

    @staticmethod
    def _after(call: Call) -> dict[str, str] | None:
        return with_tags(call.found["policy"].tags, call.params["Tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return tagged("ListPolicyTags", params, "PolicyArn")


@operation("UntagPolicy")
class UntagPolicy(PolicyTagOperation):
    needed_at_aws = {"iam:UntagPolicy": "remove tags from policies", "iam:ListPolicyTags": TAGS_IN_DOUBT}

    def undo(self, call: Call) -> Undo:
        return undo_untagging(call, "TagPolicy", "PolicyArn", tags_of(call))

    def context(self, call: Call) -> Context:
        return {"aws:TagKeys": list(call.params["TagKeys"])}

    def write(self, call: Call, facts: Facts) -> None:
        policy = call.found["policy"]
        policy.tags = without_tags(policy.tags, call.params["TagKeys"])
        policy.save(update_fields=["tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return untagged("ListPolicyTags", params, "PolicyArn")


@operation("ListPolicyTags")
class ListPolicyTags(PolicyOperation):
    reads = True
    shows_single_read = True

    def read(self, call: Call) -> Facts:
        """By the length of the keys, then by code point (IAM-FACTS 2.22.5)."""
        tags = tag_facts(find_policy(call, NOT_FOUND).tags)
        return tag_page(call, sorted(tags, key=lambda tag: (len(tag["Key"]), tag["Key"])))
