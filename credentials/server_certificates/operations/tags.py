"""Tag- and UntagServerCertificate, ListServerCertificateTags: keys differ by case (IAM-FACTS 1.3, 7.2)."""

from typing import Any

from credentials.server_certificates.operations.server_certificates import (
    ServerCertificateOperation,
    certificates_of,
    find_certificate,
)
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Params, Wanted
from users.tag_rules import (
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

NO_TAG_MAP = "The provided tag map must not be null/empty."
NO_TAG_KEYS = "The provided tag keys must not be null/empty."


def tags_of(call: Call) -> dict[str, str] | None:
    """The tags that the call's thing has now; None where they were not read."""
    row = (
        certificates_of(call.account_id)
        .filter(name_folded=call.params["ServerCertificateName"].lower())
        .first()
    )
    return row.tags if row else None


@operation("TagServerCertificate")
class TagServerCertificate(WithTags, ServerCertificateOperation):
    no_tags = NO_TAG_MAP
    needed_at_aws = {
        "iam:TagServerCertificate": "tag server certificates",
        "iam:ListServerCertificateTags": "whether AWS changed the tags, where it did not answer",
    }

    def undo(self, call: Call) -> Undo:
        return undo_tagging(call, "UntagServerCertificate", "ServerCertificateName", tags_of(call))

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def check(self, call: Call) -> None:
        check_tag_room(call, self._after(call))

    def write(self, call: Call, facts: Facts) -> None:
        certificate = call.found["certificate"]
        certificate.tags = self._after(call)
        certificate.save(update_fields=["tags"])

    @staticmethod
    def _after(call: Call) -> dict[str, str] | None:
        return with_tags(call.found["certificate"].tags, call.params["Tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return tagged("ListServerCertificateTags", params, "ServerCertificateName")


@operation("UntagServerCertificate")
class UntagServerCertificate(ServerCertificateOperation):
    """Keys that are not there: success, as in IAM; no keys at all are refused here."""

    needed_at_aws = {
        "iam:UntagServerCertificate": "remove tags from server certificates",
        "iam:ListServerCertificateTags": "whether AWS changed the tags, where it did not answer",
    }

    def undo(self, call: Call) -> Undo:
        return undo_untagging(call, "TagServerCertificate", "ServerCertificateName", tags_of(call))

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        known = super().validate(params)
        if not known["TagKeys"]:
            raise IamError("InvalidInput", NO_TAG_KEYS)
        return known

    def context(self, call: Call) -> Context:
        return {"aws:TagKeys": list(call.params["TagKeys"])}

    def write(self, call: Call, facts: Facts) -> None:
        certificate = call.found["certificate"]
        certificate.tags = without_tags(certificate.tags, call.params["TagKeys"])
        certificate.save(update_fields=["tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return untagged("ListServerCertificateTags", params, "ServerCertificateName")


@operation("ListServerCertificateTags")
class ListServerCertificateTags(ServerCertificateOperation):
    reads = True
    shows_single_read = True

    def read(self, call: Call) -> Facts:
        certificate = find_certificate(call.account_id, call.params["ServerCertificateName"])
        return tag_page(call, tag_facts(certificate.tags))
