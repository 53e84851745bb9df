"""Sessions and clients for a linked account, and what their failures mean."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import boto3.session
import botocore.exceptions as aws_errors
from botocore.config import Config
from botocore.parsers import ResponseParserError
from django.conf import settings
from urllib3.exceptions import NameResolutionError

from iamconsole import crypto
from iamconsole.errors import IamError, LinkRefused, OutcomeUnknown

from . import deadlines, partitions, sessions
from .calls import Calls
from .hearing import request_id_of

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from iamconsole.operations.caller import LinkSpec

SESSION_NAME = "iam-console"

NOT_REACHED = "AWS could not be reached, so nothing was changed there. Check the network, then try again."
NOT_FOUND = (
    "The address of AWS was not found (DNS), so nothing was changed there. Check how this machine looks up "
    "names, then try again."
)
NOT_SECURE = (
    "No secure connection to AWS could be made, so nothing was changed there. Check the network, a proxy in "
    "it, and this machine's CA certificates, then try again."
)
NOT_IN_TIME = "The time was over before AWS could be asked, so nothing was changed there. Try again."
NO_ANSWER = "AWS did not answer in time."
HUNG_UP = "AWS ended the connection without an answer."
NO_CREDENTIALS = (
    "No AWS credentials were found for this account's link. Check the profile or the environment "
    "in which this console runs."
)
UNREADABLE_KEY = (
    "The secret of this account's access key cannot be read with this console's keys. Enter it again on "
    "the account's page."
)
# The request never left, or was refused before it was read.
NEVER_SENT = (
    aws_errors.ConnectTimeoutError,
    aws_errors.EndpointConnectionError,
    aws_errors.ProxyConnectionError,
)
# AWS's codes for credentials that it does not take, whatever they ask, and that no later attempt makes good.
REFUSED_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "OptInRequired",
        "UnrecognizedClientException",
    }
)
# The same for a role: it is gone, trusts somebody else, or its account was closed.
REFUSED_ROLE = REFUSED_CREDENTIALS | {"AccessDenied", "AccessDeniedException", "RegionDisabledException"}
# What such a code must come from: AWS itself, or this machine's configuration, which lacks the profile or
# whose single sign-on has ended. Other trouble of the machine's passes.
LASTING = (
    aws_errors.ClientError,
    aws_errors.ProfileNotFound,
    aws_errors.TokenRetrievalError,
    aws_errors.SSOError,
)
# Codes of any call after which it is worth asking whether the link is still let in.
DOUBTFUL = REFUSED_ROLE
# How often an answer that ends in its middle, which botocore cannot read and does not repeat, is asked
# for again.
TORN_ANSWERS = 2
READ_ATTEMPTS = 10
# The console's own AWS configuration is at fault; no request was signed, so none was sent.
UNUSABLE_CREDENTIALS = (
    aws_errors.NoCredentialsError,
    aws_errors.PartialCredentialsError,
    aws_errors.CredentialRetrievalError,
    aws_errors.ProfileNotFound,
    aws_errors.ConfigParseError,
    aws_errors.InvalidConfigError,
    aws_errors.TokenRetrievalError,
    aws_errors.SSOError,
)


def ask(
    link: "LinkSpec", operation: str, params: Mapping[str, Any], heard: Callable[[str], object] = str
) -> dict[str, Any]:
    """Ask AWS to change something, once. Returns its parsed answer; ``heard`` gets AWS's own request ID.

    Raises IamError with AWS's code and message when it refuses, OutcomeUnknown when it may have
    acted without our hearing of it.
    """
    with deadlines.at_most(settings.AWS_SECONDS):
        client = _client(link, Config(retries={"total_max_attempts": 1}))
        method = getattr(client, method_name(client, operation))
        with translated(changing=True):
            try:
                answer: dict[str, Any] = method(**params)
            except aws_errors.ClientError as error:
                heard(request_id_of(error.response))
                raise
        heard(request_id_of(answer))
    answer.pop("ResponseMetadata", None)
    return answer


def reader(
    link: "LinkSpec",
    attempts: int = READ_ATTEMPTS,
    connections: int = 1,
    calls: Calls | None = None,
    service: str = "iam",
    patience: float | None = None,
) -> "IAMClient":
    """A client for reading: adaptive retries, bounded time; several threads may share it. Another ``service``
    is asked where IAM is. ``patience``: seconds for each answer, where somebody waits for it.
    """
    retries: Any = {"mode": "adaptive", "total_max_attempts": attempts}
    config = Config(retries=retries, max_pool_connections=connections)
    if patience is not None:
        limits = deadlines.connect_seconds(), deadlines.read_seconds()
        connect, answer = (min(seconds, patience) for seconds in limits)
        config = config.merge(Config(connect_timeout=connect, read_timeout=answer))
    client = _client(link, config, service)
    if calls is not None:
        calls.watch(client)
    return client


def identify(link: "LinkSpec") -> dict[str, str]:
    """Who the link is at AWS: ``{"Account", "Arn", "UserId"}`` of sts:GetCallerIdentity.

    That needs no permission. Raises LinkRefused where AWS does not let it in, else IamError.
    """
    with let_in(REFUSED_CREDENTIALS), translated(changing=False):
        answer = client_of(_session(link), "sts").get_caller_identity()
    return {"Account": answer["Account"], "Arn": answer["Arn"], "UserId": answer["UserId"]}


def refused(link: "LinkSpec") -> LinkRefused | None:
    """Why AWS does not let the link in; None where it does, and where that cannot be told at this moment.

    Asks AWS anew: credentials of a role also end by themselves while a long sync uses them.
    """
    try:
        identify(link)
    except LinkRefused as error:
        return error
    except IamError:
        return None
    return None


@contextmanager
def let_in(codes: Collection[str]) -> Iterator[None]:
    """Tell a refusal that is for good from one that passes."""
    try:
        yield
    except LinkRefused:
        raise
    except IamError as error:
        if error.code in codes and isinstance(error.__cause__, LASTING):
            raise LinkRefused(error.code, error.message) from error
        raise


def read(method: Callable[..., dict[str, Any]], **params: Any) -> dict[str, Any]:
    """Ask for something with a client of ``reader``. Raises IamError.

    An answer that ends in its middle is asked for again: botocore repeats only what has no answer.
    """
    with translated(changing=False):
        for _ in range(TORN_ANSWERS):
            with suppress(ResponseParserError):
                return method(**params)
        return method(**params)


@contextmanager
def translated(*, changing: bool) -> Iterator[None]:
    """Turn botocore's failures into IamError; after a change, silence is OutcomeUnknown."""
    try:
        yield
    except aws_errors.ClientError as error:
        raise _refusal(error, changing) from error
    except UNUSABLE_CREDENTIALS as error:
        raise IamError("InvalidClientTokenId", NO_CREDENTIALS) from error
    except aws_errors.ParamValidationError as error:
        raise IamError("ValidationError", str(error)) from error
    except (aws_errors.BotoCoreError, ResponseParserError, OSError) as error:
        if isinstance(error, NEVER_SENT) or getattr(error, "unsent", False):
            raise IamError("ServiceUnavailable", why_unreached(error)) from error
        silence = HUNG_UP if isinstance(error, aws_errors.ConnectionClosedError) else NO_ANSWER
        if changing:
            raise OutcomeUnknown(silence) from error
        raise IamError("ServiceUnavailable", silence) from error


