"""Who acts: built by ``users.callers.build``, understood by the door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.utils import timezone

from iamconsole.arn import Arns, owner_of
from iamconsole.policy import (
    Decision,
    NamedPolicy,
    Outcome,
    evaluate,
    with_tags_against,
    with_tags_for,
)
from iamconsole.policy.context import folded

from . import sufficing
from .listed import judged_on
from .resource_tags import resource_tag_keys

Kind = Literal["root", "user", "assumed-role", "federated-user", "system"]
Method = Literal["default", "profile", "role", "key"]
Channel = Literal["console", "access-key", "temporary-key", "job", "command"]
KEY_CHANNELS = ("access-key", "temporary-key")
Context = Mapping[str, str | Sequence[str]]

PRINCIPAL_TYPES = {
    "root": "Account",
    "user": "User",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "system": "Account",
}
TIME = "%Y-%m-%dT%H:%M:%SZ"
ALLOWED_BY_KIND = Decision(outcome=Outcome.ALLOWED, matches=(), stage="identity")


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """How a linked AWS account is reached; the access itself is made by ``iamconsole.gateway``."""

    account_id: str
    method: Method
    profile: str = ""
    role_arn: str = ""
    external_id: str = ""
    access_key_id: str = ""
    # Opened by the gateway when it asks AWS, and nowhere else.
    sealed_secret: str = field(default="", repr=False)
    secret_place: str = ""
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a temporary session was given by whoever asked for it: session policies, as a document and by ARN,
    and session tags. What its ARNs allow is read again at every request.
    """

    document: str = ""
    arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Narrowing":
        """One that was kept as JSON."""
        tags = tuple((key, value) for key, value in kept.get("tags", ()))
        return cls(kept.get("document", ""), tuple(kept.get("arns", ())), tags)


