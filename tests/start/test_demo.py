"""The demo: made once into an empty folder, believable, and marked on every page."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole.demo import cast, production
from iamconsole.errors import IamError
from iamconsole.models import Event
from reports.models import Finding
from users.models import Account, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings, tmp_path, client):
    settings.DATA_DIR = tmp_path
    settings.DEMO = production.make_demo()
    return settings.DEMO


@pytest.mark.long
def test_the_demo_is_a_company_with_a_past(demo, settings, client):
    home = Account.objects.get(is_home=True)
    users = User.objects.filter(account=home, kind=User.Kind.USER)
    assert users.count() == len(cast.PEOPLE) + len(cast.WORKLOADS)
    assert not users.filter(create_date__gt=timezone.now()).exists()
    assert users.get(user_name="legacy-backup").oldest_active_key < timezone.now() - timedelta(days=800)
    assert users.get(user_name="thandi.nkosi").last_activity is None
    events = Event.objects.filter(account_id=home.account_id)
    assert set(events.values_list("outcome", flat=True)) == {"allowed", "denied", "failed"}
    assert events.filter(at__gt=timezone.now() - timedelta(days=90)).count() > 500
    assert not events.filter(at__gt=timezone.now()).exists()
    assert home.credential_reports.count() == 12
    kinds = sorted(Account.objects.values_list("kind", flat=True))
    assert kinds == ["imported", "local", "local"]
    imported = Account.objects.get(kind="imported")
    assert imported.users.filter(kind=User.Kind.USER).count() > 5
    assert imported.credential_reports.count() == 2
    states = set(Finding.objects.filter(account=home).values_list("state", flat=True))
    assert states == {"open", "reopened", "acknowledged", "exempt", "fixed"}
    certificates = home.server_certificates.order_by("expiration")
    assert [one.standing for one in certificates] == ["expired", "expiring", "active"]
    assert json.loads((settings.DATA_DIR / "demo.json").read_text()) == demo
    check_pages(demo, client)


def check_pages(demo, client):
    """Whoever reads the note signs in, and every page says what it is."""
    typed = {"account": demo["account"], "user_name": demo["user_name"], "password": demo["password"]}
    assert b"Everybody here is invented" in client.get("/signin/").content
    assert client.post("/signin/", typed).status_code == 302
    for path in ("/", "/users/", "/events/", "/account/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert b"Everybody here is invented" in answer.content


def test_a_real_installation_is_not_filled(home):
    with pytest.raises(IamError, match="not a demo"):
        production.make_demo()
    assert User.objects.filter(account=home, kind=User.Kind.USER).count() == 0


def test_a_real_installation_does_not_say_demo(client, home):
    assert b"invented" not in client.get("/signin/").content
