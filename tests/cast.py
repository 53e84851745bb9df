"""The fixed cast: Alice administers, Bob manages only himself, Charlie has no policy."""

from django.utils import timezone

from credentials import summary
from credentials.models import LoginProfile, PasswordHistory
from credentials.passwords import rules as passwords
from users.models import Account, ManagedPolicy, PolicyAttachment, User

PASSWORD = "correct-Horse-7-battery"
ROOT_EMAIL = "root@example.com"
HOME_ID = "100000000001"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

_hashes: dict[str, str] = {}


def hashed(password: str) -> str:
    """One Argon2 hash per password for the whole run: hashing is slow by design."""
    if password not in _hashes:
        _hashes[password] = passwords.hashed(password)
    return _hashes[password]


def make_account(account_id: str = HOME_ID, **fields: object) -> Account:
    """An account with a root user who has a password."""
    account = Account.objects.create(account_id=account_id, **fields)
    root = User(
        account=account, kind=User.Kind.ROOT, user_id=account_id, email=f"root-{account_id}@example.com"
    )
    if account.is_home:
        root.email = ROOT_EMAIL
    save(root, PASSWORD)
    return account


def make_user(
    account: Account, name: str, *, path: str = "/", password: str = "", policies: tuple[str, ...] = ()
) -> User:
    """An IAM user with an optional password and attached managed policies."""
    user = User(
        account=account,
        user_name=name,
        name_folded=name.lower(),
        path=path,
        user_id=f"AIDA{account.account_id[-4:]}{name.upper().replace('.', '')[:12]:X<13}",
    )
    save(user, password)
    if policies:  # a search costs as much as the user
        known = ManagedPolicy.objects.known_to(account.account_id)
        for arn in policies:
            PolicyAttachment.objects.create(user=user, policy=known.get(arn=arn))
    return user


def save(user: User, password: str) -> None:
    """Save a new user, with a password unless it is "": the rows of ``give_password`` by fewer queries."""
    if not password:
        user.set_unusable_password()
        user.save()
        return
    now = timezone.now()
    profile = LoginProfile(create_date=now, password_last_changed=now)
    summary.fill(user, profile, [], [])
    user.password, user.token_epoch = hashed(password), 1
    user.save()
    profile.user = user
    profile.save()
    PasswordHistory.objects.create(user=user, password=user.password, since=now)


def give_password(user: User, password: str = PASSWORD, *, reset_required: bool = False) -> None:
    """A console password, as CreateLoginProfile would write it."""
    passwords.set_password(user, hashed(password), timezone.now(), reset_required=reset_required)
    summary.refresh(user)
