"""Fills the database of a new installation, whose data folder and database are in the environment.

``python -m tests.faults.prepared`` prints what signs in, as JSON, and an address of every page.
"""

import json
import os
import sys

import django


def main() -> None:
    from django.conf import settings

    from iamconsole.supervisor import data_folder

    made_keys = data_folder.prepare(settings.DATA_DIR)
    if made_keys:  # which the settings read once
        os.execv(sys.executable, [sys.executable, "-m", "tests.faults.prepared"])  # noqa: S606
    django.setup()
    from django.core.management import call_command

    from iamconsole import sealed, static_files

    call_command("migrate", verbosity=0)
    static_files.publish()
    sealed.ensure()
    print(json.dumps(fill()))


def fill() -> dict[str, object]:
    """An administrator with an access key, and Charlie."""
    from iamconsole.operations import execute
    from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_account, make_user
    from tests.database import catalogue
    from tests.test_access_matrix import ACTIONS, PAGES, address
    from users.callers.build import Origin, caller_for_user

    catalogue.load()
    home = make_account(HOME_ID, name="main", alias="northwind", is_home=True)
    alice = make_user(home, "alice", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    charlie = make_user(home, "charlie")
    caller = caller_for_user(alice, Origin(channel="access-key"))
    key = execute(caller, "CreateAccessKey", UserName="alice")["AccessKey"]
    from django.urls import reverse

    from iamconsole.addresses import with_account

    def there(name: str) -> str:
        return with_account(address(name, charlie), HOME_ID)

    return {
        "account": HOME_ID,
        "user_name": "alice",
        "password": PASSWORD,
        "key": (key["AccessKeyId"], key["SecretAccessKey"]),
        "pages": {name: there(name) for name in PAGES},
        "actions": {name: there(name) for name in ACTIONS},
        "sign_in": reverse("credentials:sign-in"),
    }


if __name__ == "__main__":
    main()