NOT_NARROWED = Narrowing()


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal of one account, with the policies that decide what it may do there.

    ``account_id`` is the account that is acted on, as in AWS; ``origin_arn`` names who stands behind
    a role session. ``link`` is set when that account's truth is in AWS.
    """

    account_id: str
    arn: str
    kind: Kind
    user_id: str
    channel: Channel
    user_name: str = ""
    origin_arn: str = ""
    origin_id: str = ""  # the unique ID of who stands behind a role session
    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    narrowing: Narrowing = NOT_NARROWED
    link: LinkSpec | None = None
    read_only: bool = False  # an imported account: nothing in it can be changed
    mfa_at: datetime | None = None
    # What proved the second factor then: the serial number of a device, or "recovery code"; "" if not known.
    factor: str = ""
    issued_at: datetime | None = None  # when the session began; None for a long-term access key
    source_ip: str | None = None
    user_agent: str = ""
    secure: bool = False
    session_key: str = field(default="", repr=False)
    session_id: str = ""  # of the ConsoleSession: stays while the key changes
    authenticated_at: datetime | None = None  # when the person last proved who it is
    confirmed: frozenset[str] = frozenset()  # guards whose question the person has said yes to
    job_id: str = ""
    job_row: int = 0  # the number of the job's row or step
    request_id: str = ""  # tells the changes of one request of a browser from those of another
    principal_tags: tuple[tuple[str, str], ...] = ()

    @property
    def arns(self) -> Arns:
        """Puts together ARNs of the account that is acted on, in its partition."""
        return Arns(self.arn.split(":", 2)[1], self.account_id)

    def context(self) -> dict[str, str | Sequence[str]]:
        """The global condition keys about the caller (IAM-FACTS 8.6)."""
        now = timezone.now()
        keys: dict[str, str | Sequence[str]] = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account_id,
            "aws:PrincipalType": PRINCIPAL_TYPES[self.kind],
            "aws:userid": self.user_id,
            "aws:CurrentTime": f"{now:{TIME}}",
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:SecureTransport": "true" if self.secure else "false",
            "aws:ViaAWSService": "false",
        }
        if self.kind == "user":
            keys["aws:username"] = self.user_name
        # A browser session is like temporary credentials: it says whether MFA was used. A long-term
        # access key does not say, which is why AWS recommends BoolIfExists in Deny statements.
        if self.channel != "access-key":
            keys["aws:MultiFactorAuthPresent"] = "true" if self.mfa_at else "false"
        if self.issued_at:
            keys["aws:TokenIssueTime"] = f"{self.issued_at.astimezone(UTC):{TIME}}"
        if self.mfa_at:
            keys["aws:MultiFactorAuthAge"] = str(int((now - self.mfa_at).total_seconds()))
        if self.source_ip:
            keys["aws:SourceIp"] = self.source_ip
        if self.user_agent:
            keys["aws:UserAgent"] = self.user_agent
        keys.update({f"aws:PrincipalTag/{key}": value for key, value in self.principal_tags})
        return keys

    def _context_on(self, resource: str) -> dict[str, str | Sequence[str]]:
        """The global condition keys about the caller and the account of the resource."""
        keys, owner = self.context(), owner_of(resource)
        if owner:
            keys["aws:ResourceAccount"] = owner
        return keys

    def decide(self, action: str, resource: str, context: Context | None = None) -> Decision:
        """The engine's decision for one action on one resource. Where its tags were never read, as if they
        were against the caller: nothing is asked here (``hinges_on_tags``, ``single_reads``). A read of this
        console is allowed by the action of AWS's that suffices, too.
        """
        if self.kind in ("root", "system"):
            return ALLOWED_BY_KIND
        own, also = self._decide_on_tags(action, resource, context), sufficing.beside(action)
        if not also:
            return own
        return sufficing.either(own, self._decide_on_tags(also, judged_on(also, self.arns), context))

    def _decide_on_tags(self, action: str, resource: str, context: Context | None) -> Decision:
        """The decision about one action, with the tags of the resource."""
        tags = self.resource_tags(resource)
        if tags is None:
            return self._decide(action, resource, context or {}, with_tags_against)
        return self._decide(action, resource, {**tags, **(context or {})})

    def _decide(
        self,
        action: str,
        resource: str,
        more: Context,
        seen: Callable[[NamedPolicy], NamedPolicy] = lambda source: source,
    ) -> Decision:
        """The decision by policies as they are ``seen``, with condition keys besides the global ones."""
        return evaluate(
            action,
            resource,
            {**self._context_on(resource), **more},
            identity=tuple(map(seen, self.identity)),
            boundary=self.boundary and seen(self.boundary),
            session=self.session if self.session is None else tuple(map(seen, self.session)),
        )

    def resource_tags(self, resource: str) -> dict[str, str] | None:
        """The resource's tags, where a policy asks about them; None where they were never read."""
        return resource_tag_keys(self.account_id, resource) if self.asks_tags else {}

    @property
    def asks_tags(self) -> bool:
        """Whether any policy asks about tags of the resource."""
        if self.kind in ("root", "system"):
            return False
        bounds = (self.boundary,) if self.boundary else ()
        sources = (*self.identity, *bounds, *(self.session or ()))
        return any(source.policy.asks_resource_tags for source in sources)

    def hinges_on_tags(self, action: str, resource: str, context: Context | None = None) -> bool:
        """Whether the decision would be one thing with some tags of the resource, and another with others."""
        if not self.asks_tags:
            return False
        outcomes = [
            self._decide(action, resource, context or {}, seen).outcome
            for seen in (with_tags_for, with_tags_against)
        ]
        return outcomes[0] is not outcomes[1]

    def depends_on_unread_tags(self, action: str, resource: str, context: Context | None = None) -> bool:
        """Whether it cannot be told, because it hinges on tags that were never read."""
        return self.resource_tags(resource) is None and self.hinges_on_tags(action, resource, context)

    def permits(self, action: str, resource: str = "", context: Context | None = None) -> bool:
        """Whether a button may be shown; without a resource on that of the list, or of the whole account.
        The operation itself decides again.
        """
        return self.decide(action, resource or judged_on(action, self.arns), context).allowed

    def somewhere(self, action: str) -> bool:
        """Whether policies allow the action on anything at all: for what leads to a choice of resources."""
        if self.kind in ("root", "system"):
            return True
        bounds = None if self.boundary is None else (self.boundary,)
        stages = [stage for stage in (self.identity, bounds, self.session) if stage is not None]
        return all(
            any(row.allow for source in stage for row in source.policy.about(folded(action)))
            for stage in stages
        )

    @property
    def person_id(self) -> str:
        """The unique ID of the person behind, to whom jobs and the like belong: the user itself, or who took
        the role. An ARN may come back, a unique ID never does. "" for a command and the schedule.
        """
        return "" if self.kind == "system" else self.origin_id or self.user_id

    @property
    def person_arn(self) -> str:
        """The ARN of the person behind: of a role's session, of whoever took the role."""
        return self.origin_arn or self.arn

    @property
    def signed_in_recently(self) -> bool:
        """Whether the person proved within the last minutes who it is."""
        limit = timedelta(seconds=settings.RECENT_SIGN_IN_SECONDS)
        return self.authenticated_at is not None and timezone.now() - self.authenticated_at <= limit

    @property
    def knows_why(self) -> bool:
        """Whether a refusal may name the statement: for those who may simulate themselves."""
        return (
            self.kind == "user"
            and not self.read_only
            and self.permits("iam:SimulatePrincipalPolicy", self.arn)
        )

    def might(self, action: str, resource: str) -> bool:
        """Whether it is allowed if every condition goes well: for the first page of several, where
        what the conditions ask about (a boundary, tags) is chosen on a later one.
        """
        if self.kind in ("root", "system"):
            return True
        return evaluate(
            action,
            resource,
            self._context_on(resource),
            identity=tuple(map(at_best, self.identity)),
            boundary=self.boundary and at_best(self.boundary),
            session=self.session and tuple(map(at_best, self.session)),
        ).allowed

    def within(self, job_id: str, row: int = 0) -> "Caller":
        """The same caller acting through a job. A program's job stays a program's: it gets no guards and
        no self-service.
        """
        channel = self.channel if self.channel in KEY_CHANNELS else "job"
        return replace(self, channel=channel, job_id=job_id, job_row=row)


def at_best(source: NamedPolicy) -> NamedPolicy:
    """The policy as if every condition were in its caller's favour."""
    statements = tuple(
        replace(statement, conditions=())
        for statement in source.policy.statements
        if statement.allow or not statement.conditions
    )
    return replace(source, policy=replace(source.policy, statements=statements))
