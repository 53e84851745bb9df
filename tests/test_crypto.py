"""Sealed values open only with the right key, in the right place."""

import base64
import io

import pytest
from django.core.management import call_command

from iamconsole import crypto

NEW = "t2:" + base64.b64encode(b"\x09" * 32).decode()


def test_a_value_comes_back():
    assert crypto.unseal(crypto.seal("hemlig ö", "accesskey|x|1"), "accesskey|x|1") == "hemlig ö"


def test_a_value_moved_to_another_row_does_not_open():
    with pytest.raises(crypto.KeyRingError, match="does not belong"):
        crypto.unseal(crypto.seal("secret", "accesskey|x|1"), "accesskey|x|2")


def test_a_changed_value_does_not_open():
    sealed = crypto.seal("secret", "a")
    with pytest.raises(crypto.KeyRingError):
        crypto.unseal(sealed[:-4] + ("AAAA" if not sealed.endswith("AAAA") else "BBBB"), "a")


@pytest.mark.parametrize("keys", [[], ["k1"], ["k1:short"], ["k1:" + base64.b64encode(b"x").decode()]])
def test_a_bad_key_ring_is_named(settings, keys):
    settings.FIELD_KEYS = keys
    with pytest.raises(crypto.KeyRingError):
        crypto.key_ring()


def test_rotation_seals_everything_with_the_new_key(db, settings, alice, caller):
    from credentials.models import AccessKey
    from iamconsole.operations import execute

    secret = execute(caller(alice), "CreateAccessKey", UserName="alice")["AccessKey"]["SecretAccessKey"]
    old = list(settings.FIELD_KEYS)
    settings.FIELD_KEYS = [NEW, *old]
    out = io.StringIO()
    call_command("rotate_field_keys", stdout=out)
    assert "t2: 1 values" in out.getvalue()
    settings.FIELD_KEYS = [NEW]
    key = AccessKey.objects.get()
    assert crypto.unseal(key.sealed_secret, key.place) == secret
