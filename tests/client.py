"""A test client that stands in one account, as a browser tab does.

Addresses have the account in front (iamconsole.addresses). Most tests are about what a page does, not where it
lives: they name it without an account, and the client puts in front the account it stands in: that of who
signed in, or the one switched to. In answers it takes that account off again. What is about addresses
themselves uses Django's own client (tests/users/callers/test_account_in_the_address.py).
"""

import re
from importlib import import_module
from typing import Any

from django import test
from django.conf import settings

from iamconsole.addresses import split, with_account
from users.models import User

SWITCH = re.compile(r"/accounts/([0-9]{12})/switch/")


class Client(test.Client):
    """``account_id``: the account of addresses that name none; "" before a sign-in."""

    account_id = ""
    _last: Any = None

    def request(self, **request: Any) -> Any:
        path = request.get("PATH_INFO", "/")
        here = self.here() if split(path)[0] == "" and with_account(path, "0" * 12) != path else ""
        request["PATH_INFO"] = with_account(path, here)
        if self._last is not None:  # a file that nobody has read to its end holds a cursor of the database
            for close in self._last._resource_closers:  # not its own, which ends the tests' connection too
                close()
        response = super().request(**request)
        self._last = response if response.streaming else None
        self._follow(path, response)
        return self._relative(response)

    def here(self) -> str:
        """The account that the tab stands in."""
        if not self.account_id and settings.SESSION_COOKIE_NAME in self.cookies:
            store = import_module(settings.SESSION_ENGINE).SessionStore
            kept = store(self.cookies[settings.SESSION_COOKIE_NAME].value)
            user = User.objects.select_related("account").filter(pk=kept.get("_auth_user_id")).first()
            self.account_id = user.account.account_id if user else ""
        return self.account_id

    def _follow(self, path: str, response: Any) -> None:
        """Switching and going back lead this tab into another account; a new session into its own."""
        if response.status_code != 302:
            return
        match = SWITCH.fullmatch(path)
        if match:
            self.account_id = match[1]
        elif path.startswith(("/signin/", "/signout/", "/accounts/leave/")):
            self.account_id = ""
            self.here()

    def _relative(self, response: Any) -> Any:
        """The answer without the account that this tab stands in."""
        if not self.account_id:
            return response
        if "Location" in response:
            response["Location"] = re.sub(f"^/{self.account_id}(?=/)", "", response["Location"])
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            before = re.compile(rb"""(?<=["'= ])/%s(?=/)""" % self.account_id.encode())
            response.content = before.sub(b"", response.content)
        return response
