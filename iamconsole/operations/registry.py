"""The operations, each declared once with its rules.

An operation is a class under ``@operation("CreateAccessKey")``. Its methods answer, in the order in
which the door asks: which resources, with which condition keys, what to make ready, what to lock,
is it allowed by IAM's rules, what are the facts, which rows follow from them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from botocore.model import OperationModel

from iamconsole.errors import IamError

from . import listed, shapes, sufficing
from .call import Call, Facts
from .caller import Context
from .explained import Difference, Question, rest
from .named import named
from .news import News
from .wanted import Params, Row, Unseen, Wanted

NOT_SHOWN = "AWS does not show whether it has it. Look at the account before you try again."

# Operations with their parameters, in the order in which they take something back; none where there is
# nothing to take back, None where nothing can.
Undo = Sequence[tuple[str, Params]] | None


class Operation:
    """The base of all operations; what is not overridden does nothing."""

    name: ClassVar[str]
    action: ClassVar[str]
    model: ClassVar[OperationModel]
    # Only answers. It leaves no Event, unless it hands out something sensitive (``audited``).
    reads: ClassVar[bool] = False
    audited: ClassVar[bool] = False
    # Its answer has what AWS tells of its resources alone, one by one (``single_reads``).
    shows_single_read: ClassVar[bool] = False
    # Facts of the account that a read tells: where one is not known it has no answer (``unread``).
    tells: ClassVar[tuple[str, ...]] = ()
    # Starts a job or hands out credentials: no read, and yet it changes no row of the account. It runs in
    # ``act``, with neither a transaction nor an Intent of the door's.
    acts: ClassVar[bool] = False
    # True where an omitted UserName means the caller's own (IAM-FACTS 2.4).
    own_user_by_default: ClassVar[bool] = False
    # True where root, leaving UserName out, means itself.
    serves_root: ClassVar[bool] = False
    # True for what only the console has and ``to_aws`` has no word for: it never goes to AWS, whatever
    # the account.
    console_only: ClassVar[bool] = False
    # True for what makes or shows a secret or changes MFA: in the browser the sign-in, or its
    # confirmation, must be of the last minutes (``door.require_recent``).
    needs_recent_sign_in: ClassVar[bool] = False
    # The kind of thing it lists, where AWS judges the list on their ARN up to the path (``listed``): "user".
    lists: ClassVar[str] = ""
    # The parameter that names what the operation makes, "" for one that makes nothing by a name.
    creates: ClassVar[str] = ""
    # The action of AWS's that suffices for a read of this console's own, or why none does.
    suffices: ClassVar[sufficing.Suffices | None] = None
    # How AWS words what is wrong with its parameters, where it is not as elsewhere.
    wording: ClassVar[shapes.Wording] = shapes.USUAL_WORDING
    # What the user it concerns is told by mail; None where that is no news.
    notice: ClassVar[News | None] = None
    # Why no Undo button is offered for it; "" where ``undo`` takes it back.
    lasting: ClassVar[str] = ""
    # The actions that AWS must allow the console for it, each with its reason: the policies to copy and the
    # document about linking are made from them.
    needed_at_aws: ClassVar[Mapping[str, str]] = {}

    @property
    def changes(self) -> bool:
        """Whether it changes rows of the account: with locks, a transaction, an Intent where AWS is asked."""
        return not (self.reads or self.acts)

    @property
    def prepares(self) -> bool:
        """Whether it has slow work that is done before its transaction."""
        return type(self).prepare is not Operation.prepare

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters it knows, checked before anything is looked up. Raises ValidationError."""
        return shapes.validate(self.model, params, self.wording)

    def needed(self, call: Call) -> str:
        """The action that the caller's policies must allow; nearly always the operation's own."""
        return self.action

    def resources(self, call: Call) -> Sequence[str]:
        """The ARNs the caller must be allowed to act on; "*" where IAM has no resource type, none where
        no permission is needed.
        """
        return [listed.judged_on(self.action, call.caller.arns, call.param("PathPrefix", "/"))]

    def named(self, action: str, resource: str, params: Params) -> str:
        """How a denial of the action names the first of its resources, of IAM's own actions as AWS does: what
        is listed or made by its ARN. A page has no ``params``.
        """
        by_arn = self.lists or self.creates or not action.startswith("iam:")
        return resource if by_arn else named(resource, params)

    def context(self, call: Call) -> Context:
        """Condition keys of this request (IAM-FACTS 8.9)."""
        return {}

    def is_own(self, call: Call) -> bool:
        """Whether it is about something of the caller's own, for which no policy need allow it. One that
        denies it still counts.
        """
        return False

    def guard(self, call: Call) -> None:
        """Where the console is stricter than the API; asked for console callers only, after ``check``."""

    @property
    def is_guarded(self) -> bool:
        """Whether it has a guard of its own."""
        return type(self).guard is not Operation.guard

    def prepare(self, call: Call) -> None:
        """Slow work that must not run inside a transaction, such as hashing a password."""

    def lock(self, call: Call) -> None:
        """Find and lock the rows, in the order account, user, group. Raises NoSuchEntity."""

    def check(self, call: Call) -> None:
        """IAM's rules. Raises IamError."""

    def mint(self, call: Call) -> Facts:
        """A local account's facts: ids, dates and secrets in the operation's output shape."""
        return {}

    def to_aws(self, call: Call) -> tuple[str, dict[str, Any]]:
        """What AWS is asked on a linked account; the same operation unless it is named otherwise."""
        return self.name, call.params

    def evidence(self, call: Call) -> Mapping[str, Any]:
        """What the Intent keeps besides the parameters, for ``wanted``. Never a secret."""
        return {}

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        """The thing as it is before AWS is asked: a row of AWS's list, with these members at least. None for
        what ``check`` refuses where it is so already, and for what the mirror does not know.
        """
        return None

    def wanted(self, before: Params, params: Params) -> Wanted | Unseen:
        """What it asks for at AWS, looked for there after silence. ``before`` is the evidence and ``params``
        the parameters that the Intent has kept. Every operation that AWS is asked for has its own.
        """
        return Unseen(NOT_SHOWN)

    def asked(self, before: Params, params: Params) -> tuple[str, Params]:
        """What AWS was asked, by what the Intent has kept: the same unless ``to_aws`` names it otherwise."""
        return self.name, params

    def explains(self, difference: Difference, question: Question) -> Difference | None:
        """What a call of it, ours or another's, leaves unexplained of a difference; None for nothing."""
        return rest(difference, question)

    def write(self, call: Call, facts: Facts) -> None:
        """Write the rows."""

    def read(self, call: Call) -> Facts:
        """The answer of a reading operation."""
        return {}

    def act(self, call: Call) -> Facts:
        """The answer of an operation that ``acts``."""
        return {}

    def complete(self, call: Call, facts: Facts) -> None:
        """Add to the answer what this side made and neither AWS nor ``mint`` gives, such as a private key.

        Asked after AWS's answer, also where the rows can then not be written.
        """

    def undo(self, call: Call) -> Undo:
        """What takes back what the call is about to do, by what is known now. Asked before, with or without
        a lock; a key that it makes is NEW_KEY_ID. The ``undo`` of what it names tells how the thing is then,
        by which a later change is noticed (``undoing``).
        """
        return None

    def shown_once(self, params: Params, facts: Facts) -> dict[str, str]:
        """What must be shown to a person, because nobody can read it again; {} for most."""
        return {}

    def unique_id(self, facts: Facts) -> str:
        """The unique ID of what an operation with ``creates`` has made; "" where none has one."""
        return ""

    def made(self, params: Params, facts: Facts) -> tuple[str, str, str] | None:
        """How later steps of the same work name what it has made: parameter, value, and the identity by which
        that is told from a later one of the name. None where they do not.
        """
        return (self.creates, str(params[self.creates]), self.unique_id(facts)) if self.creates else None

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        """What the Event tells besides the parameters. Never a secret."""
        return {}


