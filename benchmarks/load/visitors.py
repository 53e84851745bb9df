"""Who visits the console: for locust. Each answer that is not the expected one is an error with its text.

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

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from locust import FastHttpUser, constant, task

FACTS: dict[str, Any] = json.loads(Path(os.environ["LOAD_FACTS"]).read_text())
KINDS = os.environ["LOAD_KINDS"].split(",")
ACCOUNT = FACTS["account"]
PAUSE = float(os.environ.get("LOAD_PAUSE", "0"))
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
numbers = itertools.count()
random.seed(18)  # the same walk each time


class Visitor(FastHttpUser):
    """Waits for the answer, looks at its status, goes on."""

    abstract = True
    wait_time = constant(PAUSE)
    network_timeout = connection_timeout = 60.0

    def get(self, path: str, name: str) -> str:
        """A page that must be there."""
        with self.client.get(path, name=name, catch_response=True, allow_redirects=False) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} instead of 200: {first_words(answer.text)}")
            return answer.text or ""

    def post(self, path: str, name: str, typed: dict[str, str], page: str) -> None:
        """A form that must lead on."""
        token = TOKEN.search(page)
        body = {**typed, "csrfmiddlewaretoken": token[1] if token else ""}
        with self.client.post(path, body, name=name, catch_response=True, allow_redirects=False) as answer:
            if answer.status_code != 302:
                answer.failure(f"{answer.status_code} instead of 302: {first_words(answer.text)}")

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
        with self.client.post("/api/", body, headers=signed, name=name, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} instead of 200: {first_words(answer.text)}")


def first_words(text: str | None) -> str:
    """What an answer says, without its markup."""
    return " ".join(re.sub("<[^>]+>", " ", text or "no answer").split())[:200]