def why_unreached(error: Exception) -> str:
    """The sentence for a request that never left."""
    if isinstance(error, deadlines.OutOfTime):
        return NOT_IN_TIME
    if isinstance(error, aws_errors.SSLError):
        return NOT_SECURE
    cause = getattr(error, "kwargs", {}).get("error")
    return NOT_FOUND if isinstance(cause, NameResolutionError) else NOT_REACHED


def _refusal(error: aws_errors.ClientError, changing: bool) -> IamError:
    """A 4xx is AWS's word; after a 5xx nobody knows whether AWS acted."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if changing and status >= 500:
        return OutcomeUnknown(NO_ANSWER)
    details = error.response.get("Error", {})
    refusal = IamError(details.get("Code", "ServiceFailure"), details.get("Message", str(error)))
    refusal.operation = error.operation_name
    return refusal


def _session(link: "LinkSpec") -> boto3.session.Session:
    region = partitions.region_of(link.partition)
    if link.method == "profile":
        with translated(changing=False):
            return sessions.session(profile=link.profile, region=region)
    if link.method == "key":
        return sessions.session(link.access_key_id, _secret(link), region=region)
    base = sessions.session(region=region)
    return _assume(base, link) if link.method == "role" else base


def _secret(link: "LinkSpec") -> str:
    """The secret of a kept access key. Raises IamError where the key ring does not open it."""
    try:
        return crypto.unseal(link.sealed_secret, link.secret_place)
    except crypto.KeyRingError as error:
        raise LinkRefused("InvalidClientTokenId", UNREADABLE_KEY) from error


def _assume(base: boto3.session.Session, link: "LinkSpec") -> boto3.session.Session:
    """A session of the account's role, from the base identity."""
    external: dict[str, Any] = {"ExternalId": link.external_id} if link.external_id else {}
    with let_in(REFUSED_ROLE), translated(changing=False):
        sts = client_of(base, "sts")
        answer = sts.assume_role(RoleArn=link.role_arn, RoleSessionName=SESSION_NAME, **external)
    keys = answer["Credentials"]
    return sessions.session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region=base.region_name
    )


def _client(link: "LinkSpec", config: Config, service: str = "iam") -> "IAMClient":
    session = _session(link)
    with translated(changing=False):
        client: IAMClient = client_of(session, service, config)
        return client


def client_of(
    session: boto3.session.Session,
    service: str,
    config: Config | None = None,
    region: str | None = None,
    seconds: float | None = None,
) -> Any:
    """A client of a session: the only place where one is made, so that each wait for AWS ends.

    To make it may ask for the credentials of this machine. ``seconds`` bounds each of its calls.
    """
    make: Any = session.client  # one overload for each service
    options = _client_options(config or Config())
    client = deadlines.answered(lambda: make(service, region, **options), deadlines.current(), seconds)
    return deadlines.bind(client, seconds)


def _client_options(config: Config) -> dict[str, Any]:
    """Time-outs for every client; an endpoint of one's own comes from the environment only."""
    bounded = Config(
        connect_timeout=deadlines.connect_seconds(),
        read_timeout=deadlines.read_seconds(),
        user_agent_extra="iam-console",
    )
    options: dict[str, Any] = {"config": bounded.merge(config)}
    if settings.AWS_ENDPOINT_URL:
        options["endpoint_url"] = settings.AWS_ENDPOINT_URL
    return options


def method_name(client: Any, operation: str) -> str:
    """boto3's method of an operation: CreateAccessKey -> create_access_key."""
    names: dict[str, str] = client.meta.method_to_api_mapping
    return next(method for method, api_name in names.items() if api_name == operation)
