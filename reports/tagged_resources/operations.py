"""tag:GetResources, GetTagKeys, GetTagValues: AWS's Resource Groups Tagging API, for what IAM has.

Told are tagged users, customer managed policies, virtual MFA devices and server certificates.
"""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from credentials.models import ServerCertificate, VirtualMFADevice
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, operation
from users.lookups import find_account
from users.models import Account, ManagedPolicy, User
from users.tag_rules import tag_facts

SERVICE = "iam"
RESOURCES_PER_PAGE, MOST_PER_PAGE = 50, 100
INVALID = "InvalidParameterException"
NO_TOKEN = "The PaginationToken is not valid. Use the one of the answer before."  # noqa: S105
BAD_SIZE = f"ResourcesPerPage must be a number from 1 to {MOST_PER_PAGE}."
ALONE = "ResourceARNList can be used with no other filter."
NOT_READ = (
    "Not known: the tags of {number} resources of the type iam:{kind} were not read from AWS yet. Choose "
    "other types by ResourceTypeFilters, or try again later."
)
# ARN and tags; None where the tags were not read.
Tagged = tuple[str, Mapping[str, str] | None]


def users(account: Account) -> Iterator[Tagged]:
    rows = User.objects.people(account).order_by().values_list("path", "user_name", "tags")
    return ((account.arns.user(path, name), tags) for path, name, tags in rows)


def policies(account: Account) -> Iterator[Tagged]:
    return iter(ManagedPolicy.objects.customer(account).order_by().values_list("arn", "tags"))


def mfa_devices(account: Account) -> Iterator[Tagged]:
    rows = VirtualMFADevice.objects.filter(account=account).order_by()
    return iter(rows.values_list("serial_number", "tags"))


def server_certificates(account: Account) -> Iterator[Tagged]:
    rows = ServerCertificate.objects.filter(account=account).order_by()
    named = rows.values_list("path", "server_certificate_name", "tags")
    return ((account.arns.server_certificate(path, name), tags) for path, name, tags in named)


# As resource types name them behind the service.
KINDS: dict[str, Callable[[Account], Iterator[Tagged]]] = {
    "user": users,
    "policy": policies,
    "mfa": mfa_devices,
    "server-certificate": server_certificates,
}


def tagged(account_id: str, kinds: Collection[str]) -> list[tuple[str, Mapping[str, str]]]:
    """The tagged resources of those kinds, by ARN. Raises InvalidParameterException where tags of some were
    not read: what is left out would count as untagged.
    """
    account, found = find_account(account_id), []
    for kind in kinds:
        rows = list(KINDS[kind](account))
        if unread := sum(tags is None for _, tags in rows):
            raise IamError(INVALID, NOT_READ.format(number=unread, kind=kind))
        found += [(arn, tags) for arn, tags in rows if tags]
    return sorted(found)


class TagRead(Operation):
    reads = True
    tells = ("users", "tags")


@operation("tag:GetResources")
class GetResources(TagRead):
    def read(self, call: Call) -> Facts:
        fits = filters(call.param("TagFilters", []))
        arns = set(call.param("ResourceARNList", []))
        if arns and (call.param("TagFilters") or call.param("ResourceTypeFilters")):
            raise IamError(INVALID, ALONE)
        rows = [
            (arn, tags)
            for arn, tags in tagged(call.account_id, chosen(call.param("ResourceTypeFilters", [])))
            if fits(tags) and (not arns or arn in arns)
        ]
        size = call.param("ResourcesPerPage", RESOURCES_PER_PAGE)
        if not 1 <= size <= MOST_PER_PAGE:
            raise IamError(INVALID, BAD_SIZE)
        shown, token = page(call, [arn for arn, _ in rows], size)
        mappings = [{"ResourceARN": arn, "Tags": tag_facts(tags)} for arn, tags in rows[shown]]
        return {"ResourceTagMappingList": mappings, "PaginationToken": token}


@operation("tag:GetTagKeys")
class GetTagKeys(TagRead):
    def read(self, call: Call) -> Facts:
        keys = sorted({key for _, tags in tagged(call.account_id, KINDS) for key in tags})
        shown, token = page(call, keys, MOST_PER_PAGE)
        return {"TagKeys": keys[shown], "PaginationToken": token}


@operation("tag:GetTagValues")
class GetTagValues(TagRead):
    def read(self, call: Call) -> Facts:
        key = call.params["Key"]
        values = sorted({tags[key] for _, tags in tagged(call.account_id, KINDS) if key in tags})
        shown, token = page(call, values, MOST_PER_PAGE)
        return {"TagValues": values[shown], "PaginationToken": token}


def chosen(types: Sequence[str]) -> list[str]:
    """The kinds that resource types name: ``iam`` all, ``iam:user`` one; those of other services none."""
    if not types or SERVICE in types:
        return list(KINDS)
    return [kind for kind in KINDS if f"{SERVICE}:{kind}" in types]


def filters(wanted: Iterable[Mapping[str, Any]]) -> Callable[[Mapping[str, str]], bool]:
    """Whether tags fit all of the filters: each a key, with one of the values where it has some."""
    asked = [(row.get("Key", ""), row.get("Values") or ()) for row in wanted]
    return lambda tags: all(key in tags and (not values or tags[key] in values) for key, values in asked)


def page(call: Call, entries: Sequence[str], size: int) -> tuple[slice, str]:
    """Which of the sorted entries are on the page, and the token that goes on behind them; "" at the end. A
    token is the last entry shown, so that deletions move nothing.
    """
    begin = bisect_right(entries, _read(token)) if (token := call.param("PaginationToken", "")) else 0
    shown = slice(begin, begin + size)
    if begin + size >= len(entries):
        return shown, ""
    return shown, base64.urlsafe_b64encode(entries[begin + size - 1].encode()).decode()


def _read(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise IamError(INVALID, NO_TOKEN) from None
