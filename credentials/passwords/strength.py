"""How hard a password is to guess, without asking anybody: zxcvbn's estimate and Django's common ones.

The account's password policy counts characters; this looks at what they are. Sources: ASVS 6.2.4,
6.2.12.
"""

from collections.abc import Sequence
from functools import cache
from threading import Lock

from django.contrib.auth.password_validation import CommonPasswordValidator
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from users.models import Account

# The estimate takes long for long texts full of symbols: two seconds for 72 characters, a twentieth for 16.
WEIGHED_CHARACTERS = 16
LONGEST = 128  # what is longer is refused for its length (IAM-FACTS 4)
LEAST = 2
GUESSABLE = (
    "The password is too easy to guess. It is a common one, or made of common words, names or "
    "repetitions. Choose another."
)
WORDS = (
    "Too easy to guess. Choose another password.",
    "Too easy to guess. Choose another password.",
    "Fair. A longer one is better.",
    "Strong.",
    "Very strong.",
)

# zxcvbn keeps the names of the call in a dictionary of the module.
one_at_a_time = Lock()


@cache
def common_passwords() -> frozenset[str]:
    """The 20,000 most common passwords that Django ships, in small letters."""
    return frozenset(CommonPasswordValidator().passwords)


def score(password: str, names: Sequence[str] = ()) -> int:
    """From 0 (guessed at once) to 4 (very hard). ``names`` are what an attacker tries first.

    A repetition is worth what is repeated. Of a long password the beginning and the end are weighed: it
    is as hard to guess as its harder part.
    """
    text = repeated(password[:LONGEST])
    if not text or text.lower().strip() in common_passwords():
        return 0
    parts = {text[:WEIGHED_CHARACTERS], text[-WEIGHED_CHARACTERS:]}
    with one_at_a_time:
        return max(int(zxcvbn(part, user_inputs=list(names))["score"]) for part in parts)


def repeated(text: str) -> str:
    """What a text is a repetition of; itself where it is none."""
    return text[: (text + text).find(text, 1)] if text else ""


def is_guessable(password: str, names: Sequence[str] = ()) -> bool:
    """Whether a million guesses would find it."""
    return score(password, names) < LEAST


def names_of(account: Account, user_name: str = "") -> list[str]:
    """The names of the account and its user, as parts of a password worth nothing."""
    return [name for name in (account.account_id, account.alias, account.name, user_name) if name]
