"""Writing the mirror of console passwords: that there is one, and whether ours is still AWS's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from credentials.mirror_rows import Rows
from credentials.models import LoginProfile, PasswordHistory
from credentials.sessions import rows as sessions
from iamconsole.credential_report import Row
from iamconsole.errors import IamError
from iamconsole.sync import guard
from iamconsole.sync.ask import Asker
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, Detail, Mirror, Question
from iamconsole.sync.plan import Listing
from iamconsole.sync.told import GIVEN, Told
from users.models import User


class KnownPasswords(dict[str, datetime]):
    """When each password was last changed, by unique ID of the user."""

    @classmethod
    def of(cls, known: Known) -> "KnownPasswords":
        profiles = LoginProfile.objects.filter(user__account=known.account).order_by()
        return cls(profiles.values_list("user__user_id", "password_last_changed"))


class AskForPassword(Question):
    def differs(self, known: Known, listing: Listing, user_id: str, row: Row) -> bool:
        """Whether there is one where there was none, the other way round, or a newer one."""
        changed = known.part(KnownPasswords).get(user_id)
        if changed is None or not row.password_enabled:
            return row.password_enabled != (changed is not None)
        return row.password_last_changed is not None and row.password_last_changed > changed

    def changes_unseen(self, known: Known, user_id: str) -> bool:
        """No list has ``PasswordResetRequired``."""
        return user_id in known.part(KnownPasswords)

    def ask(self, asker: Asker, user: Detail, answers: Answers) -> dict[str, Any] | None:
        """The password's facts, or None where AWS says that there is none."""
        try:
            profile: dict[str, Any] = asker.read(self.action, UserName=user["UserName"])[self.member]
            return profile
        except IamError as error:
            if error.code == "NoSuchEntity":
                return None
            raise


class Passwords(Mirror):
    name = "passwords"
    after = ("users",)
    questions = (AskForPassword("profile", "GetLoginProfile", "LoginProfile"),)
    known = (KnownPasswords,)
    told = (
        Told(
            LoginProfile,
            "LoginProfile",
            {"user": GIVEN},
            thing=lambda row: row.user,
            label="Console password",
        ),
    )

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        if "profile" in answers:
            write(writing, writing.part(Rows), user, answers["profile"], writing.snapshot.row(detail))

    def forget_users(self, keys: Sequence[int]) -> None:
        LoginProfile.objects.filter(user__in=keys).delete()


def write(
    writing: MirrorWrite, rows: Rows, user: User, profile: Mapping[str, Any] | None, row: Row | None
) -> None:
    """That AWS has a console password. The password itself is usable here only if it was set here."""
    known = rows.profiles.get(user.pk)
    changed = row.password_last_changed if row else None
    rows.touched[user.pk] = user
    if profile is None:
        if known and not guard.too_fresh_to_remove(known.create_date, writing.snapshot.started):
            writing.remove(known)
            del rows.profiles[user.pk]
            PasswordHistory.objects.filter(user=user).delete()
            forget_password(user)
        return
    required = profile.get("PasswordResetRequired", False)
    if known is None:
        rows.profiles[user.pk] = LoginProfile(
            user=user,
            create_date=profile["CreateDate"],
            password_last_changed=changed or profile["CreateDate"],
            password_reset_required=required,
        )
        writing.changes.made(rows.profiles[user.pk])
        rows.new_profiles.append(rows.profiles[user.pk])
        return
    values: dict[str, Any] = {"password_reset_required": required}
    if abs(profile["CreateDate"] - known.create_date) > guard.FRESH:
        values["create_date"] = profile["CreateDate"]
    changed = max(filter(None, (changed, profile["CreateDate"])))
    if changed > known.password_last_changed + guard.FRESH:
        # The password we have is no longer AWS's: it must not open this door either.
        values["password_last_changed"] = changed
        forget_password(user)
    writing.save(known, values)
    if changed and changed > known.password_last_changed:
        # AWS's clock says it of the password that was set here: that is no news.
        known.password_last_changed = changed
        known.save(update_fields=["password_last_changed"])


def forget_password(user: User) -> None:
    """The password known here opens nothing any more, and sessions it opened end."""
    if user.has_usable_password():
        user.set_unusable_password()
        user.session_epoch += 1
        user.save(update_fields=["password", "session_epoch"])
        sessions.end_all(user)
