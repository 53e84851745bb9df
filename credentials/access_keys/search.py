"""Access keys as the search at the top finds them: by the beginning or the end of their ID."""

from credentials.found_credentials import FoundCredentials
from credentials.models import AccessKey
from iamconsole.frame import Viewer
from iamconsole.search import Action


class AccessKeys(FoundCredentials):
    title, icon, order = "Access keys", "key-round", 50
    action, column, prefix = "iam:ListAccessKeys", "access_key_id", "AKIA"
    fact = "access_key_ids"
    across_name = "credentials:across-access-keys"
    model = AccessKey


def sees_keys(viewer: Viewer) -> bool:
    caller = viewer.caller
    return caller.permits("iam:ListUsers") and caller.permits("iam:ListAccessKeys", caller.arns.any_user)


KEYWORDS = "deactivate disable delete rotate old active access keys"
OWN = "credentials:my-security-credentials"
ACTIONS = (
    Action("Deactivate access keys", "users:list", KEYWORDS, sees_keys, query="key=yes"),
    Action("Manage my access keys", OWN, "create rotate deactivate delete own access key"),
)
