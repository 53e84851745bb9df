"""What to do after the first start, each step with whether it is done, and how the installation is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from credentials.models import Notice
from credentials.notices import mails
from iamconsole.addresses import reverse
from iamconsole.jobs import stuck
from iamconsole.models import Event, Job
from users import credential_status
from users.callers.administrators import somebody_administers
from users.models import Account, LoadedCatalogue, ManagedPolicy, User

TEST_MAIL = "iamconsole:SendTestMail"
OWN_TEST_MAIL = "iamconsole:RequestTestMail"
NO_MAIL = "Mails are only printed to the log now. Set EMAIL_URL, then run manage.py send_test_mail."
UNTESTED = "A mail server is set. Send yourself a mail to try it."
NO_ADDRESS = "A mail server is set. Add an e-mail address to your user, then send yourself a mail."
DEFAULT_RULES = "Now the IAM default applies: at least 8 characters of 3 of 4 kinds, never expires."


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One line of the checklist; ``label`` and ``url`` are its button, where there is one, which leads
    there or ``sends`` a POST.
    """

    title: str
    detail: str
    done: bool
    label: str = ""
    url: str = ""
    icon: str = ""
    sends: bool = False


def checklist(person: User, account: Account) -> dict[str, Any]:
    """The steps, how many are done, and the first that is not."""
    steps = list(steps_of(person, account))
    return {
        "steps": steps,
        "done": sum(step.done for step in steps),
        "next": next((step for step in steps if not step.done), None),
    }


def steps_of(person: User, account: Account) -> Iterator[FirstStep]:
    """Those of the account, then those of the installation, which the home account has."""
    yield from root_steps(person, account)
    yield FirstStep(
        "Create an administrator for yourself",
        "A user with AdministratorAccess. Root is for emergencies.",
        somebody_administers(account),
        "Create administrator",
        f"{reverse('credentials:create-user')}?for=administrator",
    )
    if account.is_home:
        yield FirstStep(
            "Bring in your AWS users",
            "Link an account to manage it here. Linking changes nothing in AWS.",
            Account.objects.filter(kind=Account.Kind.LINKED).exists(),
            "Link AWS account",
            reverse("users:link-account"),
            "link",
        )
    if not account.not_known["password_policy"]:
        done = hasattr(account, "password_policy")
        detail = "A custom policy applies." if done else DEFAULT_RULES
        address = reverse("credentials:password-policy")
        yield FirstStep("Set the password policy", detail, done, "Edit policy", address)
    if account.is_home:
        yield mail_step(person)
        yield policies_step(account)


def root_steps(person: User, account: Account) -> Iterator[FirstStep]:
    """Root's password, where it is ours, and its device."""
    root = User.objects.select_related("login_profile").roots(account).first()
    profile = getattr(root, "login_profile", None)
    if profile and account.kind == Account.Kind.LOCAL:
        done = not profile.password_reset_required
        yield FirstStep("Change the one-time root password", "Only you know the new one.", done)
    if root and (account.kind == Account.Kind.LOCAL or credential_status.can_act(root)):
        yield FirstStep(
            "Protect root with MFA",
            "An authenticator app or a passkey, needed at each sign-in.",
            root.mfa_count > 0,
            "Assign MFA device" if person.is_root else "",
            reverse("credentials:assign-mfa-device"),
        )


def mail_step(person: User) -> FirstStep:
    """Done when a mail server took a mail: a test, or a notice. Until then it says how the last test went."""
    title = "Send a test mail"
    if not settings.EMAIL_IS_SENT:
        return FirstStep(title, NO_MAIL, done=False)
    took_one = (
        Event.objects.filter(action=TEST_MAIL, outcome=Event.Outcome.ALLOWED).exists()
        or Notice.objects.filter(state=Notice.State.SENT).exists()
    )
    if took_one:
        return FirstStep(title, "The mail server takes mails.", done=True)
    if not person.email:
        address = reverse("credentials:own-email-address")
        return FirstStep(title, NO_ADDRESS, False, "Add e-mail address", address)
    last = Notice.objects.filter(operation=OWN_TEST_MAIL).order_by("-event__at").first()
    address = reverse("credentials:request-test-mail")
    return FirstStep(title, state_of(last), False, "Send test mail", address, "mail", sends=True)


def state_of(test: Notice | None) -> str:
    """How the last test mail went, which no mail server has taken."""
    if test is None:
        return UNTESTED
    if test.state == Notice.State.PRINTED:
        return f"{test.get_state_display()}. Start the workers with the same EMAIL_URL."
    if test.error:
        again = "This console tries again." if test.state == Notice.State.WAITING else "Check EMAIL_URL."
        return f"The mail to {test.address} was not sent: {test.error}. {again}"
    return f"The mail to {test.address} waits to be sent. Load this page again to see whether it was."


def policies_step(account: Account) -> FirstStep:
    """The catalogue that ships; newer policies of AWS's are loaded by a command."""
    count = ManagedPolicy.objects.catalogue().count()
    detail = f"{count:,} policies. For newer ones run manage.py load_managed_policies."
    return FirstStep(
        "Load the AWS managed policies", detail, count > 0, "Show policies", reverse("users:policies")
    )


def health(account: Account) -> dict[str, object]:
    """How the parts of the installation are, for the home page."""
    finished = Job.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    loaded = LoadedCatalogue.objects.filter(partition=account.partition).first()
    return {
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "queue": "Redis" if settings.REDIS_URL else "Embedded Valkey",
        "last_job": finished,
        "waiting": Job.objects.filter(state=Job.State.WAITING).count(),
        "stuck": stuck().exists(),
        "mail": mails.trouble(account),
        "version": settings.VERSION,
        "policies": ManagedPolicy.objects.catalogue().count(),
        "policies_file": loaded.file if loaded else "",
    }
