"""Who may have signed a request, as the protocol needs to know it: registered by those who keep the keys."""

from collections.abc import Callable
from typing import Protocol

from django.http import HttpRequest

from iamconsole.operations import Caller

from .sigv4 import Signature

INVALID = "The security token included in the request is invalid."


class Principal(Protocol):
    """Behind an access key ID: the secret to check with, and the way to the Caller once it fits."""

    @property
    def secret(self) -> str: ...

    @property
    def is_known(self) -> bool:
        """False where there is no such key: ``secret`` is then one that nobody has."""

    def admit(self, request: HttpRequest, signature: Signature) -> Caller:
        """The caller of a request whose signature fits; the use is written down. Raises IamError for a key
        that no longer works.
        """

    def note_refusal(self, request: HttpRequest, signature: Signature) -> None:
        """Write down that a signature with this key did not fit."""


Finder = Callable[[Signature], Principal]
_finders: list[Finder] = []


def find_principals_with(finder: Finder) -> None:
    """Set what finds the principal of a signature. It never raises for an unknown key ID."""
    _finders[:] = [finder]


def find(signature: Signature) -> Principal:
    return _finders[0](signature)
