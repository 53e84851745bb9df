"""Whom a statement of a resource policy speaks of (IAM-FACTS 8.1, 8.3).

Principals are whole names, never patterns: ``*`` is anybody, an account is its number or its
``:root`` ARN, a user its ARN. What is no AWS principal (a service, a federation) is nobody here.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from .syntax import MalformedPolicyDocument

KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}


class Named(enum.Enum):
    """How a statement names the user who asks."""

    NOT = enum.auto()
    BY_ACCOUNT = enum.auto()
    AS_ANYBODY = enum.auto()
    BY_ARN = enum.auto()


@dataclass(frozen=True, slots=True)
class Principals:
    """The AWS principals of ``Principal``, or of ``NotPrincipal`` when ``negated``."""

    names: tuple[str, ...]
    negated: bool

    def naming(self, user_arn: str) -> Named:
        """The closest way in which the names mean the user."""
        account = _account(user_arn)
        if user_arn in self.names:
            return Named.BY_ARN
        if "*" in self.names:
            return Named.AS_ANYBODY
        if account and account in map(_account_named, self.names):
            return Named.BY_ACCOUNT
        return Named.NOT

    def grants(self, user_arn: str) -> Named:
        """How an Allow reaches the user. One that excepts others reaches everybody it does not name."""
        found = self.naming(user_arn)
        if not self.negated:
            return found
        return Named.AS_ANYBODY if found is Named.NOT else Named.NOT

    def denies(self, user_arn: str) -> bool:
        """Whether a Deny is meant for the user; naming the account alone excepts none of its users."""
        found = self.naming(user_arn)
        if self.negated:
            return found in (Named.NOT, Named.BY_ACCOUNT)
        return found is not Named.NOT


def principals_of(data: dict[str, object], sid: str) -> Principals:
    """The principals of a statement, which must have one of both. Raises MalformedPolicyDocument."""
    given = [name for name in ("Principal", "NotPrincipal") if name in data]
    if len(given) != 1:
        raise MalformedPolicyDocument(element="Principal", sid=sid)
    return Principals(tuple(_names(data[given[0]], given[0], sid)), given[0] == "NotPrincipal")


def _names(data: object, element: str, sid: str) -> Iterator[str]:
    if data == "*":
        yield "*"
        return
    if not isinstance(data, dict) or not data or set(data) - KINDS:
        raise MalformedPolicyDocument(element=element, sid=sid)
    for kind, given in data.items():
        values = given if isinstance(given, list) else [given]
        if not values or not all(isinstance(value, str) for value in values):
            raise MalformedPolicyDocument(element=element, sid=sid)
        if kind == "AWS":
            yield from values


def _account(arn: str) -> str:
    """The account number in an ARN, "" where there is none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def _account_named(name: str) -> str:
    """The number of an account named by itself or as its root."""
    return _account(name) if name.endswith(":root") else name
