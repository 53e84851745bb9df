"""A browser tab in one account, whether the console has the account in its addresses or in its session."""

import re
from typing import Any, ClassVar

from django.test import Client
from django.test.client import FakePayload

MOVED = (301, 302)


class Tab(Client):
    """Addresses are named without an account; where the console has it in front, it is put there.

    What an answer says is left as it is, but for a redirect within the account.
    """

    # Whether addresses have the account in front; found out by the first browser that is signed in.
    in_front: ClassVar[bool | None] = None
    account_number = ""

    def find_out(self, number: str) -> None:
        """Stand in the account of that number, and see once how its addresses look."""
        if Tab.in_front is None:
            Tab.in_front = self.get(f"/{number}/").status_code != 404
        self.account_number = number

    def request(self, **request: Any) -> Any:
        path = request.get("PATH_INFO", "/")
        if not (Tab.in_front and self.account_number):
            return super().request(**request)
        front = f"/{self.account_number}"
        sent = request["wsgi.input"].read() if "wsgi.input" in request else b""
        there = {"PATH_INFO": front + path, "wsgi.input": FakePayload(sent)}
        answer = super().request(**{**request, **there})
        if answer.status_code == 404 or (answer.status_code in MOVED and request["REQUEST_METHOD"] == "GET"):
            # An address that has no account; what is led into one belongs there, and is not to be had here.
            other = super().request(**{**request, "wsgi.input": FakePayload(sent)})
            if not re.match(rf"/\d{{12}}{re.escape(path)}", other.get("Location", "")):
                answer = other
        if answer.get("Location", "").startswith(f"{front}/"):
            answer["Location"] = answer["Location"].removeprefix(front)
        return answer
