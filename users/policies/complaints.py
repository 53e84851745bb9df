"""What is wrong with a policy document or a service name, in words."""

import json

from iamconsole.policy import MalformedPolicyDocument

NO_SERVICE = "AWS has no service called {name}. Enter its short name, such as s3 or ec2."


def complaint(document: str, error: MalformedPolicyDocument) -> str:
    """IAM's message with the place: line and column where it is no JSON, else the element and the Sid."""
    if error.message == MalformedPolicyDocument().message:
        try:
            json.loads(document)
        except json.JSONDecodeError as broken:
            return f"This is not valid JSON. Line {broken.lineno}, column {broken.colno}: {broken.msg}."
        except (ValueError, RecursionError):  # a number of too many digits, or nested without end
            return error.message
    if not error.element:
        return error.message
    statement = f" in the statement {error.sid}" if error.sid else ""
    return f"{error.message.rstrip('.')}. Look at {error.element}{statement}."
