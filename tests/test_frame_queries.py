"""The frame of a page takes four queries, whoever looks and however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iamconsole.addresses import address_in
from tests.cast import make_account, make_user


def queries_of(client, path, status=404):
    client.get(path)  # notes the activity, and whom one was with lately
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == status
    return [query["sql"] for query in queries]


@pytest.mark.django_db
def test_own_account_and_another(client, home, alice, bob, sign_in):
    pages = sign_in(client, alice)
    nowhere = address_in(home.account_id, "users:user", "AIDANOBODY").replace("AIDANOBODY/", "AIDANOBODY/x/")
    alone = queries_of(pages, nowhere)
    assert len(alone) <= 4, "\n".join(alone)
    for number in range(12):
        other = make_account(f"3000000000{number:02}", name=f"account-{number}", alias=f"account-{number}")
        make_user(other, "somebody")
    assert len(queries_of(pages, nowhere)) == len(alone)
    pages.post(reverse("users:switch-account", args=["300000000003"]))
    assert len(queries_of(pages, nowhere.replace(home.account_id, "300000000003"))) <= 4
    plain = sign_in(client, bob)
    assert len(queries_of(plain, nowhere)) <= 4
