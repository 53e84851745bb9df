"""``/api/``: one endpoint for IAM and STS, as AWS's Query protocol has it (IAM-FACTS 2.1)."""

import logging
import uuid
from datetime import UTC, datetime

from botocore.model import ServiceModel
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from credentials import signin, throttle
from iamconsole.errors import HashingBusy, IamError, NotConfirmed
from iamconsole.models import Event
from iamconsole.operations import Caller, events, execute
from iamconsole.operations.shapes import iam_model, sts_model
from users.callers import Origin
from users.middleware import client_address

from . import answers, offers, parameters, principals, sigv4
from .raw import Pairs, RawRequest

log = logging.getLogger(__name__)
FAILURE = "The request processing has failed because of an unknown error. The console's log tells more."
GONE = "What this is about was changed or deleted at this moment. Nothing was changed; look, then try again."
BUSY = "The database is busy. Nothing was changed; send the request again in a moment."
UNSTORABLE = "What was sent contains text or a number that cannot be stored."
NO_SESSION_AT_IAM = principals.INVALID


@csrf_exempt
@require_http_methods(["GET", "POST"])
def query_api(request: HttpRequest) -> HttpResponse:
    """Signed requests of AWS clients. A browser's cookie counts for nothing here."""
    return respond(request)


def respond(request: HttpRequest) -> HttpResponse:
    """The answer to one request: XML, whatever happens."""
    request_id = str(uuid.uuid4())
    model = iam_model()
    try:
        raw = RawRequest.of(request)
        signature = sigv4.read(raw, datetime.now(UTC))
        model = iam_model() if signature.service == "iam" else sts_model()
        caller = authenticate(request, raw, signature)
        body, status = perform(model, caller, signature, raw.pairs(), request_id), 200
    except IamError as error:
        body, status = answers.refusal(model, error, request_id), answers.status_of(model, error.code)
    except NotConfirmed as question:  # guards are for people; the API follows AWS
        refused = question.refusal
        body, status = answers.refusal(model, refused, request_id), answers.status_of(model, refused.code)
    except HashingBusy as error:
        refused = IamError("ServiceUnavailable", error.message)
        body, status = answers.refusal(model, refused, request_id), 503
    except (ObjectDoesNotExist, IntegrityError) as error:
        log.warning("Something was gone while request %s was answered", request_id, exc_info=error)
        refused = IamError("ConcurrentModification", GONE)
        body, status = answers.refusal(model, refused, request_id), answers.status_of(model, refused.code)
    except (DataError, OperationalError) as error:
        busy = isinstance(error, OperationalError)
        refused = IamError("ServiceUnavailable", BUSY) if busy else IamError("ValidationError", UNSTORABLE)
        body, status = answers.refusal(model, refused, request_id), 503 if busy else 400
    except Exception:
        log.exception("The Query API failed in request %s", request_id)
        body, status = answers.refusal(model, IamError("ServiceFailure", FAILURE), request_id), 500
    response = HttpResponse(body, content_type="text/xml", status=status)
    response["x-amzn-RequestId"] = request_id
    return response


def authenticate(request: HttpRequest, raw: RawRequest, signature: sigv4.Signature) -> Caller:
    """The caller who signed. Raises IamError; an unknown key and a wrong secret cost the same work."""
    principal = principals.find(signature)
    fits = signature.matches(raw, principal.secret)
    if principal.secret == principals.NOBODYS_SECRET:
        raise IamError("InvalidClientTokenId", principals.INVALID)
    if not fits:
        note_refusal(request, signature, principal)
        raise IamError("SignatureDoesNotMatch", sigv4.DIFFERS)
    caller = principal.caller(origin_of(request, signature, principal))
    if principal.key:
        principals.note_use(principal.key, signature)
    elif principal.grant and not principal.grant.role and not caller.mfa_at and signature.service == "iam":
        # A session without an MFA code cannot call IAM (IAM-FACTS 11.1).
        raise IamError("InvalidClientTokenId", NO_SESSION_AT_IAM)
    return caller


def note_refusal(request: HttpRequest, signature: sigv4.Signature, principal: principals.Principal) -> None:
    """An Event for a wrong signature with a key that exists, once a quarter of an hour and key."""
    if principal.user and throttle.count(throttle.WRONG_SIGNATURE, signature.access_key_id):
        who = signin.whoever(principal.user, origin_of(request, signature, principal))
        detail = {"AccessKeyId": signature.access_key_id, "Reason": "SignatureDoesNotMatch"}
        events.write(who, "iamconsole:SignRequest", who.arn, Event.Outcome.FAILED, detail=detail)


def origin_of(request: HttpRequest, signature: sigv4.Signature, principal: principals.Principal) -> Origin:
    return Origin(
        channel="temporary-key" if principal.grant else "access-key",
        source_ip=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        secure=request.is_secure(),
        mfa_at=principal.grant.signed_in_with_mfa if principal.grant else None,
    )


def perform(
    model: ServiceModel, caller: Caller, signature: sigv4.Signature, pairs: Pairs, request_id: str
) -> str:
    """Run the operation that the parameters name. Raises IamError."""
    plain = dict(pairs)
    operation = offers.find(model, plain.get("Action"), plain.get("Version"))
    if not operation.reads:
        signature.check_age_of_change(datetime.now(UTC))
    params = parameters.read(operation.model.input_shape, pairs)
    facts = execute(caller, operation.name, **params)
    return answers.answer(operation.model, facts, request_id)
