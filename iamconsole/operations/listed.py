"""What AWS judges a list on: where its things are, as in ``arn:aws:iam::123456789012:user/`` with the path
prefix (IAM-FACTS 8.9). A policy for ``user/*`` therefore allows or denies the list of users.

Each list says itself which kind of thing it has (``Operation.lists``). Here it is looked up by action, for
pages that read rows themselves. On what AWS judges the lists of policies, server certificates and identity
providers is not known: they are asked about "*", so that no guess gives them to anybody. So are whole
accounts, as at AWS.
"""

from iamconsole.arn import Arns

EVERYTHING = "*"
_KINDS: dict[str, str] = {}  # "iam:listusers" -> "user"


def register(action: str, kind: str) -> None:
    """Note the list of a kind, when its operation is declared."""
    _KINDS[action.lower()] = kind


def kind_of(action: str) -> str:
    """The kind of thing that an action lists, by its name in any case; "" for all others."""
    return _KINDS.get(action.lower(), "")


def judged_on(action: str, arns: Arns, prefix: str = "/") -> str:
    """The ARN that a list of the account is judged on, by its action in any case and the path that its things
    begin with; "*" for all other actions.
    """
    kind = kind_of(action)
    return arns.listed(kind, prefix) if kind else EVERYTHING
