"""A server that speaks for AWS services by botocore's models: requests and answers must fit them.

A *service* is an object of the test. Its methods are operations under boto3's names and take the parameters
of a request: ``def list_accounts(self, call, NextToken=None, MaxResults=20)``. A method gives the members of
the answer, or raises AwsError. What has no method, or raises PassOn, goes on to ``otherwise``, the address of
another double.

A request or an answer that does not fit the model is refused with ValidationError, and raised as an
AssertionError when the server ends.
"""

import http.client
import http.server
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore import xform_name
from botocore.model import Shape
from botocore.validate import ParamValidator
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from tests.sync.proxy import serving

# Credential=AKIA.../20261130/us-east-1/organizations/aws4_request
SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
PROTOCOL_NAMES = {"Action", "Version"}


class AwsError(Exception):
    """A refusal, in AWS's code and words."""

    def __init__(self, code: str, message: str = "Not today.") -> None:
        super().__init__(message)
        self.code, self.message = code, message


class PassOn(Exception):
    """The service leaves this request to ``otherwise``."""


@dataclass(frozen=True)
class Call:
    """One request: whose key signed it, for which region, to which host, and what it asks."""

    service: str
    operation: str
    params: Mapping[str, Any]
    access_key_id: str
    region: str
    host: str

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


Reply = tuple[int, str, bytes]  # status, content type, body


@dataclass
class ModelServer:
    """Where the console finds these services, and what it asked there.

    ``unheard`` and ``lost`` name operations (``iam:DeleteAccessKey``) that never reach AWS, and ones that
    AWS does without anybody's hearing of it.
    """

    services: Mapping[str, object]
    otherwise: str = ""
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    unheard: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def asked(self, service: str = "") -> list[str]:
        """The names of the operations, in their order."""
        return [call.operation for call in self.calls if service in ("", call.service)]

    def reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """What the console hears; None is silence."""
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            return self._reply(path, headers, body)
        finally:
            with self._lock:
                self._now -= 1

    def _reply(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        scope = SCOPE.search(headers.get("Authorization", ""))
        if scope is None:
            return self._pass_on(path, headers, body)
        values = dict(parse_qsl(body.decode(), keep_blank_values=True)) if b"Action=" in body else {}
        operation = values.get("Action") or headers.get("X-Amz-Target", "").rpartition(".")[2]
        method = getattr(self.services.get(scope["service"]), xform_name(operation), None)
        if method is None:
            return self._pass_on(path, headers, body)
        model = get_service_model(scope["service"]).operation_model(operation)
        params = _parsed(model, path, headers, body, values)
        call = Call(
            scope["service"], operation, params, scope["key"], scope["region"], headers.get("Host", "")
        )
        with self._lock:
            self.calls.append(call)
            try:
                return self._answer(call, model, method, unknown_names(model, values))
            except PassOn:
                self.calls.pop()
        return self._pass_on(path, headers, body)

    def _answer(
        self, call: Call, model: OperationModel, method: Callable[..., Any], unknown: list[str]
    ) -> Reply | None:
        if call.name in self.unheard:
            return None
        if wrong := unknown + misfits(model.input_shape, call.params):
            self.unfit.append(f"request {call.name}: {'; '.join(wrong)}")
            return _written(model, AwsError("ValidationError", wrong[0]))
        try:
            answer = method(call, **call.params) or {}
        except AwsError as error:
            return _written(model, error)
        if wrong := misfits(model.output_shape, answer):
            self.unfit.append(f"answer {call.name}: {'; '.join(wrong)}")
            return _written(model, AwsError("ValidationError", wrong[0]))
        return None if call.name in self.lost else _written(model, answer)

    def _pass_on(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert self.otherwise, f"Nobody answers {headers.get('X-Amz-Target', '')} {body[:200]!r}"
        where = urlsplit(self.otherwise)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
        try:
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", "text/xml"), answer.read()
        finally:
            connection.close()


def _parsed(
    model: OperationModel, path: str, headers: Mapping[str, str], body: bytes, values: dict[str, str]
) -> dict[str, Any]:
    request = {"body": body, "headers": headers, "method": "POST", "url_params": {}, "url_path": path}
    parser = PROTOCOL_PARSERS[model.service_model.protocol](model)
    parsed: dict[str, Any] = parser.parse({**request, "values": MultiDict(values)})
    return parsed


def _written(model: OperationModel, answer: Any) -> Reply:
    serializer = get_serializer_class(model.service_model.service_name, model.service_model.protocol)
    written = serializer(model, SerializationContext("00000000-0000-4000-8000-000000000000")).serialize(
        answer
    )
    body = written["body"]
    content = body.encode() if isinstance(body, str) else body
    return written["status_code"], written["headers"].get("Content-Type", "text/xml"), content


def unknown_names(model: OperationModel, values: Mapping[str, str]) -> list[str]:
    """Parameters of the query protocol that the operation does not have."""
    known = set(model.input_shape.members) if model.input_shape else set()
    heads = {name.partition(".")[0] for name in values} - PROTOCOL_NAMES - known
    return [f"no parameter is called {name}" for name in sorted(heads)]


def misfits(shape: Shape | None, value: Any) -> list[str]:
    """What of a value does not fit its shape: types, required and unknown members, lengths, patterns, enums."""
    if shape is None:
        return [f"no members are defined, not even {sorted(value)}"] if value else []
    report = ParamValidator().validate(value, shape)
    wrong = [report.generate_report()] if report.has_errors() else []
    return wrong or list(_bounds(shape, value, shape.name))


def _bounds(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """What botocore's validator leaves out: unknown members, maxima, patterns and enums."""
    if shape.type_name == "structure":
        yield from (f"{path} has no member {name}" for name in value if name not in shape.members)
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _bounds(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        yield from _length(shape, len(value), path)
        for item in value:
            yield from _bounds(shape.member, item, f"{path}[]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _bounds(shape.key, key, f"{path}.key")
            yield from _bounds(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string":
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long"):
        yield from _length(shape, value, path)


def _length(shape: Shape, size: int, path: str) -> Iterator[str]:
    if not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
        yield f"{path} is {size}, out of {shape.metadata.get('min')} to {shape.metadata.get('max')}"


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, len(value), path)
    pattern, enum = shape.metadata.get("pattern", ""), shape.metadata.get("enum")
    if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
        yield f"{path} {value!r} does not match {pattern}"
    if enum and value not in enum:
        yield f"{path} {value!r} is none of {enum}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern; None where it speaks of Java's character classes."""
    return None if r"\p" in pattern else re.compile(pattern)


@contextmanager
def serving_models(services: Mapping[str, object], otherwise: str = "") -> Iterator[ModelServer]:
    """A running server. Raises AssertionError at its end for requests and answers that did not fit."""
    models = ModelServer(services, otherwise)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = models.reply(self.path, self.headers, body)
            if reply is None:
                self.close_connection = True
                self.connection.close()
                return
            status, kind, content = reply
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError):
                self.close_connection = True  # the console has hung up, or we have

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with serving(server) as models.url:
        yield models
    assert not models.unfit, models.unfit
