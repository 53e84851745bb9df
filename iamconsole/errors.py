"""The one exception of the door: an error code and a sentence, as AWS words them."""

# What a person does after an error whose sentence, which is AWS's, does not say it: by its code.
NEXT_STEPS = {
    "NoSuchEntity": "It may have just been deleted or renamed. Check it, then try again.",
    "InvalidAuthenticationCode": (
        "Enter the code on screen, wait until it changes, then enter the next one. Do not enter the same "
        "code twice."
    ),
}


class IamError(Exception):
    """An operation was refused.

    ``code`` is the code on the wire (``NoSuchEntity``, IAM-FACTS 2.3), ``message`` the sentence for
    a person. The HTTP status is looked up by whoever answers over HTTP (``status_of``). ``operation`` is the
    one that AWS refused, "" where AWS was not asked.
    """

    operation = ""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    @property
    def told(self) -> str:
        """The sentence, with the operation that AWS refused where it does not name it."""
        if self.operation in self.message:
            return self.message
        return f"AWS refused iam:{self.operation}. {self.message}"

    @property
    def for_people(self) -> str:
        """The sentence, and what to do next where it is AWS's and stops before."""
        step = NEXT_STEPS.get(self.code, "")
        return f"{self.message.rstrip('. ')}. {step}" if step else self.message

    @property
    def recorded(self) -> str:
        """The sentence for the history; another one where AWS's repeats what was sent."""
        return self.message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class AccessDenied(IamError):
    """The caller's policies do not allow the action on the resource (IAM-FACTS 2.6, 8.3).

    ``denied_by`` names the statements that deny it, for those who may know their own policies.
    """

    def __init__(
        self, message: str, *, action: str = "", resource: str = "", denied_by: tuple[str, ...] = ()
    ) -> None:
        super().__init__("AccessDenied", message)
        self.action = action
        self.resource = resource
        self.denied_by = denied_by


class LinkRefused(IamError):
    """AWS does not let a link in, and will not by itself.

    A role is gone or trusts somebody else, a key was deleted, credentials expired, an account was closed.
    """


class LinkDenied(IamError):
    """AWS does not let the link do something; ``advice`` says what to change there."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__("AccessDenied", f"{message} {advice}")
        self.said = message

    @property
    def recorded(self) -> str:
        return self.said


class OutcomeUnknown(IamError):
    """AWS was asked and did not answer: the change may or may not have happened there.

    The Intent stays open and the next sync settles it.
    """

    def __init__(self, message: str) -> None:
        super().__init__("ServiceUnavailable", message)


class AwsBusy(IamError):
    """AWS is slow, and as many pages wait for it as this console lets wait; AWS was not asked."""

    MESSAGE = (
        "AWS is slow to answer, and other pages wait for it already. AWS was not asked, and nothing was "
        "changed. Wait a minute, then try again."
    )
    RETRY_SECONDS = 30

    def __init__(self) -> None:
        super().__init__("ServiceUnavailable", self.MESSAGE)


class NotConfirmed(Exception):
    """A guard of the console lets this through only after it was said twice (``Call.ask``).

    No refusal and so no IamError: pages that turn refusals into messages let it pass, and
    ``iamconsole.web`` asks. ``guard`` names it, ``title`` and ``message`` are the question.
    """

    def __init__(self, guard: str, title: str, message: str) -> None:
        super().__init__(message)
        self.guard, self.title, self.message = guard, title, message

    @property
    def refusal(self) -> IamError:
        """What the Event says of it, and a step of a job, where nobody is there to answer."""
        return IamError("InvalidInput", f"{self.message} {UNANSWERED}")


UNANSWERED = "Nobody confirmed this, so nothing was changed."


class NotRecent(Exception):
    """The operation asks for a recent sign-in, and this person's was too long ago.

    No refusal and so no IamError: pages that turn refusals into messages let it pass, and
    ``credentials.sign_in.reauthentication`` asks the person and then goes on with what was sent.
    """


class HashingBusy(Exception):
    """All places for hashing passwords are taken (``iamconsole.hashers``); nothing was decided or changed.

    No IamError, so that no page takes it for a refusal: pages and the API answer 503, jobs fail with the
    sentence.
    """

    MESSAGE = "Many people are signing in right now. Nothing was changed. Wait a few seconds, then try again."
    RETRY_SECONDS = 5

    def __init__(self) -> None:
        super().__init__(self.MESSAGE)
        self.message = self.MESSAGE


class NotYet(Exception):
    """What a job needs is still being made: the job gives its worker back, and asks again later.

    ``waiting`` says so meanwhile; ``over`` is the error where the job has waited for as long as its kind may.
    """

    def __init__(self, waiting: str, over: str) -> None:
        super().__init__(waiting)
        self.waiting, self.over = waiting, over


# What a step or row of a job can end with, as its result; the job goes on.
STEP_FAILED = (IamError, NotConfirmed, HashingBusy)


def why_failed(error: IamError | NotConfirmed | HashingBusy) -> str:
    """The sentence for the step's result."""
    return error.refusal.message if isinstance(error, NotConfirmed) else error.message


# Codes that botocore's models do not carry, with the status AWS answers (IAM-FACTS 2.3, 11).
COMMON_STATUS = {
    "ValidationError": 400,
    "MalformedInput": 400,
    "AccessDenied": 403,
    "Throttling": 400,
    "InvalidAction": 400,
    "MissingAction": 400,
    "MissingAuthenticationToken": 403,
    "InvalidClientTokenId": 403,
    "SignatureDoesNotMatch": 403,
    "IncompleteSignature": 400,
    "IncompleteBody": 400,
    "ExpiredToken": 403,
    "RequestExpired": 400,
    "RequestEntityTooLarge": 413,
    "MissingContentLength": 411,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
}
