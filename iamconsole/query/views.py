"""``/api/``: one endpoint for IAM and STS, as AWS's Query protocol has it (IAM-FACTS 2.1)."""

import logging
from datetime import UTC, datetime

from botocore.model import ServiceModel
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from iamconsole.errors import HashingBusy, IamError, NotConfirmed
from iamconsole.operations import Caller, execute
from iamconsole.operations.shapes import iam_model, sts_model
from iamconsole.ops import request_ids
from iamconsole.transient import breaks_a_rule
from iamconsole.unavailable import first_reason

from . import answers, offers, parameters, principal, sigv4
from .raw import RawRequest

log = logging.getLogger(__name__)
FAILURE = "The request processing has failed because of an unknown error. See this console's log."
GONE = "The item has just been changed or deleted. Nothing was changed. Check it, then try again."
ONLY_READS = "HEAD is for what only reads. Send {action} by POST."
UNSTORABLE = "The request contains text or a number that cannot be stored."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def query_api(request: HttpRequest) -> HttpResponse:
    """Signed requests of AWS clients. A browser's cookie counts for nothing here."""
    return respond(request)


def respond(request: HttpRequest) -> HttpResponse:
    """The answer to one request: XML, whatever happens."""
    request_id = request_ids.current() or request_ids.new()
    model = iam_model()
    try:
        raw = RawRequest.of(request)
        signature = sigv4.read(raw, datetime.now(UTC))
        model = iam_model() if signature.service == "iam" else sts_model()
        caller = authenticate(request, raw, signature)
        body, status = perform(model, caller, signature, raw, request_id), 200
    except IamError as error:
        body, status = answers.refusal(model, error, request_id), answers.status_of(model, error.code)
    except NotConfirmed as question:  # guards are for people; the API follows AWS
        refused = question.refusal
        body, status = answers.refusal(model, refused, request_id), answers.status_of(model, refused.code)
    except HashingBusy as error:
        refused = IamError("ServiceUnavailable", error.message)
        body, status = answers.refusal(model, refused, request_id), 503
    except Exception as error:
        refused, status = refusal_of(error, request_id)
        body = answers.refusal(model, refused, request_id)
        status = status or answers.status_of(model, refused.code)
    response = HttpResponse(body, content_type="text/xml", status=status)
    response["x-amzn-RequestId"] = request_id
    return response


def refusal_of(error: Exception, request_id: str) -> tuple[IamError, int]:
    """What to say of an error that is no refusal, with its status; 0: that of the code."""
    if reason := first_reason(error):
        log.warning("Request %s was answered with 503: %s", request_id, reason.kind)
        return IamError("ServiceUnavailable", reason.sentence), 503
    if isinstance(error, IntegrityError) and breaks_a_rule(error):
        log.error("The database refused what request %s wrote", request_id, exc_info=error)
        return IamError("ValidationError", UNSTORABLE), 0
    if isinstance(error, ObjectDoesNotExist | IntegrityError):
        log.warning("Something was gone while request %s was answered", request_id, exc_info=error)
        return IamError("ConcurrentModification", GONE), 0
    if isinstance(error, DataError):
        return IamError("ValidationError", UNSTORABLE), 0
    log.error("The API failed in request %s", request_id, exc_info=error)
    return IamError("ServiceFailure", FAILURE), 500


def authenticate(request: HttpRequest, raw: RawRequest, signature: sigv4.Signature) -> Caller:
    """The caller who signed. Raises IamError; an unknown key and a wrong secret cost the same work."""
    signer = principal.find(signature)
    fits = signature.matches(raw, signer.secret)
    if not signer.is_known:
        raise IamError("InvalidClientTokenId", principal.INVALID)
    if not fits:
        signer.note_refusal(request, signature)
        raise IamError("SignatureDoesNotMatch", sigv4.DIFFERS)
    return signer.admit(request, signature)


def perform(
    model: ServiceModel, caller: Caller, signature: sigv4.Signature, raw: RawRequest, request_id: str
) -> str:
    """Run the operation that the parameters name. Raises IamError."""
    pairs = raw.pairs()
    plain = dict(pairs)
    operation = offers.find(model, plain.get("Action"), plain.get("Version"))
    if not operation.reads:
        if raw.method == "HEAD":
            raise IamError("InvalidAction", ONLY_READS.format(action=plain["Action"]))
        signature.check_age_of_change(datetime.now(UTC))
    params = parameters.read(operation.model.input_shape, pairs)
    facts = execute(caller, operation.name, **params)
    return answers.answer(operation.model, facts, request_id)
