"""What should be otherwise with a user, seen from who uses it: a person or a program.

IAM's best practices: people get temporary credentials by federation, workloads by roles; long-term
keys are for what can do neither.
"""

from dataclasses import dataclass

from users.models import User


@dataclass(frozen=True, slots=True)
class Advice:
    """One box: tone (info, warning), title, and what to do instead."""

    tone: str
    title: str
    text: str


PERSON_WITH_KEYS = Advice(
    "warning",
    "A person uses long-term access keys.",
    "People get temporary credentials with IAM Identity Center or another federation: aws configure sso, "
    "then aws sso login. Deactivate the keys once nothing needs them.",
)
WORKLOAD_WITH_PASSWORD = Advice(
    "warning",
    "A workload has console access.",
    "A program signs in nowhere, so only people can be using this password. Disable console access, or give "
    "the people users of their own.",
)
WORKLOAD_WITH_KEYS = Advice(
    "info",
    "A workload is better off without a long-term key.",
    "On AWS, an IAM role for the instance, task, pod or function gives it temporary credentials. Outside, "
    "IAM Roles Anywhere gives them for an X.509 certificate, and OpenID Connect federation for a token of "
    "the platform, such as GitHub Actions, GitLab or Kubernetes.",
)
WORKLOAD_KEY = (
    "On AWS use an IAM role. Outside use IAM Roles Anywhere with an X.509 certificate, or OpenID Connect "
    "federation, as from GitHub Actions, GitLab or Kubernetes. Each gives temporary credentials."
)
PERSON_KEY = (
    "IAM Identity Center or another federation gives a person temporary credentials, also for the CLI: aws "
    "configure sso, then aws sso login."
)


def advice(user: User) -> list[Advice]:
    """What the page of the user's credentials says; nothing where nobody has said who uses it."""
    if user.user_type == User.UserType.PERSON:
        return [PERSON_WITH_KEYS] if user.active_key_count else []
    if user.user_type == User.UserType.WORKLOAD:
        found = [WORKLOAD_WITH_PASSWORD] if user.password_enabled else []
        return [*found, WORKLOAD_WITH_KEYS] if user.active_key_count else found
    return []


def before_a_key(user: User) -> str:
    """What to consider before a key is created for this user, "" where nobody has said who uses it."""
    return {User.UserType.WORKLOAD: WORKLOAD_KEY, User.UserType.PERSON: PERSON_KEY}.get(user.user_type, "")  # type: ignore[call-overload, no-any-return]
