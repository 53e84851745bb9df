"""What the console keeps of an access key beside IAM: who answers for it, and when to look again."""

from datetime import date

from credentials.access_keys.operations.access_keys import OneAccessKeyOperation
from credentials.models import AccessKey
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Undo, operation
from iamconsole.operations.door import READ_ONLY

NO_DAY = "{text} is not a date. Enter the review date as in 2027-01-31."


@operation("iamconsole:UpdateAccessKeyDetails")
class UpdateAccessKeyDetails(OneAccessKeyOperation):
    """Owner and review date; "" takes either away, what is left out stays. Nothing of it goes to AWS."""

    def undo(self, call: Call) -> Undo:
        key = AccessKey.objects.filter(access_key_id=call.params["AccessKeyId"]).first()
        if key is None:
            return None
        day = key.review_date.isoformat() if key.review_date else ""
        now = {"Owner": key.owner, "ReviewDate": day}
        back = {name: value for name, value in now.items() if call.params.get(name, value) != value}
        return [(self.name, {**call.params, **back})] if back else []

    def check(self, call: Call) -> None:
        if call.caller.read_only:
            raise IamError("UnmodifiableEntity", READ_ONLY)
        call.found["review_date"] = day_of(call.param("ReviewDate", ""))

    def write(self, call: Call, facts: Facts) -> None:
        key = call.found["key"]
        key.owner = call.param("Owner", key.owner)
        if "ReviewDate" in call.params:
            key.review_date = call.found["review_date"]
        key.save(update_fields=["owner", "review_date"])


def day_of(text: str) -> date | None:
    """The day of an ISO date, None for "". Raises IamError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise IamError("InvalidInput", NO_DAY.format(text=text)) from None
