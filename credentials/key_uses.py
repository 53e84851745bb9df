"""What an access key is for, and what IAM recommends in its place (IAM-FACTS 13.4).

Long-term access keys work until somebody deactivates them; for most uses there are temporary
credentials. The recommendations are those of AWS's console and of "Security best practices in IAM".
"""

from dataclasses import dataclass
from datetime import date

from iamconsole.operations import Step
from iamconsole.operations.new_key import NEW_KEY_ID


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use: its name for the choice, what it means, and the alternative in two lengths."""

    key: str
    label: str
    meaning: str
    instead: str
    why: str


KEY_USES = {
    use.key: use
    for use in (
        KeyUse(
            "cli",
            "Command Line Interface (CLI)",
            "A person runs the AWS CLI.",
            "IAM Identity Center or AWS CloudShell",
            "Sign in with aws configure sso and aws sso login. The CLI then gets credentials for some hours. "
            "CloudShell is a terminal in the browser that needs no key.",
        ),
        KeyUse(
            "local",
            "Local code",
            "A developer's machine runs code with an AWS SDK.",
            "IAM Identity Center in the development environment",
            "SDKs and the AWS Toolkits read the session of aws sso login, so no long-term secret is "
            "stored on the machine.",
        ),
        KeyUse(
            "compute",
            "Application running on an AWS compute service",
            "Code on EC2, ECS, EKS or Lambda.",
            "An IAM role for the instance, task, pod or function",
            "AWS gives the role's temporary credentials to the application and renews them. SDKs find them "
            "automatically.",
        ),
        KeyUse(
            "third-party",
            "Third-party service",
            "A service of another company monitors or manages AWS resources.",
            "An IAM role with an external ID that the service assumes",
            "The service gets temporary credentials for its role. Use OpenID Connect federation for services "
            "that have an identity provider, such as GitHub Actions and GitLab.",
        ),
        KeyUse(
            "outside",
            "Application running outside AWS",
            "A server in a data center, or another cloud.",
            "IAM Roles Anywhere, or OpenID Connect federation",
            "Roles Anywhere exchanges an X.509 certificate, and federation a token from the platform, for "
            "temporary credentials of a role.",
        ),
        KeyUse(
            "other",
            "Other",
            "Anything else.",
            "Temporary credentials of a role, wherever possible",
            "A key is the last resort. Give its user only the permissions it needs, and replace it every "
            "90 days.",
        ),
    )
}


def key_steps(
    user_name: str, description: str, owner: str = "", review_date: date | None = None
) -> list[Step]:
    """A new access key of a user, its description, which IAM keeps as a tag of the user, and what only
    the console keeps.
    """
    steps = [Step("CreateAccessKey", {"UserName": user_name})]
    if description:
        tag = {"Key": NEW_KEY_ID, "Value": description}
        steps.append(Step("TagUser", {"UserName": user_name, "Tags": [tag]}))
    if owner or review_date:
        steps.append(details_step(user_name, NEW_KEY_ID, owner, review_date))
    return steps


def details_step(user_name: str, key_id: str, owner: str, review_date: date | None) -> Step:
    """Who answers for a key, and when somebody looks whether it is needed."""
    day = review_date.isoformat() if review_date else ""
    names = {"UserName": user_name, "AccessKeyId": key_id}
    return Step("iamconsole:UpdateAccessKeyDetails", {**names, "Owner": owner, "ReviewDate": day})
