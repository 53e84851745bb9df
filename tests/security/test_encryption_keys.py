"""Keys for secrets at rest: changed while the console runs, and never mixed (SECURITY 3.6)."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from credentials.models import AccessKey, VirtualMFADevice
from iamconsole import checks, crypto, sealed, start
from iamconsole.models import Event, KeyCheck, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD
from tests.client import Client
from tests.credentials.authenticator import code, enrol

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def key(key_id, byte):
    return f"{key_id}:{base64.b64encode(byte * 32).decode()}"


OLD, NEW = key("t1", b"\x07"), key("t2", b"\x09")
FORGED = key("t1", b"\x66")  # the id of the old one, other bytes


def rotate(*options):
    """What the command printed, and whether its exit status was 0."""
    out = io.StringIO()
    try:
        call_command("rotate_encryption_key", *options, stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error), False
    return out.getvalue(), True


@pytest.fixture
def secrets(alice, bob, caller, settings):
    """A value in every column that this app seals, under the old key. Gives what they must open to."""
    settings.FIELD_KEYS = [OLD]
    sealed.ensure()
    made = execute(caller(alice), "CreateAccessKey", UserName="alice")["AccessKey"]["SecretAccessKey"]
    device = enrol(bob)
    row = OneTimeSecret.keep("credentials", "s" * 32, "one-time-Canary")
    return {"accesskey": made, "virtualmfadevice": device.seed(), "onetimesecret": row.reveal()}


def opened():
    """Every sealed value, opened with the ring of the moment."""
    found = {}
    for model, column in sealed.columns():
        for row in model.objects.exclude(**{column: ""}):
            if model is not KeyCheck:
                found[model._meta.model_name] = crypto.unseal(getattr(row, column), row.place)
    return found


def test_every_place_of_a_sealed_value_is_found():
    from django.apps import apps

    places = {model for model in apps.get_models() if hasattr(model, "place")}
    assert {model for model, _ in sealed.columns()} == places
    assert {AccessKey, VirtualMFADevice, OneTimeSecret, KeyCheck} <= places


def test_rotation_seals_everything_with_the_new_key(settings, secrets):
    settings.FIELD_KEYS = [NEW, OLD]
    text, fine = rotate("--check")
    assert not fine, "rows are under an old key"
    assert "t1: 3 values (old key)" in text
    assert "t2: 0 values (first key)" in text
    text, fine = rotate()
    assert fine
    assert "t2: 3 values (first key)" in text
    assert rotate("--check")[1]
    settings.FIELD_KEYS = [NEW]
    assert opened() == secrets
    sealed.verify()  # the check row of the old key went with its last value


def test_a_rotation_that_was_killed_goes_on(settings, secrets, monkeypatch):
    settings.FIELD_KEYS = [NEW, OLD]
    monkeypatch.setattr(sealed, "BATCH", 1)
    steps = sealed.reseal_all()
    assert next(steps) == (1, 0)
    steps.close()  # the process ends here
    assert sorted(key_id for key_id, _ in sealed.count()) == ["t1", "t1", "t2"]
    assert opened() == secrets, "in the middle both keys are needed, and everything opens"
    assert list(sealed.reseal_all()) == [(1, 0), (1, 0)], "only the rest is done"
    assert list(sealed.reseal_all()) == []
    settings.FIELD_KEYS = [NEW]
    assert opened() == secrets


def test_a_large_table_is_done_in_batches(settings, home, monkeypatch):
    settings.FIELD_KEYS = [OLD]
    for n in range(25):
        OneTimeSecret.keep("credentials", f"session {n}", f"text {n}")
    settings.FIELD_KEYS = [NEW, OLD]
    monkeypatch.setattr(sealed, "BATCH", 10)
    assert list(sealed.reseal_all()) == [(10, 0), (10, 0), (5, 0)]


def test_a_value_that_changes_meanwhile_is_not_undone(settings, secrets):
    """A running console seals anew what the rotation has just read: the newer one stays."""
    settings.FIELD_KEYS = [NEW, OLD]
    row = OneTimeSecret.objects.get()
    OneTimeSecret.objects.get().replace("changed meanwhile")
    assert sealed.reseal(row, "sealed") is False
    assert OneTimeSecret.objects.get().reveal() == "changed meanwhile"


def test_values_under_an_unknown_key_are_told_and_left_alone(settings, secrets):
    row = OneTimeSecret.objects.get()
    settings.FIELD_KEYS = [key("lost", b"\x55")]
    lost = crypto.seal("lost", row.place)
    OneTimeSecret.objects.update(sealed=lost)
    settings.FIELD_KEYS = [NEW, OLD]
    text, fine = rotate()
    assert not fine
    assert "unreadable: 1 values" in text
    assert "1 values do not open" in text
    assert not rotate("--check")[1]
    assert OneTimeSecret.objects.get().sealed == lost
    assert KeyCheck.objects.filter(key_id="t1").exists(), "no key is given free before that is settled"


def test_the_first_start_writes_the_check_row_and_the_second_finds_it(home):
    assert not KeyCheck.objects.exists()
    start.sealed.ensure()
    sealed.ensure()
    assert [row.key_id for row in KeyCheck.objects.all()] == ["t1"]


@pytest.mark.parametrize("ring", [[FORGED], [NEW], [NEW, FORGED]])
def test_a_wrong_or_missing_key_is_refused_and_nothing_is_written(settings, secrets, ring):
    settings.FIELD_KEYS = ring
    with pytest.raises(sealed.WrongKey, match="do not fit this database"):
        sealed.ensure()
    assert [row.key_id for row in KeyCheck.objects.all()] == ["t1"]
    assert not rotate()[1]
    (error,) = checks.keys_of_the_database(None, databases=["default"])
    assert (error.id, bool(error.hint)) == ("iamconsole.E007", True)


def test_an_installation_from_before_the_check_rows_is_looked_at_too(settings, secrets):
    KeyCheck.objects.all().delete()
    settings.FIELD_KEYS = [FORGED]
    with pytest.raises(sealed.WrongKey):
        sealed.ensure()
    assert not KeyCheck.objects.exists()
    settings.FIELD_KEYS = [OLD]
    sealed.ensure()
    assert KeyCheck.objects.get().key_id == "t1"


def test_the_checks_are_silent_where_keys_fit_or_no_database_is_meant(settings, secrets):
    assert checks.keys_of_the_database(None, databases=["default"]) == []
    settings.FIELD_KEYS = [FORGED]
    assert checks.keys_of_the_database(None, databases=None) == []


def test_another_key_under_an_id_that_was_used_is_refused(settings, secrets):
    """A second ring that opens the old values and forges the newest key would mix two keys in one id."""
    settings.FIELD_KEYS = [NEW, OLD]
    sealed.ensure()
    settings.FIELD_KEYS = [key("t2", b"\x44"), OLD]
    with pytest.raises(sealed.WrongKey):
        sealed.ensure()


@pytest.mark.processes
def test_web_worker_and_start_refuse_the_wrong_key(tmp_path):
    """The real processes, on a data folder whose key file was replaced."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "IAMCONSOLE_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "iamconsole.settings", "SECRET_KEY": "w" * 60,
        "REDIS_URL": f"redis+socket://{tmp_path}/none.sock", "PORT": "1",
    }  # fmt: skip

    def run(ring, *command):
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env={**environment, "IAMCONSOLE_FIELD_KEYS": ring}, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip

    assert run(OLD, "manage.py", "migrate", "-v", "0").returncode == 0
    web = ("-c", "import iamconsole.wsgi")
    assert run(OLD, *web).returncode == 0, "the first start writes the check row"
    for command in (web, ("-m", "celery", "-A", "iamconsole.celery", "worker", "--pool", "threads"),
                    ("manage.py", "check", "--database", "default")):  # fmt: skip
        ended = run(FORGED, *command)
        assert ended.returncode != 0, command
        assert "do not fit this database" in ended.stdout + ended.stderr, command
        assert "Traceback" not in ended.stderr, command


