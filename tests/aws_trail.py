"""AWS CloudTrail's event history for ``tests.aws_model_server``: events are put in, and looked up by page."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta

from tests.aws_model_server import AwsError

ACCOUNT = "123456789012"


def user(name: str) -> dict:
    """Who an IAM user is in an event."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {"type": "IAMUser", "principalId": f"AIDA{name.upper()}", "arn": arn, "userName": name}


def session(role: str, name: str) -> dict:
    """Who a session of a role is."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "userName": role}
    return {"type": "AssumedRole", "arn": arn, "sessionContext": {"sessionIssuer": issuer}}


class CloudTrail:
    """Newest first, 50 a page, one filter, as AWS has it (IAM-FACTS 2.18.1)."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.denied = False
        self.asked: list[tuple[float, dict]] = []

    def happened(self, operation: str, by: dict, answer: dict | None = None, **params) -> None:
        """A call of IAM, in CloudTrail's spelling of parameters; ``error`` and ``ago`` are the event's own."""
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=params.pop("ago", 0))
        error, read_only = params.pop("error", None), operation.startswith(("Get", "List"))
        number = str(uuid.uuid4())
        facts = {
            "eventVersion": "1.11",
            "userIdentity": by,
            "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": "iam.amazonaws.com",
            "eventName": operation,
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "aws-cli/2.31 exec-env/CloudShell",
            "requestParameters": params or None,
            "responseElements": answer,
            "readOnly": read_only,
            "eventID": number,
            **({"errorCode": error} if error else {}),
        }
        self.events.append(
            {
                "EventId": number,
                "EventName": operation,
                "ReadOnly": str(read_only).lower(),
                "EventTime": at,
                "EventSource": "iam.amazonaws.com",
                "Username": by.get("userName", ""),
                "Resources": [],
                "CloudTrailEvent": json.dumps(facts),
            }
        )

    def lookup_events(self, call, LookupAttributes, StartTime, EndTime, MaxResults=50, NextToken=""):
        self.asked.append((time.monotonic(), {"region": call.region, "filter": LookupAttributes}))
        if self.denied:
            raise AwsError("AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents")
        if len(LookupAttributes) != 1 or MaxResults > 50:
            raise AwsError("InvalidLookupAttributesException")
        [wanted] = LookupAttributes
        StartTime, EndTime = (moment.replace(tzinfo=UTC) for moment in (StartTime, EndTime))
        found = [
            event
            for event in sorted(self.events, key=lambda event: event["EventTime"], reverse=True)
            if event[wanted["AttributeKey"]] == wanted["AttributeValue"]
            and StartTime <= event["EventTime"] <= EndTime
        ]
        first = int(NextToken or 0)
        page: dict = {"Events": found[first : first + MaxResults]}
        if found[first + MaxResults :]:
            page["NextToken"] = str(first + MaxResults)
        return page
