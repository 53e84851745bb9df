"""What AWS judges a list on: where its things are, as in ``arn:aws:iam::123456789012:user/`` with the path
prefix (IAM-FACTS 8.9). A policy for ``user/*`` therefore allows or denies the list of users.

Each list says itself which kind of thing it has (``Operation.lists``). Here it is looked up by action, for
pages that read rows themselves. On what AWS judges the lists of policies and of server certificates is not
known: they are asked about "*", so that no guess gives them to anybody. So are whole accounts, as at AWS.
"""

from iamconsole.arn import Arns

EVERYTHING = "*"
_KINDS: dict[str, str] = {}  # "iam:listusers" -> "user"


def register(action: str, kind: str) -> None:
    """Note the list of a kind, when its operation is declared."""
    _KINDS[action.lower()] = kind


def judged_on(action: str, arns: Arns, prefix: str = "/") -> str:
    """The ARN that a list of the account is judged on, by its action in any case and the path that its things
    begin with; "*" for all other actions.
    """
    kind = kind_listed(action)
    return arns.listed(kind, prefix) if kind else EVERYTHING


def kind_listed(action: str) -> str:
    """Which kind of thing an action lists, in any case: ``user``; "" for all other actions."""
    return _KINDS.get(action.lower(), "")
