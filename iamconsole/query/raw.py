"""A request as it came over the wire, before anybody has decoded anything."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote_plus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from iamconsole.errors import IamError

# A policy document of 131,072 characters, form-encoded, and its neighbours fit many times over.
MOST_PARAMETERS = 2000
FORM = "application/x-www-form-urlencoded"
TOO_LARGE = "The request is too large. Send at most 1,000,000 bytes."
NO_LENGTH = "The request has no Content-Length. Send the whole body at once, not in chunks."
NOT_A_FORM = "The body is not a form. Send the parameters as application/x-www-form-urlencoded."
TOO_MANY = f"The request has too many parameters. Send at most {MOST_PARAMETERS}."
NOT_TEXT = "The parameters are not UTF-8 text, or they contain the character NUL."
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Method, path and query undecoded, headers by lower-case name, and the body's bytes."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, request: HttpRequest) -> "RawRequest":
        """Read Django's request. Raises IamError when its body cannot be read within bounds."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "transfer-encoding" in headers:
            raise IamError("MissingContentLength", NO_LENGTH)
        uri = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or quote(request.path)
        query = request.META.get("QUERY_STRING", "")
        return cls(request.method or "", uri.partition("?")[0], query, headers, _body(request))

    def pairs(self) -> Pairs:
        """The parameters of query and body, in the order in which they came. Raises IamError."""
        texts = [self.query]
        if self.body:
            if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
                raise IamError("MalformedInput", NOT_A_FORM)
            texts.append(_text(self.body))
        found = [pair for text in texts for pair in _pairs(text)]
        if len(found) > MOST_PARAMETERS:
            raise IamError("MalformedInput", TOO_MANY)
        return found


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise IamError("RequestEntityTooLarge", TOO_LARGE) from None
    except (UnreadablePostError, OSError):
        raise IamError("IncompleteBody", "The connection ended before the whole body arrived.") from None


def _text(body: bytes) -> str:
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise IamError("MalformedInput", NOT_TEXT) from None


def _pairs(text: str) -> Pairs:
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise IamError("MalformedInput", NOT_TEXT) from None
    except ValueError:
        raise IamError("MalformedInput", TOO_MANY) from None
    if "%00" in text or "\0" in text:
        raise IamError("MalformedInput", NOT_TEXT)
    return pairs


def canonical(query: str) -> bool:
    """Whether a query string is percent-encoded the one way that signatures are made for."""
    parts = [part.partition("=") for part in query.split("&")] if query else []
    texts = [text for name, _, value in parts for text in (name, value)]
    return all(text == quote(unquote_plus(text.replace("+", "%2B")), safe="-_.~") for text in texts)
