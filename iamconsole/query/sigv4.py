"""Signature Version 4: read from a header or a presigned query, and checked by botocore's own signer.

What is refused although the hash would fit: SECURITY 3.9; codes and sentences: IAM-FACTS 11.2.
"""

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from urllib.parse import parse_qsl

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from iamconsole.errors import IamError

from .raw import RawRequest, canonical

SERVICES = ("iam", "sts")
ALGORITHM = "AWS4-HMAC-SHA256"
TIMESTAMP = "%Y%m%dT%H%M%SZ"
SKEW = timedelta(minutes=15)
LONGEST_LIFE = 7 * 24 * 3600  # of a presigned request, in seconds
SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)
STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
HEADER_NAME = re.compile(r"[a-z0-9-]+", re.ASCII)
IN_QUERY = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders")
LIFE = "X-Amz-Expires"
LONGEST_CHANGE = SKEW  # as long as a signature in a header lasts
TOO_OLD_TO_CHANGE = (
    "The presigned request has expired. One that changes something, or returns credentials, is valid for "
    "15 minutes. Sign a new one."
)
MISSING = "Request is missing Authentication Token"
DIFFERS = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
INCOMPLETE_HEADER = (
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
    "parameter. Authorization header requires 'SignedHeaders' parameter."
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says of its own signature."""

    access_key_id: str
    day: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str
    timestamp: str
    token: str
    presigned: bool

    def matches(self, request: RawRequest, secret: str) -> bool:
        """Whether ``secret`` made this signature over what really arrived. Always the same work."""
        signer = Signer(Credentials(self.access_key_id, secret), self.service, self.region)
        aws = AWSRequest(
            request.method, f"https://host{request.path}?{_signed_query(request)}", data=request.body
        )
        aws.context["timestamp"] = self.timestamp
        signer.request, signer.names = request, self.headers
        expected = signer.signature(signer.string_to_sign(aws, signer.canonical_request(aws)), aws)
        return hmac.compare_digest(expected.encode(), self.value.encode())

    def check_age_of_change(self, now: datetime) -> None:
        """A presigned address rests in logs and histories: what has an effect must be young.

        A signature in a header was held to the same 15 minutes by ``read``. Raises IamError RequestExpired.
        """
        signed = moment(self.timestamp)
        if self.presigned and now > signed + LONGEST_CHANGE:
            raise IamError("RequestExpired", TOO_OLD_TO_CHANGE)


class Signer(SigV4Auth):
    """botocore's signer over exactly the headers, the path and the body that arrived."""

    request: RawRequest
    names: tuple[str, ...]

    def canonical_headers(self, headers_to_sign: object) -> str:
        return "\n".join(f"{name}:{self._value(name)}" for name in self.names)

    def _value(self, name: str) -> str:
        # botocore's own way to fold white space, which its types leave out.
        return str(self._header_value(self.request.headers[name]))  # type: ignore[attr-defined]

    def headers_to_sign(self, request: object) -> tuple[str, ...]:  # type: ignore[override]
        """Names are enough: botocore only sorts and joins what it gets here."""
        return self.names

    def payload(self, request: object) -> str:
        return sha256(self.request.body).hexdigest()

    def _normalize_url_path(self, path: str) -> str:
        return self.request.path


def read(request: RawRequest, now: datetime, services: Collection[str] = SERVICES) -> Signature:
    """The signature of a request for one of the services, in the one accepted form. Raises IamError."""
    header = request.headers.get("authorization")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    presigned = "X-Amz-Signature" in query
    if header is None and not presigned:
        raise IamError("MissingAuthenticationToken", MISSING)
    if header is not None and presigned:
        raise incomplete("Only one authentication mechanism is allowed: a header or a presigned query.")
    if not canonical(request.query):
        raise IamError("SignatureDoesNotMatch", DIFFERS)
    signature = _of_query(query) if presigned else _of_header(request, header or "")
    _check_headers(request, signature)
    _check_scope(signature, services)
    _check_time(signature, now, _life(query, signature.service) if presigned else 0)
    return signature


def incomplete(message: str) -> IamError:
    return IamError("IncompleteSignature", message)


def _of_header(request: RawRequest, header: str) -> Signature:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise IamError("MissingAuthenticationToken", MISSING)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise incomplete(
                f"'{part.strip()[:80]}' not a valid key=value pair (missing equal-sign) in Authorization "
                "header."
            )
        if name in parts:
            raise incomplete(f"The Authorization header names {name[:40]} more than once.")
        parts[name] = value
    if set(parts) != {"Credential", "SignedHeaders", "Signature"}:
        raise incomplete(INCOMPLETE_HEADER)
    timestamp = request.headers.get("x-amz-date", "")
    token = request.headers.get("x-amz-security-token", "")
    return _signature(parts["Credential"], parts["SignedHeaders"], parts["Signature"], timestamp, token)


def _of_query(query: dict[str, str]) -> Signature:
    if missing := [name for name in IN_QUERY if name not in query]:
        raise incomplete(f"The presigned request lacks {', '.join(missing)}.")
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise incomplete(f"Unsupported algorithm. Sign with {ALGORITHM}.")
    return _signature(
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token", ""),
        presigned=True,
    )


def _life(query: dict[str, str], service: str) -> int:
    """The seconds for which a presigned request is valid. STS needs none said: it is 15 minutes then."""
    life = query.get(LIFE)
    if life is None and service == "sts":
        return int(SKEW.total_seconds())
    if life is None:
        raise incomplete(f"The presigned request lacks {LIFE}.")
    if not (SECONDS.fullmatch(life) and 1 <= int(life) <= LONGEST_LIFE):
        raise incomplete(f"{LIFE} is not a number of seconds from 1 to {LONGEST_LIFE}.")
    return int(life)


def _signature(
    credential: str, headers: str, value: str, timestamp: str, token: str, *, presigned: bool = False
) -> Signature:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not scope[0]:
        raise incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    names = tuple(headers.split(";"))
    if list(names) != sorted(set(names)) or not all(map(HEADER_NAME.fullmatch, names)):
        raise incomplete("SignedHeaders must be lowercase names in order, each once.")
    if not HEX.fullmatch(value):
        raise IamError("SignatureDoesNotMatch", DIFFERS)
    key_id, day, region, service, _ = scope
    return Signature(key_id, day, region, service, names, value, timestamp, token, presigned)


def _check_headers(request: RawRequest, signature: Signature) -> None:
    """The host and every x-amz- header that arrived must be signed, and what is signed must have arrived."""
    arrived = {name for name in request.headers if name.startswith("x-amz-")}
    if unsigned := sorted({"host", *arrived} - set(signature.headers)):
        raise IamError(
            "SignatureDoesNotMatch", f"The headers {', '.join(unsigned)} must be signed and are not."
        )
    if absent := sorted(set(signature.headers) - set(request.headers)):
        raise IamError(
            "SignatureDoesNotMatch", f"The headers {', '.join(absent)} are signed but did not arrive."
        )
    if signature.presigned and arrived:
        raise incomplete("A presigned request has everything in its query. Send no x-amz- headers.")
    claimed = request.headers.get("x-amz-content-sha256")
    if claimed is not None and claimed != sha256(request.body).hexdigest():
        raise IamError("SignatureDoesNotMatch", "The body does not match x-amz-content-sha256.")


def _check_scope(signature: Signature, services: Collection[str]) -> None:
    if signature.service not in services:
        raise IamError(
            "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'iam' or 'sts'."
        )
    if not region_pattern().search(signature.region):
        raise IamError("SignatureDoesNotMatch", "Credential should be scoped to a valid region.")


def moment(timestamp: str) -> datetime:
    """The time of a signature. Raises ValueError for what is not of its one form."""
    if not STAMP.fullmatch(timestamp):
        raise ValueError(timestamp)
    return datetime.fromisoformat(timestamp)  # six times as quick as strptime


def _check_time(signature: Signature, now: datetime, life: int) -> None:
    """Within 15 minutes of our clock; a presigned request from its date until it expires."""
    try:
        signed = moment(signature.timestamp)
    except ValueError:
        raise incomplete("The request has no X-Amz-Date of the form 20260911T131519Z.") from None
    if signature.timestamp[:8] != signature.day:
        raise IamError(
            "SignatureDoesNotMatch",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signature.day}' != '{signature.timestamp[:8]}', from '{signature.timestamp}'.",
        )
    shown = now.strftime(TIMESTAMP)
    if signed > now + SKEW:
        latest = (now + SKEW).strftime(TIMESTAMP)
        later = f"{signature.timestamp} is still later than {latest} ({shown} + 15 min.)"
        raise IamError("SignatureDoesNotMatch", f"Signature not yet current: {later}")
    if signature.presigned:
        if now > signed + timedelta(seconds=life):
            raise IamError("RequestExpired", "The presigned request has expired. Sign a new one.")
    elif signed < now - SKEW:
        earliest = (now - SKEW).strftime(TIMESTAMP)
        message = (
            f"Signature expired: {signature.timestamp} is now earlier than {earliest} ({shown} - 15 min.)"
        )
        raise IamError("SignatureDoesNotMatch", message)


def _signed_query(request: RawRequest) -> str:
    """The query without the signature itself."""
    parts = request.query.split("&") if request.query else []
    return "&".join(part for part in parts if part.partition("=")[0] != "X-Amz-Signature")


@cache
def region_pattern() -> re.Pattern[str]:
    """What AWS's region names look like. The directory is one, whichever of them a client signs for."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")["partitions"]
    return re.compile("|".join(f"(?:{row['regionRegex']})" for row in partitions) + "|^aws-global$", re.ASCII)
