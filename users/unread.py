"""Why an operation that reads cannot be answered (``iamconsole.operations.unread``)."""

from iamconsole.operations import Call
from users.facts import FACTS
from users.lookups import find_user
from users.models import Account


def why_unread(call: Call) -> str:
    """The reason why what the operation tells is not known, "" where it is. Raises NoSuchEntity where it is
    about a user that does not exist.
    """
    account = Account.objects.select_related("link").get(account_id=call.account_id)
    facts = [fact for name in call.operation.tells if (fact := account.not_known[name])]
    if not facts and (name := call.param("UserName", "")):
        asked = [name for name in call.operation.tells if FACTS[name].in_turn]
        user = find_user(call.account_id, name) if asked else None
        facts = [fact for name in asked if user and (fact := user.not_known[name])]
    return str(facts[0]) if facts else ""
