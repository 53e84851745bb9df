"""TagPolicy, UntagPolicy, ListPolicyTags: keys differ by case here (IAM-FACTS 1.3)."""

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Params, Wanted
from users.lookups import find_policy
from users.policies.operations.policies import NOT_FOUND, PolicyOperation, lock_own_policy
from users.tag_rules import (
    NO_TAGS,
    TAGS_IN_DOUBT,
    check_exact_tags,
    check_tag_room,
    request_tag_keys,
    tag_facts,
    tagged,
    untagged,
)


@operation("TagPolicy")
class TagPolicy(PolicyOperation):
    needed_at_aws = {"iam:TagPolicy": "tag policies", "iam:ListPolicyTags": TAGS_IN_DOUBT}

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def lock(self, call: Call) -> None:
        lock_own_policy(call, "update policies")

    def check(self, call: Call) -> None:
        if not call.params["Tags"]:
            raise IamError("InvalidInput", NO_TAGS)
        check_exact_tags(call.params["Tags"])
        check_tag_room(call, self._after(call))

    def write(self, call: Call, facts: Facts) -> None:
        policy = call.found["policy"]
        policy.tags = self._after(call)
        policy.save(update_fields=["tags"])

    @staticmethod
    def _after(call: Call) -> dict[str, str]:
        return {**call.found["policy"].tags, **{tag["Key"]: tag["Value"] for tag in call.params["Tags"]}}

    def wanted(self, before: Params, params: Params) -> Wanted:
        return tagged("ListPolicyTags", params, "PolicyArn")


@operation("UntagPolicy")
class UntagPolicy(PolicyOperation):
    needed_at_aws = {"iam:UntagPolicy": "remove tags from policies", "iam:ListPolicyTags": TAGS_IN_DOUBT}

    def context(self, call: Call) -> Context:
        return {"aws:TagKeys": list(call.params["TagKeys"])}

    def lock(self, call: Call) -> None:
        lock_own_policy(call, "update policies")

    def write(self, call: Call, facts: Facts) -> None:
        policy = call.found["policy"]
        policy.tags = {key: value for key, value in policy.tags.items() if key not in call.params["TagKeys"]}
        policy.save(update_fields=["tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return untagged("ListPolicyTags", params, "PolicyArn")


@operation("ListPolicyTags")
class ListPolicyTags(PolicyOperation):
    reads = True

    def read(self, call: Call) -> Facts:
        return {"Tags": tag_facts(find_policy(call, NOT_FOUND).tags)}
