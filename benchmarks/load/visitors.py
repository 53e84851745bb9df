"""Who visits the console: for locust. An answer that is not the expected one is an error with its text.

The address comes with ``--host``; account, users and keys from the file that LOAD_FACTS names; LOAD_KINDS
chooses who comes.
"""

import itertools
import json
import os
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gevent
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from geventhttpclient.response import HTTPConnectionClosed
from locust import FastHttpUser, constant, task

FACTS: dict[str, Any] = json.loads(Path(os.environ["LOAD_FACTS"]).read_text())
KINDS = os.environ["LOAD_KINDS"].split(",")
ACCOUNT = FACTS["account"]
PAUSE = float(os.environ.get("LOAD_PAUSE", "0"))
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TURNS = 12  # with five seconds each, a patient minute
WAITED, SENT_AGAIN = ": told to wait", ": sent again"
CLOSED = (HTTPConnectionClosed, ConnectionResetError, BrokenPipeError)
numbers = itertools.count()
random.seed(18)  # the same walk each time


class Visitor(FastHttpUser):
    """Waits for the answer, looks at its status, goes on.

    Patient as a browser with its reader, or as an SDK: told to come again (503 with Retry-After) it waits
    as long as it was told and sends the request again; on a kept connection that was closed without a
    word of an answer it sends it once more. Both are counted in rows of their own, and are no errors.
    """

    abstract = True
    wait_time = constant(PAUSE)
    network_timeout = connection_timeout = 60.0

    def ask(self, method: str, path: str, name: str, expected: int, **sent: Any) -> str:
        """Send until there is an answer that is no request to wait. Gives its text."""
        closed = False
        for turn in range(TURNS + 1):
            with self.client.request(
                method, path, name=name, catch_response=True, allow_redirects=False, **sent
            ) as answer:
                text = answer.text or ""
                if answer.status_code == expected:
                    return text
                wait = answer.headers.get("Retry-After", "") if answer.status_code == 503 else ""
                if wait and turn < TURNS:
                    self.counted(answer, f"{name}{WAITED}")
                elif not closed and isinstance(answer.request_meta["exception"], CLOSED):
                    closed = True
                    self.counted(answer, f"{name}{SENT_AGAIN}")
                else:
                    answer.failure(f"{answer.status_code} instead of {expected}: {first_words(text)}")
                    return text
            gevent.sleep(float(wait or 0))
        raise AssertionError("the last turn ends")

    @staticmethod
    def counted(answer: Any, name: str) -> None:
        """In a row of its own, which times of answers do not enter."""
        answer.request_meta["name"] = name
        answer.success()

    def get(self, path: str, name: str) -> str:
        """A page that must be there."""
        return self.ask("GET", path, name, 200)

    def post(self, path: str, name: str, typed: dict[str, str], page: str) -> None:
        """A form that must lead on."""
        token = TOKEN.search(page)
        body = {**typed, "csrfmiddlewaretoken": token[1] if token else ""}
        self.ask("POST", path, name, 302, data=body)

    def sign_in(self, name: str = "sign-in: its form") -> None:
        """As a person, with form and password."""
        page = self.get("/signin/", name)
        user = random.choice(FACTS["users"])
        self.post(
            "/signin/",
            "sign-in",
            {"account": ACCOUNT, "user_name": user, "password": FACTS["password"]},
            page,
        )


class SignIn(Visitor):
    """Signs in again and again, each time as somebody new to the console."""

    abstract = "sign-in" not in KINDS

    @task
    def visit(self) -> None:
        self.client.cookiejar.clear()
        self.sign_in()


class Reader(Visitor):
    """Signs in once, and reads the pages of the chosen kinds."""

    abstract = not {"list", "user page", "report"} & set(KINDS)

    def on_start(self) -> None:
        self.sign_in("first page")

    @task
    def visit(self) -> None:
        kind = random.choice([kind for kind in KINDS if kind in ("list", "user page", "report")])
        if kind == "list":
            self.get(f"/{ACCOUNT}/users/", kind)
        elif kind == "user page":
            self.get(f"/{ACCOUNT}/users/{random.choice(FACTS['user_ids'])}/", kind)
        else:
            self.get(f"/{ACCOUNT}{FACTS['report']}", kind)


class Program(Visitor):
    """Signs requests of the API."""

    abstract = not {"api read", "api write"} & set(KINDS)

    @task
    def visit(self) -> None:
        if random.choice([kind for kind in KINDS if kind.startswith("api")]) == "api read":
            self.call("api read", "GetUser", UserName=random.choice(FACTS["users"]))
        else:
            number = next(numbers)
            tag = {"Tags.member.1.Key": f"load-{number % 8}", "Tags.member.1.Value": str(number)}
            self.call("api write", "TagUser", UserName=random.choice(FACTS["users"]), **tag)

    def call(self, name: str, action: str, **parameters: str) -> None:
        body = urlencode({"Action": action, "Version": "2010-05-08", **parameters})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest("POST", f"{self.host}/api/", headers, body)
        SigV4Auth(Credentials(*FACTS["key"]), "iam", "us-east-1").add_auth(request)
        signed = dict(request.headers.items())
        self.ask("POST", "/api/", name, 200, data=body, headers=signed)


def first_words(text: str | None) -> str:
    """What an answer says, without its markup."""
    return " ".join(re.sub("<[^>]+>", " ", text or "no answer").split())[:200]
