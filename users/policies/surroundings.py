"""What the policy editor knows of the account it writes for: who administers it, and by what policies decide.

People are named only to those who may know them, and only where their policies are known: a report that
was imported says nothing of them.
"""

from itertools import islice
from operator import attrgetter

from django.db.models import Q

from iamconsole.operations import Caller
from iamconsole.review import Person, Surroundings
from users.callers.administrators import PASSWORD, administers, candidates, giving
from users.models import Account, InlinePolicy, ManagedPolicy

# The editor asks while people type: beyond these it speaks in general words.
MOST_POLICIES = 1_000
MOST_CANDIDATES = 100
ASKS_FOR_TAGS = Q(document__icontains="PrincipalTag/") | Q(document__icontains="ResourceTag/")


def surroundings(caller: Caller) -> Surroundings | None:
    """What is known of the caller's account; None where nothing can be known."""
    account = Account.objects.filter(account_id=caller.account_id).first()
    if account is None or account.kind == Account.Kind.IMPORTED:
        return None
    attached = Q(attachments__user__account=account) | Q(attachments__group__account=account)
    managed = ManagedPolicy.objects.filter(attached)
    inline = InlinePolicy.objects.filter(Q(user__account=account) | Q(group__account=account))
    tags_decide = managed.filter(ASKS_FOR_TAGS).exists() or inline.filter(ASKS_FOR_TAGS).exists()
    people: tuple[Person, ...] = ()
    complete = False
    if managed.distinct().count() + inline.count() <= MOST_POLICIES:
        people, complete = _administrators(caller, account)
    return Surroundings(people, complete, account.is_home, tags_decide)


def _administrators(caller: Caller, account: Account) -> tuple[tuple[Person, ...], bool]:
    """Those whom the caller may know, with or without a password yet; whether these are all."""
    holders = candidates([account], *giving([account]))
    users = list(islice(holders, MOST_CANDIDATES + 1))
    looked_at = sorted(users[:MOST_CANDIDATES], key=attrgetter("name_folded"))
    found = [user for user in looked_at if administers(user, caller.source_ip, PASSWORD)]
    knows_all = caller.permits("iam:ListUsers")
    known = [user for user in found if knows_all or caller.permits("iam:GetUser", user.arn)]
    complete = len(known) == len(found) and knows_all and len(users) <= MOST_CANDIDATES
    return tuple(Person(user.user_name, user.arn) for user in known), complete
