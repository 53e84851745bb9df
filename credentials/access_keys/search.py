"""Access keys as the search at the top finds them: by the beginning or the end of their ID."""

from urllib.parse import urlencode

from credentials.access_keys.reading import OLD, SELECT, SELECT_OLD, may_list
from credentials.found_credentials import FoundCredentials
from credentials.models import AccessKey
from iamconsole.frame import Viewer
from iamconsole.search import Action


class AccessKeys(FoundCredentials):
    title, icon, order = "Access keys", "key-round", 50
    action, column, prefix = "iam:ListAccessKeys", "access_key_id", "AKIA"
    fact = "access_key_ids"
    list_name = "credentials:access-keys"
    across_name = "credentials:across-access-keys"
    model = AccessKey


def sees_keys(viewer: Viewer) -> bool:
    return may_list(viewer.caller)


KEYWORDS = "deactivate disable delete rotate active inactive keys"
OWN = "credentials:my-security-credentials"
OLD_KEYS = urlencode({**OLD, SELECT: SELECT_OLD})
ACTIONS = (
    Action("Deactivate access keys", "credentials:access-keys", KEYWORDS, sees_keys, query="status=active"),
    Action("Deactivate old access keys", "credentials:access-keys", KEYWORDS, sees_keys, query=OLD_KEYS),
    Action("Manage my access keys", OWN, "create rotate deactivate delete own access key"),
)
