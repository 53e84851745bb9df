"""What the pages of credentials have in the frame; registered by ``CredentialsConfig.ready``."""

from credentials import search as found
from credentials.access_keys import reading as access_key_list
from credentials.mfa import device_list
from iamconsole import search
from iamconsole.addresses import reverse
from iamconsole.frame import Entry, MenuEntry, Notice, Viewer, add_entries, add_menu_entries, add_notice
from users.callers.administrators import somebody_administers
from users.callers.mfa_requirement import is_held
from users.models import HiddenPart

MFA_WANTED = (
    "MFA is required. Until you sign in with MFA, you can only assign a device and change your password."
)
MFA_NOT_USED = (
    "MFA is required, but you signed in without it. Sign out, then sign in with the code of your device."
)
ROOT_ONLY = "Root is for emergencies. Create an administrator for daily work."


def may_list_devices(viewer: Viewer) -> bool:
    caller = viewer.caller
    return all(caller.permits(*asked) for asked in device_list.needs(caller)) and not caller.read_only


def may_list_keys(viewer: Viewer) -> bool:
    return access_key_list.may_list(viewer.caller)


def may_list_certificates(viewer: Viewer) -> bool:
    """A credential report tells nothing of them."""
    return not viewer.caller.read_only and viewer.caller.permits("iam:ListServerCertificates")


def administrator_wanted(viewer: Viewer) -> Notice | None:
    """Root should not be needed for daily work. The first page has it among the first steps."""
    if viewer.caller.kind != "root" or viewer.path == "/" or somebody_administers(viewer.acting_account):
        return None
    if HiddenPart.is_hidden(viewer.user, HiddenPart.Part.ROOT_NOTICE):
        return None
    return Notice(
        "info",
        ROOT_ONLY,
        f"{reverse('credentials:create-user')}?for=administrator",
        "Create administrator",
        hide_url=reverse("users:hide-part", args=[HiddenPart.Part.ROOT_NOTICE]),
    )


def mfa_wanted(viewer: Viewer) -> Notice | None:
    """What somebody can do who is held up for want of MFA."""
    if not is_held(viewer.caller.identity, mfa=bool(viewer.caller.mfa_at)):
        return None
    if viewer.user.mfa_count:
        return Notice("warning", MFA_NOT_USED)
    return Notice("warning", MFA_WANTED, reverse("credentials:assign-mfa-device"), "Assign MFA device")


def register() -> None:
    add_entries(
        Entry(
            "own",
            10,
            "Security credentials",
            "credentials:my-security-credentials",
            "key-round",
            "/me/",
            audience="others",
        ),
        Entry(
            "access",
            25,
            "Access keys",
            "credentials:access-keys",
            "key",
            "/access-keys/",
            shown=may_list_keys,
        ),
        Entry(
            "access",
            30,
            "MFA devices",
            "credentials:mfa-devices",
            "smartphone",
            "/mfa-devices/",
            shown=may_list_devices,
        ),
        Entry(
            "access",
            60,
            "Server certificates",
            "credentials:server-certificates",
            "file-badge",
            "/server-certificates/",
            shown=may_list_certificates,
        ),
        Entry(
            "access",
            70,
            "Account settings",
            "credentials:account-settings",
            "settings",
            "/account/",
            shown=lambda viewer: viewer.caller.permits("iam:GetAccountSummary"),
        ),
    )
    add_menu_entries(
        MenuEntry(10, "My security credentials", "credentials:my-security-credentials", "key-round"),
        MenuEntry(20, "Sign out", "credentials:sign-out", "log-out", post=True),
    )
    search.register(*found.SOURCES)
    search.add_actions(*found.ACTIONS)
    add_notice(20, administrator_wanted)
    add_notice(30, mfa_wanted)
