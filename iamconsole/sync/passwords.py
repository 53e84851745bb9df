"""Writing the mirror of console passwords: that there is one, and whether ours is still AWS's."""

from collections.abc import Mapping
from typing import Any

from credentials import sessions
from credentials.models import LoginProfile, PasswordHistory
from iamconsole.credential_report import Row
from iamconsole.sync import guard
from iamconsole.sync.mirror import Writing
from iamconsole.sync.rows import Rows
from users.models import User


def write(
    writing: Writing, rows: Rows, user: User, profile: Mapping[str, Any] | None, row: Row | None
) -> None:
    """That AWS has a console password. The password itself is usable here only if it was set here."""
    known = rows.profiles.get(user.pk)
    changed = row.password_last_changed if row else None
    rows.touched[user.pk] = user
    if profile is None:
        if known and not guard.too_fresh_to_remove(known.create_date, writing.snapshot.started):
            writing.changes.note(user, "console password", "set", "removed")
            known.delete()
            del rows.profiles[user.pk]
            PasswordHistory.objects.filter(user=user).delete()
            forget_password(user)
        return
    required = profile.get("PasswordResetRequired", False)
    if known is None:
        writing.changes.note(user, "console password", "", "set")
        rows.profiles[user.pk] = LoginProfile(
            user=user,
            create_date=profile["CreateDate"],
            password_last_changed=changed or profile["CreateDate"],
            password_reset_required=required,
        )
        rows.new_profiles.append(rows.profiles[user.pk])
        return
    if changed and changed > known.password_last_changed + guard.FRESH:
        # The password we have is no longer AWS's: it must not open this door either.
        writing.changes.note(user, "console password", "set", "changed")
        forget_password(user)
    newest = max(filter(None, (changed, known.password_last_changed)))
    if (newest, required) != (known.password_last_changed, known.password_reset_required):
        known.password_last_changed, known.password_reset_required = newest, required
        known.save(update_fields=["password_last_changed", "password_reset_required"])


def forget_password(user: User) -> None:
    """The password known here opens nothing any more, and sessions it opened end."""
    if user.has_usable_password():
        user.set_unusable_password()
        user.session_epoch += 1
        user.save(update_fields=["password", "session_epoch"])
        sessions.end_all(user)
