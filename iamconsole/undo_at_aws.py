"""Before something is undone on a linked account AWS is asked how it is now.

What was changed there since, in another console or by a program, stands in no row here before the next sync:
undoing over it would take back somebody else's change. So only the one thing is read, and what cannot be read
is not undone. A change leaves a thing as an operation would that takes its undo back (``RecentChange.left``),
and what an operation leaves is told by its ``wanted``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from iamconsole import gateway

from .errors import IamError
from .models import RecentChange
from .operations import Caller, find
from .operations.single_reads import OneReader
from .operations.wanted import Asked, Params, Row, Unseen, Wanted
from .sync.doubts import question_about
from .sync.mirrors import MIRRORS

CHANGED = (
    "At AWS it is not as this change left it, so nothing was undone. Somebody has changed it there, or AWS "
    "does not show your change yet: that can take minutes. Try again, or look at it after a sync."
)
UNREADABLE = (
    "This console cannot read at AWS how it is now, so nothing was undone. Look at it after a sync, then "
    "change it on its own page."
)
DENIED = "AWS does not let this console read how it is now ({action}), so nothing was undone. {then}"
THEN = "Look at it after a sync, then change it on its own page."


def check(caller: Caller, changes: Sequence[RecentChange]) -> None:
    """Raises IamError with the reason where one of the changes cannot be undone. No transaction is open."""
    if caller.link is None:
        return
    asking = OneReader(caller.link)
    for change in changes:
        for step, left in zip(change.steps, change.left, strict=True):
            for name, params in left:
                _check(asking, step["params"], name, params)


def _check(asking: OneReader, now: Params, name: str, params: Params) -> None:
    """One thing is as an operation leaves it. ``now``: parameters with the names that things have now."""
    operation = find(name)
    if operation.console_only:
        return
    wanted = operation.wanted({}, operation.asked({}, params)[1])
    if isinstance(wanted, Unseen):
        raise IamError("UnmodifiableEntity", UNREADABLE)
    try:
        reached = wanted.reached(rows_of(asking, wanted, now))
    except IamError as error:
        if error.code not in gateway.DENIED_CODES:
            raise
        action = f"iam:{error.operation}" if error.operation else "its action"
        raise IamError("UnmodifiableEntity", DENIED.format(action=action, then=THEN)) from error
    if reached is False:
        raise IamError("ConcurrentModification", CHANGED)
    if reached is None:
        raise IamError("UnmodifiableEntity", UNREADABLE)


def rows_of(asking: OneReader, wanted: Wanted, now: Params) -> Sequence[Row]:
    """The rows of AWS's list that are about the thing, none where it is gone. Raises IamError."""
    with gone_is_no_row():
        if isinstance(wanted, Asked):
            return [asking.read(wanted.listed, **wanted.params)]
        if wanted.listed in ALONE:
            return ALONE[wanted.listed](asking, wanted.members, now)
        if any(question.member == wanted.listed for question in MIRRORS.questions):
            return asking.rows(question_about(wanted).action, wanted.listed, UserName=wanted.of)
        raise IamError("UnmodifiableEntity", UNREADABLE)
    return []


@contextmanager
def gone_is_no_row() -> Iterator[None]:
    """What is not there has no row."""
    try:
        yield
    except IamError as error:
        if error.code != "NoSuchEntity":
            raise


def user(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    """A user as the list of all of them has it, with these members."""
    name = {"UserName": now["UserName"]}
    row = dict(asking.read("GetUser", **name)["User"])
    row.setdefault("Tags", [])
    if "GroupList" in members:
        row["GroupList"] = [one["GroupName"] for one in asking.rows("ListGroupsForUser", "Groups", **name)]
    if "AttachedManagedPolicies" in members:
        row["AttachedManagedPolicies"] = asking.rows("ListAttachedUserPolicies", "AttachedPolicies", **name)
    if "UserPolicyList" in members:
        row["UserPolicyList"] = inline(asking, "GetUserPolicy", {**name, "PolicyName": now["PolicyName"]})
    return [row]


def group(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    name = {"GroupName": now["GroupName"]}
    row = dict(asking.read("GetGroup", **name, MaxItems=1)["Group"])
    if "AttachedManagedPolicies" in members:
        row["AttachedManagedPolicies"] = asking.rows("ListAttachedGroupPolicies", "AttachedPolicies", **name)
    if "GroupPolicyList" in members:
        row["GroupPolicyList"] = inline(asking, "GetGroupPolicy", {**name, "PolicyName": now["PolicyName"]})
    return [row]


def inline(asking: OneReader, action: str, params: Params) -> Sequence[Row]:
    """The one inline policy that this is about."""
    with gone_is_no_row():
        return [asking.read(action, **params)]
    return []


def policy(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    return [asking.read("GetPolicy", PolicyArn=now["PolicyArn"])["Policy"]]


def login_profile(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    return [asking.read("GetLoginProfile", UserName=now["UserName"])["LoginProfile"]]


def password_policy(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    return [asking.read("GetAccountPasswordPolicy")["PasswordPolicy"]]


def server_certificates(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    return asking.rows("ListServerCertificates", "ServerCertificateMetadataList")


def aliases(asking: OneReader, members: Collection[str], now: Params) -> Sequence[Row]:
    return [{"AccountAlias": alias} for alias in asking.read("ListAccountAliases")["AccountAliases"]]


Alone = Callable[[OneReader, Collection[str], Params], Sequence[Row]]
# AWS's lists -> how one thing of them is read alone.
ALONE: Mapping[str, Alone] = {
    "UserDetailList": user,
    "GroupDetailList": group,
    "Policies": policy,
    "LoginProfile": login_profile,
    "PasswordPolicy": password_policy,
    "AccountAliases": aliases,
    "ServerCertificateMetadataList": server_certificates,
}
