"""What the pages of several kinds of credential need: where they lead back to, whose key it is."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from credentials.models import AccessKey
from iamconsole.addresses import redirect, reverse
from iamconsole.web import safe_next
from users.models import User
from users.requests import ConsoleRequest


def credentials_url(request: ConsoleRequest, user: User) -> str:
    """Where to go afterwards: ``next``, else the credentials of the user."""
    return safe_next(request, reverse("credentials:user-security-credentials", args=[user.user_id]))


def key_of_user(user: User, access_key_id: str) -> AccessKey:
    """The user's key of that ID; 404 for any other."""
    return get_object_or_404(AccessKey, user=user, access_key_id=access_key_id)


def farewell(request: HttpRequest, message: str) -> HttpResponse:
    """Forget the session, and let the browser forget what it kept of it. Sign-in keeps the account."""
    user = request.user
    account = user.account.sign_in_name if user.is_authenticated and not user.is_root else ""
    logout(request)
    messages.info(request, message)
    address = reverse("credentials:sign-in")
    response = redirect(f"{address}?{urlencode({'account': account})}" if account else address)
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