def swap():
    """Exchange two sealed values, as somebody with the database but without the keys could."""
    first, second = AccessKey.objects.order_by("pk")[:2]
    AccessKey.objects.filter(pk=first.pk).update(sealed_secret=second.sealed_secret)
    AccessKey.objects.filter(pk=second.pk).update(sealed_secret=first.sealed_secret)


def test_swapped_values_do_not_open(alice, bob, caller):
    for name in ("alice", "bob"):
        execute(caller(alice), "CreateAccessKey", UserName=name)
    swap()
    for row in AccessKey.objects.all():
        with pytest.raises(crypto.KeyRingError, match="does not belong"):
            crypto.unseal(row.sealed_secret, row.place)
    assert sum(n for (key_id, _), n in sealed.count().items() if key_id == sealed.UNREADABLE) == 2
    assert not rotate("--check")[1]


def test_a_moved_one_time_secret_is_a_clear_page_and_an_event(client, alice, bob, sign_in):
    sign_in(client, bob)
    show = json.dumps(
        {"title": "t", "done_url": "/", "users": [{"user_name": "bob", "password": "x-Canary-1"}]}
    )
    foreign = OneTimeSecret.keep("credentials", "another session", show)
    own = OneTimeSecret.keep("credentials", client.session.session_key, "{}")
    OneTimeSecret.objects.filter(pk=own.pk).update(sealed=foreign.sealed)
    answer = client.get(f"/secrets/{own.pk}/")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "A stored secret does not open" in text
    assert "x-Canary-1" not in text
    event = Event.objects.get(action="iamconsole:OpenSecret")
    assert (event.principal_arn, event.outcome) == (bob.arn, "failed")
    assert "does not belong where it was found" in event.message


def test_a_moved_seed_lets_nobody_in(alice, bob):
    """Whoever moves the seed of a phone in hand to another person's device has no second factor."""
    mine, theirs = enrol(alice, "mine"), enrol(bob, "theirs")
    VirtualMFADevice.objects.filter(pk=theirs.pk).update(sealed_seed=mine.sealed_seed)
    client = Client()
    client.post("/signin/", {"account": HOME_ID, "user_name": "bob", "password": PASSWORD})
    answer = client.post("/signin/mfa/", {"code": code(mine)})
    assert answer.status_code == 409
    assert "A stored secret does not open" in answer.content.decode()
    assert client.get("/me/").status_code == 302
    failed = Event.objects.filter(action="iamconsole:SignIn", outcome="failed", resource=bob.arn)
    assert [event.detail["Reason"] for event in failed] == ["mfa-unreadable"]


@pytest.mark.parametrize(
    "value", ["", "v1", "v1.t1.x.y", "v1.t1..", "v9.t1.AAAA.AAAA", "v1.t1.é.é", "a.b.c.d.e"]
)
def test_what_is_no_sealed_value_is_refused_like_a_moved_one(value):
    with pytest.raises(crypto.KeyRingError):
        crypto.unseal(value, "accesskey|x|1")
