"""boto3 clients whose requests go into Django's test client: no socket, and both parties are genuine."""

from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from iamconsole.gateway import sessions
from iamconsole.operations import execute
from tests.client import Client

ENDPOINT = "http://testserver/api/"


class Body:
    """What botocore reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self) -> Any:
        yield self.content


def send(client: Client, request: AWSPreparedRequest) -> AWSResponse:
    """Carry one prepared request into the test client."""
    url = urlsplit(request.url)
    body = request.body or b""
    headers = {
        name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    headers.setdefault("Host", url.netloc)
    content_type = headers.pop("Content-Type", "")
    answer = client.generic(
        request.method,
        url.path,
        body.encode() if isinstance(body, str) else body,
        content_type=content_type,
        headers=headers,
        QUERY_STRING=url.query,
        RAW_URI=f"{url.path}?{url.query}",
    )
    return AWSResponse(request.url, answer.status_code, dict(answer.headers), Body(answer.content))


def routed(
    key_id: str, secret: str, token: str | None = None, service: str = "iam", region: str = "us-east-1"
):
    """A genuine boto3 client of the console's API."""
    session = sessions.session(key_id, secret, token, region=region)
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    client = session.client(service, region_name=region, endpoint_url=ENDPOINT, config=config)
    browser = Client()
    client.meta.events.register("before-send", lambda request, **kwargs: send(browser, request))
    return client


def key_of(caller, user) -> tuple[str, str]:
    """An access key of the user, made by ``caller``."""
    made = execute(caller, "CreateAccessKey", UserName=user.user_name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]