_operations: dict[str, Operation] = {}


def operation(name: str) -> Callable[[type[Operation]], type[Operation]]:
    """Declare an operation: ``name`` as IAM spells it, ``iamconsole:Name`` for the console's own."""

    def declare(cls: type[Operation]) -> type[Operation]:
        if name in _operations:
            raise ValueError(f"The operation {name} is declared twice.")
        prefix, _, plain = name.rpartition(":")
        cls.name = name
        # An operation may be asked for under another service's action, as sts:AssumeRole is.
        cls.action = cls.__dict__.get("action") or (name if prefix else f"iam:{plain}")
        cls.console_only = prefix == "iamconsole" and cls.to_aws is Operation.to_aws
        cls.model = shapes.operation_model(name)
        if cls.lists:
            listed.register(cls.action, cls.lists)
        if cls.suffices:
            sufficing.declare(cls.action, cls.suffices)
        _operations[name] = cls()
        return cls

    return declare


def find(name: str) -> Operation:
    """The operation of that name. Raises IamError InvalidAction."""
    try:
        return _operations[name]
    except KeyError:
        raise IamError("InvalidAction", f"Could not find operation {name} for version 2010-05-08") from None


def all_operations() -> Mapping[str, Operation]:
    """Every declared operation by name; the access matrix test walks it."""
    return dict(_operations)
