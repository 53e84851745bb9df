"""What the console keeps of a user beside IAM: person or program, and an address for notifications."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email

from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.door import READ_ONLY
from iamconsole.operations.news import News
from users.lookups import lock_user, user_resources
from users.models import User

UNSET = "unset"
NO_ADDRESS = "{text} is not an e-mail address. Enter a name, an @ and a domain: ana@example.com."


def address_changed(event: Event) -> bool:
    """Whether there is an address that is not the address any more, or was replaced for the time being."""
    before = event.detail.get("EmailAddressBefore")
    return bool(before) and before != event.detail.get("EmailAddress")


@operation("iamconsole:UpdateUserProfile")
class UpdateUserProfile(Operation):
    """Nothing of it goes to AWS. The condition keys tell what is set, so that a policy can let users
    set their own address and not their own type.

    An address that users set for themselves counts once they have confirmed it
    (``credentials.email_addresses.operations``); an administrator's word is taken.
    """

    own_user_by_default = True
    notice = News(
        "The e-mail address was changed or removed, or a new one was entered",
        address_changed,
        to="EmailAddressBefore",
    )

    def undo(self, call: Call) -> Undo:
        """Of a user that the same work makes, it goes with the user. An address that waits, or will wait, to
        be confirmed does not come back.
        """
        name = call.params["UserName"]
        if ("UserName", name.lower()) in call.planned:
            return []
        user = User.objects.people(call.account_id).with_name(name).first()
        waits = user and (user.unconfirmed_email or call.caller.user_id == user.user_id)
        if user is None or ("EmailAddress" in call.params and waits):
            return None
        now = {"UserType": user.user_type or UNSET, "EmailAddress": user.email}
        back = {key: value for key, value in now.items() if call.params.get(key, value) != value}
        return [(self.name, {"UserName": name, **back})] if back else []

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        return {f"iamconsole:{name}": call.params[name] for name in SETS if name in call.params}

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)
        if text := call.param("EmailAddress"):
            try:
                validate_email(text)
            except DjangoValidationError:
                raise IamError("InvalidInput", NO_ADDRESS.format(text=text)) from None

    def write(self, call: Call, facts: Facts) -> None:
        user = call.user
        if kind := call.param("UserType"):
            user.user_type = "" if kind == UNSET else kind
        call.found["email_before"] = user.email
        if "EmailAddress" in call.params:
            set_address(user, call.params["EmailAddress"], own=call.caller.user_id == user.user_id)
        user.save(update_fields=["user_type", "email", "unconfirmed_email"])

    def detail(self, call: Call, facts: Facts) -> Mapping[str, Any]:
        """The address that was replaced, which is told of it (``credentials.notices.mails``)."""
        if "EmailAddress" not in call.params:
            return {}
        return {
            "EmailAddressBefore": call.found["email_before"],
            "Confirmed": not call.user.unconfirmed_email,
        }


def set_address(user: User, address: str, *, own: bool) -> None:
    """Put the address on the user, without saving: at once, or to be confirmed where it is its own wish."""
    if own and address and address != user.email:
        user.unconfirmed_email = address
    else:
        user.email, user.unconfirmed_email = address, ""


SETS = ("UserType", "EmailAddress")


@operation("iamconsole:SetBreakGlass")
class SetBreakGlass(Operation):
    """Mark a user as kept for emergencies: rules of its own judge it, not those about everyday use. Known to
    the console only.
    """

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def undo(self, call: Call) -> Undo:
        user = User.objects.people(call.account_id).with_name(call.params["UserName"]).first()
        if user is None or user.break_glass == call.params["BreakGlass"]:
            return []
        return [(self.name, {**call.params, "BreakGlass": user.break_glass})]

    def lock(self, call: Call) -> None:
        lock_user(call)

    def write(self, call: Call, facts: Facts) -> None:
        call.user.break_glass = call.params["BreakGlass"]
        call.user.save(update_fields=["break_glass"])
