"""Sealed values open only with the right key, in the right place."""

import base64

import pytest

from iamconsole import crypto


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
