"""The access key that the link of an account signs with: the link gets the new one, and nobody sees it.

The new key is made with the old one. AWS is asked who it is (UpdateLink), which some seconds after its
creation may be answered with InvalidClientTokenId: that is AWS's delay. The old one goes only after a sync
with the new one.
"""

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.models.rotations import State
from credentials.rotation import looking, starters
from iamconsole import crypto
from iamconsole.errors import IamError
from iamconsole.operations import Step, execute
from iamconsole.operations.door import execute_step
from users.models import AccountLink

if TYPE_CHECKING:
    from credentials.rotation.run import Run

NOT_KNOWN_YET = "InvalidClientTokenId"
DELAY = timedelta(minutes=10)  # after so long it is no delay anymore
AGAIN = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=3))
REFUSED = (
    "AWS does not let this console in with the new key {key}: {why} The link still uses the old key. Cancel "
    "this rotation and delete the new key, then start again."
)
OTHER_KEY = (
    "The link of this account uses neither the old nor the new key by now: somebody gave it another one. "
    "Cancel this rotation, and delete the keys that are not needed anymore."
)
SYNC_FAILED = "The sync with the new key failed: {why} The old key stays until a sync has succeeded."


def switch(run: "Run") -> bool:
    """Have the link sign with the new key, once AWS knows it."""
    rotation = run.rotation
    link = AccountLink.objects.get(account__account_id=rotation.account_id)
    if link.access_key_id == rotation.new_id:
        return run.go(State.NEW_USE, sealed_secret="")
    if link.access_key_id != rotation.old_id:
        return run.hold(OTHER_KEY)
    secret = crypto.unseal(rotation.sealed_secret, rotation.place)
    params = {
        "AccountId": rotation.account_id,
        "Method": "key",
        "AccessKeyId": rotation.new_id,
        "SecretAccessKey": secret,
    }
    then = run.moved(State.NEW_USE, sealed_secret="")
    try:
        execute_step(
            starters.home_caller_of(rotation),
            Step("iamconsole:UpdateLink", params),
            lambda facts: run.write(**then),
        )
    except IamError as error:
        if error.code != NOT_KNOWN_YET:
            raise
        return not_yet(run, error)
    run.seen = rotation.state, rotation.state_since
    return True


def not_yet(run: "Run", error: IamError) -> bool:
    """AWS does not know the new key yet; after minutes that is no delay anymore."""
    rotation = run.rotation
    rotation.refresh_from_db()
    if run.now - rotation.state_since > DELAY:
        return run.hold(REFUSED.format(key=rotation.new_id, why=error.message))
    again = AGAIN[min(rotation.looks, len(AGAIN) - 1)]
    return run.wait(run.now + again, looks=rotation.looks + 1)


def wait_for_sync(run: "Run") -> bool:
    """Wait for a sync that succeeded after the link had the new key; one is started."""
    rotation = run.rotation
    link = AccountLink.objects.get(account__account_id=rotation.account_id)
    if link.access_key_id != rotation.new_id:
        return run.hold(OTHER_KEY)
    if link.synced_at and link.synced_at > rotation.state_since:
        if not link.sync_error:
            return run.go(State.OLD_QUIET, new_used_at=link.synced_at, new_read_at=link.synced_at)
        return run.hold(SYNC_FAILED.format(why=link.sync_error), run.now + looking.PAUSES[1])
    if rotation.looks == 0:
        with suppress(IamError):  # one is running, or the person cannot start one: the schedule does
            execute(run.caller, "iamconsole:SyncAccount")
    return run.wait(run.now + looking.pause(rotation.looks), looks=rotation.looks + 1)
