"""Fifteen plain questions about the policy language, each with IAM's answer (IAM-FACTS 8)."""

from typing import Any

from .policy_documents import Request, document

ANY = {"Action": "s3:GetObject", "Resource": "*"}
BUCKET = "arn:aws:s3:::lake/file"


def ask(
    expected: bool,
    *statements: dict[str, Any],
    action: str = "s3:GetObject",
    on: str = BUCKET,
    **context: str,
) -> tuple[str, Request]:
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return document(*statements), Request(action, on, keys, expected)


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **ANY, **more}


def when(**condition: dict[str, str | list[str]]) -> dict[str, Any]:
    return allow(Condition={name.replace("__", ":"): value for name, value in condition.items()})


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
PROBES: dict[str, tuple[str, Request]] = {
    "actions have no case": ask(True, allow(Action="S3:getobject")),
    "resources have case": ask(False, allow(Resource="arn:aws:s3:::Lake/*")),
    "? is one character": ask(True, allow(Action="s3:GetObjec?")),
    "a dot is a dot": ask(False, allow(Resource="arn:aws:s3:::lake.file")),
    "NotAction": ask(True, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    "NotResource": ask(
        False, {"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::lake/*"]}
    ),
    "a deny behind an allow": ask(False, EVERYTHING, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}),
    "an allow that is not met denies nothing": ask(
        True, when(StringEquals={"aws:username": "carol"}), EVERYTHING, aws__username="bob"
    ),
    "a deny that is not met denies nothing": ask(
        True,
        EVERYTHING,
        {"Effect": "Deny", **ANY, "Condition": {"StringEquals": {"aws:username": "carol"}}},
        aws__username="bob",
    ),
    "a policy variable": ask(
        True, allow(Resource="arn:aws:s3:::lake/${aws:username}"), on=BUCKET, aws__username="file"
    ),
    "Null": ask(True, when(Null={"aws:TokenIssueTime": "true"})),
    "IfExists without the key": ask(True, when(StringEqualsIfExists={"aws:PrincipalTag/team": "web"})),
    "numbers": ask(True, when(NumericLessThan={"s3:max-keys": "10"}), **{"s3__max-keys": "9"}),
    "an address in a range": ask(
        True, when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}), aws__SourceIp="203.0.113.9"
    ),
    "a date": ask(
        True, when(DateLessThan={"aws:CurrentTime": "2027-01-01T00:00:00Z"}), aws__CurrentTime="2026-11-24"
    ),
}  # fmt: skip
