"""Requests signed by hand, so that they can be bent: before they are signed, or afterwards."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import new as hmac_new
from urllib.parse import quote, urlencode

from tests.client import Client

BODY = urlencode({"Action": "ListUsers", "Version": "2010-05-08"})
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request and what is said of its signature; ``sign`` makes the header that fits all of it."""

    key_id: str
    secret: str
    method: str = "POST"
    path: str = "/api/"
    query: str = ""
    body: str = BODY
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": FORM, "host": "testserver"})
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    region: str = "us-east-1"
    service: str = "iam"
    terminator: str = "aws4_request"
    day: str = ""
    signed: tuple[str, ...] = ("content-type", "host", "x-amz-date")
    payload: str | None = None

    @property
    def timestamp(self) -> str:
        return self.moment.strftime("%Y%m%dT%H%M%SZ")

    @property
    def scope(self) -> str:
        return f"{self.day or self.timestamp[:8]}/{self.region}/{self.service}/{self.terminator}"

    def having(self, **changes) -> "Request":
        return replace(self, **changes)

    def with_headers(self, **headers: str) -> "Request":
        """More headers; an underscore stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def later(self, **delta: float) -> "Request":
        return replace(self, moment=self.moment + timedelta(**delta))

    def all_headers(self) -> dict[str, str]:
        return {"x-amz-date": self.timestamp, **self.headers}

    def canonical(self) -> str:
        headers = self.all_headers()
        lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in self.signed)
        query = "&".join(sorted(self.query.split("&"))) if self.query else ""
        payload = self.payload or sha256(self.body.encode()).hexdigest()
        return "\n".join([self.method, self.path, query, lines, ";".join(self.signed), payload])

    def signature(self) -> str:
        text = "\n".join(
            ["AWS4-HMAC-SHA256", self.timestamp, self.scope, sha256(self.canonical().encode()).hexdigest()]
        )
        key = f"AWS4{self.secret}".encode()
        for part in self.scope.split("/"):
            key = hmac_new(key, part.encode(), sha256).digest()
        return hmac_new(key, text.encode(), sha256).hexdigest()

    def authorization(self) -> str:
        return (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{self.scope}, "
            f"SignedHeaders={';'.join(self.signed)}, Signature={self.signature()}"
        )

    def sign(self) -> "Sent":
        return Sent(self, {**self.all_headers(), "authorization": self.authorization()})

    def presign(self, expires: str = "300", asked: dict[str, str] | None = None, **changes: str) -> "Sent":
        """The signature in the query of a GET, over the parameters ``asked``; ``changes`` bend the query
        after signing. Without ``expires`` it does not say for how long it is valid.
        """
        parameters = {
            **(asked or {"Action": "ListUsers", "Version": "2010-05-08"}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.key_id}/{self.scope}",
            "X-Amz-Date": self.timestamp,
            **({"X-Amz-Expires": expires} if expires else {}),
            "X-Amz-SignedHeaders": "host",
        }
        query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in parameters.items())
        signed = self.having(
            method="GET", query=query, body="", signed=("host",), headers={"host": "testserver"}
        )
        bent = dict(part.split("=") for part in f"{query}&X-Amz-Signature={signed.signature()}".split("&"))
        bent |= {name.replace("_", "-"): quote(value, safe="-_.~") for name, value in changes.items()}
        final = "&".join(f"{name}={value}" for name, value in bent.items())
        return Sent(signed.having(query=final), {"host": "testserver"})


@dataclass(frozen=True)
class Sent:
    """What goes over the wire."""

    request: Request
    headers: dict[str, str]

    def bent(self, **changes) -> "Sent":
        """The same signature on something else."""
        return replace(self, request=self.request.having(**changes))

    def but(self, **headers: str) -> "Sent":
        """Headers changed or added after signing."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def without(self, name: str) -> "Sent":
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})

    def rewritten(self, old: str, new: str) -> "Sent":
        """The Authorization header with one part replaced."""
        return self.but(authorization=self.headers["authorization"].replace(old, new))

    def go(self):
        request = self.request
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        return Client().generic(
            request.method,
            request.path,
            request.body.encode(),
            content_type=self.headers.get("content-type", ""),
            headers=headers,
            QUERY_STRING=request.query,
            RAW_URI=f"{request.path}?{request.query}",
        )
