"""The fixed cast as fixtures (tests/cast.py)."""

from collections.abc import Callable

import hypothesis
import pytest
from django.test import Client
from django.utils import timezone

from iamconsole.operations import Caller

# A property holds or not; how fast a busy machine makes its examples is none.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """The test database: the migrations, and a few of the AWS managed policies that ship."""
    from tests import database
    from tests.database import catalogue

    with django_db_blocker.unblock():
        catalogue.load()
        database.keep()


@pytest.fixture
def policies(db) -> None:
    """Some AWS managed policies that ship: they are in the database before each test."""


@pytest.fixture
def home(policies):
    """The home account, with its root user."""
    from tests.cast import HOME_ID, make_account

    return make_account(HOME_ID, name="main", alias="northwind", is_home=True)


@pytest.fixture
def alice(home):
    """Administers: AdministratorAccess is attached to her."""
    from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user

    return make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))


@pytest.fixture
def bob(home):
    """Has a password and no policy: manages only himself."""
    from tests.cast import PASSWORD, make_user

    return make_user(home, "bob", path="/staff/", password=PASSWORD)


@pytest.fixture
def charlie(home):
    """Has nothing at all."""
    from tests.cast import make_user

    return make_user(home, "charlie")


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """A user as a console caller."""
    from users.callers.build import Origin, caller_for_user

    def build(user, **origin) -> Caller:
        fixed = {"source_ip": "127.0.0.1", "session_key": "s" * 32, "authenticated_at": timezone.now()}
        return caller_for_user(user, Origin(**{**fixed, **origin}))

    return build


@pytest.fixture
def client() -> Client:
    """A browser tab in the account of who signs in (tests/client.py)."""
    from tests.client import Client

    return Client()


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """Sign a test client in with a password, as the forms would."""
    from tests import sessions
    from tests.cast import PASSWORD

    def signed_in(client: Client, user, password: str = PASSWORD) -> Client:
        sessions.sign_in(client, user, password)
        return client

    return signed_in


# Fixtures of pytest-django's that open the database; ``django_db`` marks a test that asks for none of them.
DATABASE = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
}


def pytest_itemcollected(item: pytest.Item) -> None:
    """``-m database`` chooses the tests that can tell one database from another."""
    if item.get_closest_marker("django_db") or DATABASE.intersection(item.fixturenames):
        item.add_marker("database")


# Folders and files that take or wait long; begun last, one of them would keep the suite alone at its end.
LONG = (
    "browser",
    "start",
    "jobs",
    "sync",
    "test_odd_values",
    "test_odd_parameters",
    "growth",
    "test_deleted_meanwhile",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests begin first."""
    places = {name: place for place, name in enumerate(LONG)}
    last = len(LONG)
    items.sort(
        key=lambda item: min(places.get(name, last) for name in (item.path.stem, item.path.parent.name))
    )
