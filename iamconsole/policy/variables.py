"""Policy variables (IAM-FACTS 8.5).

``${aws:username}``, ``${aws:PrincipalTag/team, 'none'}`` with a default, and the literals
``${*} ${?} ${$}``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .context import Context, folded
from .glob import RUN, Glob, compiled, wild
from .kept import LONGEST_KEPT, kept
from .truth import CannotEvaluate

# Possessive: what was read is not given back, or white space before a missing brace would be tried in
# every way there is to share it.
VARIABLE = re.compile(r"\$\{(?P<key>[^,'{}]++)(?:,\s*+'(?P<default>[^']*+)')?\s*+\}")
LITERALS = ("*", "?", "$")
COLONS_BEFORE_REGION = 3
PER_VARIABLE, PER_PART = 100, 8  # steps for finding one in a text, and for each stretch of a filled one


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text; in a literal one ``*`` and ``?`` are only themselves."""

    text: str
    literal: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A value of a policy after its variables got their values."""

    parts: tuple[Part, ...]
    plain: str  # for comparisons without wildcards

    @classmethod
    def of(cls, *parts: Part) -> "Filled":
        return cls(parts, "".join([part.text for part in parts]))

    @property
    def tokens(self) -> tuple[str, ...]:
        """For wildcards: what a variable brought in is literal, a user named ``*`` is only that user."""
        return tuple(t for part in self.parts for t in (part.text if part.literal else wild(part.text)))

    @property
    def glob(self) -> Glob:
        if len(self.parts) == 1 and not self.parts[0].literal:
            return compiled(self.parts[0].text)
        return Glob.of_tokens(self.tokens)


def masked(text: str) -> str:
    """The text with its variables blotted out, so that their colons part nothing."""
    return VARIABLE.sub(lambda match: "x" * len(match[0]), text) if "${" in text else text


def is_template(text: str) -> bool:
    """Whether every ``${`` begins a variable."""
    return "${" not in masked(text)


@kept(maxsize=4096)
def as_written(text: str) -> Filled:
    """A value in which no variables count."""
    return Filled.of(Part(text, literal=False))


def fill(text: str, context: Context) -> Filled | None:
    """The value with its variables filled in; None when one of them has no value, or several.

    Raises CannotEvaluate for a malformed variable.
    """
    if "${" not in text:
        return as_written(text)
    parts = _parts(text, context)
    return None if parts is None else Filled.of(*parts)


def fill_resource(text: str, context: Context) -> Filled | None:
    """The same for ``Resource``, where variables are filled in from the region on.

    AWS's guide knows them in the last part only, but AWS ships ``arn:*:kms:*:${aws:PrincipalAccount}:key/*``
    (IAM-FACTS 8.5). Partition and service have none. Raises CannotEvaluate.
    """
    _check_place(text)
    return fill(text, context)


def _check_place(text: str) -> None:
    """Raises CannotEvaluate for a variable before the region of an ARN."""
    start = text.find("${")
    if start >= 0 and text.count(":", 0, start) < COLONS_BEFORE_REGION:
        raise CannotEvaluate(text)


@kept(maxsize=4096)
def template(text: str) -> "Pieces | None":
    """The pieces of a pattern of ``Resource`` that means one text only, once its variables have their values;
    None where it has wildcards.

    Raises CannotEvaluate as ``fill_resource`` does.
    """
    _check_place(text)
    pieces = _pieces(text)
    written = "".join(piece.text for piece in pieces if isinstance(piece, Part) and not piece.literal)
    return None if "*" in written or "?" in written else pieces


def filled_text(pieces: "Pieces", context: Context) -> str | None:
    """What such a pattern means; None when a variable has no value. Raises CannotEvaluate."""
    if context.steps is not None:
        context.steps.take(1 + PER_PART * len(pieces))
    texts = [piece.text if isinstance(piece, Part) else _text(piece, context) for piece in pieces]
    if None in texts:
        return None
    if context.steps is not None:
        context.steps.take(sum(map(len, texts)))  # type: ignore[arg-type]
    return "".join(texts)  # type: ignore[arg-type]


def tokens_with_gaps(text: str, context: Context, is_known: Callable[[str], bool]) -> list[str] | None:
    """The tokens of a pattern of ``Resource`` where not all facts of the request are known: a star for each
    variable that ``is_known`` denies. None where a known one has no value. Raises CannotEvaluate.
    """
    _check_place(text)
    tokens: list[str] = []
    for piece in _pieces(text):
        if isinstance(piece, Part):
            tokens += piece.text if piece.literal else wild(piece.text)
        elif is_known(piece.key):
            value = _text(piece, context)
            if value is None:
                return None
            tokens += value
        else:
            tokens.append(RUN)
    return tokens


def variables_of(text: str) -> list[str]:
    """The keys (folded) of the variables in a text. Raises CannotEvaluate."""
    return [piece.key for piece in _pieces(text) if isinstance(piece, _Variable)]


def _parts(text: str, context: Context) -> list[Part] | None:
    """The stretches of a value with its variables filled in, paid for by length before they are joined."""
    if context.steps is not None:
        context.steps.take(1 + len(text))
    pay_for_reading(text, context)
    parts: list[Part] = []
    for piece in _pieces(text):
        value = piece if isinstance(piece, Part) else _value(piece, context)
        if value is None:
            return None
        parts.append(value)
    if context.steps is not None:
        context.steps.take(sum([PER_PART + len(part.text) for part in parts]))
    return parts


def pay_for_reading(text: str, context: Context) -> None:
    """Pay for taking apart a text, readable or not, which is so long that it is done each time. Raises
    TooManySteps.
    """
    if context.steps is not None and len(text) > LONGEST_KEPT:
        context.steps.take(len(text) + PER_VARIABLE * text.count("${"))


@dataclass(frozen=True, slots=True)
class _Variable:
    key: str  # folded
    default: str | None


Pieces = tuple[Part | _Variable, ...]


@kept(maxsize=4096)
def _pieces(text: str) -> Pieces:
    """Written text and variables in turn. Raises CannotEvaluate for ``${`` that begins no variable."""
    pieces: list[Part | _Variable] = []
    end = 0
    for match in VARIABLE.finditer(text):
        pieces += [_written(text[end : match.start()]), _variable(match)]
        end = match.end()
    return (*pieces, _written(text[end:]))


def _variable(match: re.Match[str]) -> Part | _Variable:
    key = folded(match["key"].strip())
    return Part(key, literal=True) if key in LITERALS else _Variable(key, match["default"])


def _written(text: str) -> Part:
    if "${" in text:
        raise CannotEvaluate(text)
    return Part(text, literal=False)


def _value(variable: _Variable, context: Context) -> Part | None:
    text = _text(variable, context)
    return None if text is None else Part(text, literal=True)


def _text(variable: _Variable, context: Context) -> str | None:
    value = context.value(variable.key)
    if isinstance(value, tuple):
        return None  # never resolved, not even by a default (IAM-FACTS 8.5)
    return variable.default if value is None else value
