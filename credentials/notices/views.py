"""Trying whether mails leave the console."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import execute
from iamconsole.web import signed_in
from users.pages import own_caller
from users.requests import ConsoleRequest

ASKED_FOR = "A test mail to {address} is on its way. The first steps say whether the mail server took it."


@require_POST
@signed_in
def request_test_mail(request: ConsoleRequest) -> HttpResponse:
    """Have a test mail sent to one's own address. That it was sent is said only when the server took it."""
    try:
        execute(own_caller(request), "iamconsole:RequestTestMail")
    except IamError as error:
        messages.error(request, error.message)
    else:
        messages.info(request, ASKED_FOR.format(address=request.user.email))
    return redirect("home")
