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
    "Use IAM Identity Center or another federation for temporary credentials: aws configure sso, "
    "then aws sso login. Deactivate the keys when nothing needs them anymore.",
)
WORKLOAD_WITH_PASSWORD = Advice(
    "warning",
    "A workload has console access.",
    "Programs do not sign in, so only people can be using this password. Disable console access, or create "
    "a separate user for each person.",
)
WORKLOAD_WITH_KEYS = Advice(
    "info",
    "A workload does not need a long-term key.",
    "On AWS, an IAM role for the instance, task, pod or function provides temporary credentials. Elsewhere, "
    "use IAM Roles Anywhere with an X.509 certificate, or OpenID Connect federation with a token from "
    "the platform, such as GitHub Actions, GitLab or Kubernetes.",
)
WORKLOAD_KEY = (
    "On AWS, use an IAM role. Elsewhere, use IAM Roles Anywhere with an X.509 certificate, or OpenID Connect "
    "federation, for example from GitHub Actions, GitLab or Kubernetes. Each provides temporary credentials."
)
PERSON_KEY = (
    "IAM Identity Center or another federation provides temporary credentials, also for the CLI: aws "
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
