"""Accounts of the console's own beside the home account: created and deleted (ARCHITECTURE 1)."""

from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import Call, Facts, lasts, operation
from users.accounts.operations.accounts import forget
from users.home import HomeOperation
from users.models import Account, User
from users.models.accounts import ACCOUNT_COLOURS

NOT_HOME = "The home account cannot be deleted. Its administrators manage all other accounts."
NOT_OURS = "Account {id} is not a local account. Unlink it, or remove the imported account."


@operation("iamconsole:CreateAccount")
class CreateAccount(HomeOperation):
    """An empty local account. Its root has no password: access comes from the home account's roles."""

    lasting = lasts.MADE
    creates = "AccountId"

    def check(self, call: Call) -> None:
        if Account.objects.filter(account_id=call.params["AccountId"]).exists():
            message = f"Account {call.params['AccountId']} already exists. Choose another ID."
            raise IamError("EntityAlreadyExists", message)

    def write(self, call: Call, facts: Facts) -> None:
        account_id = call.params["AccountId"]
        account = Account.objects.create(
            account_id=account_id,
            name=call.param("AccountName", ""),
            partition=call.caller.arns.partition,
            colour=Account.objects.count() % ACCOUNT_COLOURS + 1,
            created_at=call.now,
        )
        root = User(account=account, kind=User.Kind.ROOT, user_id=account_id, create_date=call.now)
        root.set_unusable_password()
        root.save(force_insert=True)


@operation("iamconsole:DeleteAccount")
class DeleteAccount(HomeOperation):
    """A local account with its users, groups, policies and credentials. Events stay."""

    lasting = lasts.DELETED

    def lock(self, call: Call) -> None:
        rows = Account.objects.select_for_update()
        call.account = rows.filter(account_id=call.params["AccountId"]).first()
        if call.account is None:
            raise IamError("NoSuchEntity", f"There is no account {call.params['AccountId']}.")

    def check(self, call: Call) -> None:
        if call.account.is_home:
            raise IamError("UnmodifiableEntity", NOT_HOME)
        if call.account.kind != Account.Kind.LOCAL:
            raise IamError("UnmodifiableEntity", NOT_OURS.format(id=call.account.account_id))
        if Job.objects.filter(account_id=call.account.account_id, state__in=Job.OPEN_STATES).exists():
            raise IamError(
                "DeleteConflict", "A job of this account is running. Wait for it or cancel it first."
            )

    def write(self, call: Call, facts: Facts) -> None:
        forget(call.account)
