"""The AWS double over HTTP, with a proxy in front that writes down what it is asked."""

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from tests.snapshots.world import client_of
from tests.sync import aws_service_credentials
from tests.sync.proxy import Proxy, Request, proxied

KEY = ("AKIAIOSFODNN7EXAMPLE", "test")


@contextmanager
def double() -> Iterator[str]:
    """A running moto; its chance is the same each time."""
    from moto.server import ThreadedMotoServer

    aws_service_credentials.teach()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def empty(url: str) -> Any:
    """Forget everything at the double, and begin its chance anew; gives a client of it."""
    for path in ("reset", "seed?a=7"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/{path}", method="POST")).read()
    client = client_of(url, KEY)
    client.generate_credential_report()
    return client


class Record:
    """The calls in their order, with their parameters."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, request: Request, pass_on: Any) -> None:
        said = {name: value for name, value in request.params.items() if name not in ("Action", "Version")}
        self.calls.append({"Action": request.action, **said})

    def taken(self) -> list[dict[str, Any]]:
        """What was asked since the last time."""
        calls, self.calls = self.calls, []
        return calls


@contextmanager
def watched(url: str, path: str = "", key: tuple[str, str] = KEY) -> Iterator[tuple[Proxy, Record]]:
    """The console asks through a proxy; the identity it has there is the environment's."""
    record = Record()
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = key
    os.environ.pop("AWS_PROFILE", None)
    with proxied(url, record) as proxy:
        settings.AWS_ENDPOINT_URL = f"{proxy.url}{path}"
        yield proxy, record
