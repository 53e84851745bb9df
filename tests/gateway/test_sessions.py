"""Sessions at AWS share what botocore reads from its data files, and nothing else."""

import re

import pytest
from botocore.loaders import JSONFileLoader

from iamconsole import crypto, gateway
from iamconsole.errors import IamError
from iamconsole.gateway import sessions
from iamconsole.operations import LinkSpec

ROLE = "arn:aws:iam::123456789012:role/IamConsole"


def key_link(access_key_id: str) -> LinkSpec:
    sealed = crypto.seal("secret-of-" + access_key_id, "here")
    return LinkSpec(
        "123456789012", "key", access_key_id=access_key_id, sealed_secret=sealed, secret_place="here"
    )


LINKS = {
    "default": LinkSpec("123456789012", "default"),
    "key": key_link("AKIAIOSFODNN7EXAMPL1"),
    "role": LinkSpec("123456789012", "role", role_arn=ROLE),
}


def signing_key(link: LinkSpec) -> str:
    """The access key that a request of the link is signed with."""
    signed = []
    client = gateway.reader(link)
    client.meta.events.register("before-send.iam", lambda request, **_: signed.append(request))
    client.list_users()
    return re.search(r"Credential=(\w+)/", signed[0].headers["Authorization"].decode())[1]


@pytest.mark.parametrize("method", LINKS)
def test_a_second_client_reads_no_data_file(aws, monkeypatch, method):
    """The model of IAM, endpoints and partitions are 80 ms of reading: once, not for each change."""
    gateway.ask(LINKS[method], "CreateUser", {"UserName": "dora"})
    gateway.identify(LINKS[method])
    read, load_file = [], JSONFileLoader.load_file
    monkeypatch.setattr(
        JSONFileLoader, "load_file", lambda self, path: read.append(path) or load_file(self, path)
    )
    gateway.ask(LINKS[method], "DeleteUser", {"UserName": "dora"})
    gateway.identify(LINKS[method])
    gateway.read(gateway.reader(LINKS[method]).list_users)
    assert read == []


def test_what_sessions_share_does_not_grow_with_them(aws):
    gateway.reader(LINKS["default"])
    shared = sessions.loader()
    before = len(shared.search_paths), len(shared._cache)
    for name in range(5):
        gateway.reader(key_link(f"AKIAIOSFODNN7EXAMP{name:02}"))
    assert (len(shared.search_paths), len(shared._cache)) == before


def test_what_one_session_hears_no_other_does(aws):
    """botocore's own handlers are copied for each session."""
    heard = []
    sessions.session(region="us-east-1").events.register("before-send.iam", lambda **_: heard.append(1))
    gateway.read(gateway.reader(LINKS["default"]).list_users)
    assert heard == []


def test_each_session_signs_with_its_own_key(aws):
    one, other = key_link("AKIAIOSFODNN7EXAMPL1"), key_link("AKIAIOSFODNN7EXAMPL2")
    clients = [signing_key(link) for link in (one, other, one, LINKS["default"])]
    assert clients == [one.access_key_id, other.access_key_id, one.access_key_id, "AKIAIOSFODNN7EXAMPLE"]


def test_an_unknown_profile_of_the_environment_is_an_answer_not_a_fault(aws, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody-made-this")
    with pytest.raises(IamError, match="No AWS credentials were found"):
        gateway.ask(LINKS["default"], "CreateUser", {"UserName": "dora"})
    monkeypatch.delenv("AWS_PROFILE")
    assert aws.list_users()["Users"] == []
