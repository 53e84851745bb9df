"""Each rule finds fault with whom it is true of, in a local and in an imported account, and with nobody else."""

import json
from collections import defaultdict
from datetime import timedelta

import pytest
from django.utils import timezone

from credentials import summary
from credentials.models import (
    AccessKey,
    LoginProfile,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from iamconsole.identifiers import access_key_id
from reports.findings.evaluation import evaluate
from reports.findings.rules import BY_ID, RULES
from reports.findings.standards import STANDARDS
from reports.models import Attestation, Finding, RuleResult
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from tests.credentials.key_texts import certificate
from users.models import (
    Group,
    InlinePolicy,
    ManagedPolicy,
    PasswordPolicy,
    PolicyAttachment,
    User,
)

EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*:*", "Resource": ["*"]}}
)
SERVICE = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["S3:*"], "Resource": "*"}]}
)
NARROW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
)
DENIED = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)


def ago(days: float):
    return timezone.now() - timedelta(days=days)


def person(
    account, name: str, *, age: float = 500, password: float | None = None, seen=None, mfa=False, **columns
):
    """A user created, given a password and seen so many days ago."""
    user = make_user(account, name)
    User.objects.filter(pk=user.pk).update(
        create_date=ago(age), password_last_used=None if seen is None else ago(seen), **columns
    )
    user.refresh_from_db()
    if password is not None:
        LoginProfile.objects.create(user=user, password_last_changed=ago(password))
    if mfa:
        VirtualMFADevice.objects.create(
            account=account, user=user, name=name, serial_number=account.arns.mfa("/", name)
        )
    summary.refresh(user)
    return user


def key(user, age: float, used: float | None = None, **columns) -> AccessKey:
    made = AccessKey.objects.create(
        user=user,
        slot=user.access_keys.count() + 1,
        access_key_id=access_key_id(),
        create_date=ago(age),
        last_used_date=None if used is None else ago(used),
        **{"owner": "platform", **columns},
    )
    summary.refresh(user)
    return made


def policy(account, name: str, document: str) -> ManagedPolicy:
    return ManagedPolicy.objects.create(
        account=account, arn=account.arns.policy("/", name), policy_name=name, document=document
    )


def faults(account) -> dict[str, set[str]]:
    """The names of the subjects by rule, and the rules whose subjects are not at fault left out."""
    evaluate([account])
    found = defaultdict(set)
    for rule, name, user in (
        Finding.objects.current().filter(account=account).values_list("rule", "name", "user_name")
    ):
        found[rule].add(name if not user or BY_ID[rule].kind in ("user", "password", "policy") else user)
    return dict(found)


def verdicts(account) -> dict[str, str]:
    return dict(RuleResult.objects.filter(account=account).values_list("rule", "verdict"))


@pytest.fixture
def strict(home):
    """A password policy with which no rule finds fault."""
    return PasswordPolicy.objects.create(
        account=home,
        minimum_password_length=14,
        require_symbols=True,
        require_numbers=True,
        require_uppercase_characters=True,
        require_lowercase_characters=True,
        max_password_age=90,
        password_reuse_prevention=24,
    )


@pytest.fixture
def good_root(home):
    """A root user with a hardware device who was not used for long."""
    root = User.objects.root_of(home)
    VirtualMFADevice.objects.create(
        account=home, user=root, name="root", serial_number=f"arn:aws:iam::{home.account_id}:u2f/root/key"
    )
    summary.refresh(root)
    return root


def test_users_and_passwords(home, strict, good_root):
    person(home, "fine", password=80, seen=1, mfa=True)
    person(home, "nomfa", password=80, seen=1)
    person(home, "idle", password=400, seen=91, mfa=True)
    person(home, "quiet", password=400, seen=46, mfa=True)
    person(home, "unseen", password=46, mfa=True)
    person(home, "fresh", age=13, password=13, mfa=True)
    person(home, "robot", password=10, seen=1, mfa=True, user_type="workload")
    key(person(home, "human", mfa=True, user_type="person"), 10, used=1, owner="")
    person(home, "nothing", age=15)
    person(home, "newborn", age=13)
    SSHPublicKey.objects.create(
        user=person(home, "git"), slot=1, ssh_public_key_id="APKA1", digest="1", upload_date=ago(364)
    )
    assert faults(home) == {
        "password-without-mfa": {"nomfa"},
        "user-without-mfa": {"nomfa", "nothing", "newborn", "git"},
        "password-unused-90": {"idle"},
        "password-unused-45": {"idle", "quiet", "unseen"},
        "workload-with-password": {"robot"},
        "person-with-access-keys": {"human"},
        "user-without-credentials": {"nothing"},
    }


def test_access_keys(home, strict, good_root):
    def holder(name, **columns):
        return person(home, name, mfa=True, **columns)

    key(holder("fine"), 89, used=1)
    key(holder("old"), 91, used=1)
    key(holder("unused"), 60)
    both = holder("both")
    key(both, 80, used=1)
    key(both, 1)
    key(holder("ownerless"), 20, used=1, owner="")
    key(holder("due"), 20, used=1, review_date=timezone.now().date())
    key(holder("later"), 20, used=1, review_date=timezone.now().date() + timedelta(days=1))
    key(holder("lost"), 1, status="Inactive", secret_lost=True)
    key(holder("together", age=20, password=20, seen=1), 20)
    key(holder("after", age=20.01, password=20, seen=1), 20)
    key(holder("inactive"), 500, used=400, status="Inactive")
    assert faults(home) == {
        "access-key-old": {"old"},
        "access-key-unused-45": {"unused"},
        "two-active-access-keys": {"both"},
        "access-key-without-owner": {"ownerless"},
        "access-key-review-due": {"due"},
        "access-key-secret-lost": {"lost"},
        "access-key-made-with-user": {"together"},
    }


def test_break_glass_users_are_judged_by_rules_of_their_own(home, strict, good_root):
    person(home, "kept", password=300, mfa=True, break_glass=True)
    person(home, "weak", password=300, break_glass=True)
    person(home, "stale", password=600, seen=365, mfa=True, break_glass=True)
    used = person(home, "used", password=600, seen=2, mfa=True, break_glass=True)
    person(home, "bare", break_glass=True, mfa=True)
    assert used.last_activity
    assert faults(home) == {
        "break-glass-without-mfa": {"weak"},
        "break-glass-not-tested": {"stale"},
        "break-glass-used": {"used"},
        "user-without-mfa": {"weak"},
    }


def test_policies(home, strict, good_root):
    group = Group.objects.create(account=home, group_name="ops", name_folded="ops", group_id="AGPA1")
    everything, _service, narrow = (
        policy(home, name, text)
        for name, text in (("everything", EVERYTHING), ("service", SERVICE), ("narrow", NARROW))
    )
    policy(home, "spare", EVERYTHING)
    policy(home, "denied", DENIED)
    PolicyAttachment.objects.create(policy=everything, group=group)
    PolicyAttachment.objects.create(policy=narrow, group=group)
    managed = make_user(home, "managed", policies=(ADMINISTRATOR_ACCESS,))
    inline = make_user(home, "inline")
    InlinePolicy.objects.create(user=inline, policy_name="All", name_folded="all", document=EVERYTHING)
    InlinePolicy.objects.create(
        group=group, policy_name="GroupAll", name_folded="groupall", document=EVERYTHING
    )
    InlinePolicy.objects.create(user=inline, policy_name="Some", name_folded="some", document=NARROW)
    found = faults(home)
    assert {rule: names for rule, names in found.items() if "policy" in rule or "attached" in rule} == {
        "policy-attached-directly": {"managed", "inline"},
        "administrator-access-attached-directly": {"managed"},
        "policy-full-access-attached": {"everything"},
        "policy-full-access-unattached": {"spare"},
        "policy-full-access-aws": {"AdministratorAccess"},
        "policy-full-access-inline": {"All", "GroupAll"},
        "policy-service-wildcard": {"service"},
    }
    sentences = {row.rule: BY_ID[row.rule].sentence(row) for row in Finding.objects.all()}
    assert sentences["policy-full-access-aws"].endswith("is attached to 1 user.")
    assert sentences["policy-service-wildcard"] == "It allows s3:*."
    assert managed.pk


def test_administrators(home, strict, good_root):
    for name, columns in {
        "safe": {"password": 5, "seen": 1, "mfa": True},
        "unsafe": {"password": 5, "seen": 1},
    }.items():
        person(home, name, **columns)
    key(person(home, "program"), 5, used=1)
    key(person(home, "mixed", password=5, seen=1, mfa=True), 5, used=1)
    everything = ManagedPolicy.objects.catalogue().get(arn=ADMINISTRATOR_ACCESS)
    for user in User.objects.people(home):
        PolicyAttachment.objects.create(policy=everything, user=user)
    found = faults(home)
    assert found["administrator-without-mfa"] == {"unsafe"}
    assert found["administrator-by-keys-only"] == {"program"}


@pytest.mark.parametrize("form", ["managed", "inline"])
def test_a_quarantined_user_comes_first(home, strict, good_root, form):
    user = make_user(home, "leaked")
    key(user, 5, used=1)
    if form == "managed":
        row = ManagedPolicy.objects.create(
            arn="arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV9",
            policy_name="AWSCompromisedKeyQuarantineV9",
            document=DENIED,
        )
        PolicyAttachment.objects.create(policy=row, user=user)
    else:
        name = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
        InlinePolicy.objects.create(user=user, policy_name=name, name_folded=name.lower(), document=DENIED)
    found = faults(home)
    assert found["user-quarantined"] == {"leaked"}
    assert "policy-attached-directly" not in found
    finding = Finding.objects.first()
    assert (finding.rule, finding.get_severity_display()) == ("user-quarantined", "Critical")
    assert "1 access key of the user is still active." in BY_ID[finding.rule].sentence(finding)


def test_certificates_and_service_credentials(home, strict, good_root):
    def holder(name):
        return person(home, name, mfa=True, password=5, seen=1)

    now = timezone.now()
    old, ended, young = holder("oldcert"), holder("endedcert"), holder("youngcert")
    body = certificate(days=-1)
    for user, age, text in ((old, 366, ""), (ended, 20, body), (young, 364, "")):
        SigningCertificate.objects.create(
            user=user, slot=1, certificate_id=f"CERT{user.pk}", upload_date=ago(age), body=text
        )
    for name, age in (("oldssh", 366), ("youngssh", 364)):
        SSHPublicKey.objects.create(
            user=holder(name), slot=1, ssh_public_key_id=f"APKA{name}", digest=name, upload_date=ago(age)
        )
    services = {
        "oldgit": ("codecommit.amazonaws.com", 91, None),
        "younggit": ("codecommit.amazonaws.com", 89, None),
        "endless": ("bedrock.amazonaws.com", 1, None),
        "ending": ("bedrock.amazonaws.com", 1, now + timedelta(days=1)),
        "ended": ("bedrock.amazonaws.com", 200, now - timedelta(days=1)),
    }
    for name, (service, age, end) in services.items():
        ServiceSpecificCredential.objects.create(
            user=holder(name), slot=1, service_name=service, credential_id=f"ACCA{name}", name=name,
            create_date=ago(age), expiration_date=end,
        )  # fmt: skip
    for name, left in (("gone", -1), ("soon", 29), ("fresh", 31)):
        ServerCertificate.objects.create(
            account=home, server_certificate_name=name, name_folded=name, server_certificate_id=f"ASCA{name}",
            expiration=now + timedelta(days=left),
        )  # fmt: skip
    assert faults(home) == {
        "signing-certificate-old": {"oldcert"},
        "signing-certificate-expired": {"endedcert"},
        "ssh-key-old": {"oldssh"},
        "service-credential-old": {"oldgit"},
        "service-credential-never-expires": {"endless"},
        "service-credential-expired": {"ended"},
        "server-certificate-expired": {"gone"},
        "server-certificate-expiring": {"soon"},
    }


def test_password_policies(home, good_root):
    weak = {name for name in BY_ID if name.startswith("password-policy-")}
    assert set(faults(home)) == weak
    assert {BY_ID[row.rule].sentence(row) for row in Finding.objects.all()} == {
        "The account has no password policy of its own. AWS then asks for 8 characters of three kinds."
    }
    row = PasswordPolicy.objects.create(
        account=home, minimum_password_length=13, require_numbers=True, password_reuse_prevention=23,
        max_password_age=91,
    )  # fmt: skip
    kinds = {f"password-policy-{kind}" for kind in ("uppercase", "lowercase", "symbol")}
    others = {"password-policy-length-14", "password-policy-reuse-24", "password-policy-expiry"}
    assert set(faults(home)) == kinds | others
    row.minimum_password_length, row.password_reuse_prevention, row.max_password_age = 7, 3, None
    row.save()
    assert set(faults(home)) == kinds | others | {"password-policy-length-8", "password-policy-reuse-4"}


@pytest.mark.parametrize(
    ("state", "expected", "not_applicable"),
    [
        ({}, {"root-mfa", "root-hardware-mfa"}, False),
        ({"mfa_count": 1, "mfa_kind": "virtual"}, {"root-hardware-mfa"}, False),
        ({"mfa_count": 1, "mfa_kind": "passkey"}, {"root-hardware-mfa"}, False),
        ({"mfa_count": 1, "mfa_kind": "u2f"}, set(), False),
        ({"mfa_count": 1, "mfa_kind": "hardware"}, set(), False),
        ({"password_enabled": False}, set(), True),
        (
            {"password_enabled": False, "access_key_count": 1, "active_key_count": 1},
            {"root-access-key", "root-mfa", "root-hardware-mfa"},
            False,
        ),
        ({"mfa_count": 1, "mfa_kind": "u2f", "last_activity": 6.9}, {"root-used"}, False),
        ({"mfa_count": 1, "mfa_kind": "u2f", "last_activity": 7.1}, set(), False),
    ],
)
def test_root(home, strict, state, expected, not_applicable):
    if "last_activity" in state:
        state = state | {"last_activity": ago(state["last_activity"])}
    User.objects.roots(home).update(**state)
    assert set(faults(home)) == expected
    assert (verdicts(home)["root-mfa"] == "not-applicable") is not_applicable


def test_an_inactive_key_of_root_is_not_as_bad(home, strict, good_root):
    User.objects.roots(home).update(access_key_count=1, active_key_count=0)
    assert faults(home) == {"root-access-key": {"root"}}
    assert Finding.objects.get().get_severity_display() == "Medium"


def test_attested_controls(home, strict, good_root):
    account = make_account("300000000001", kind="imported")
    evaluate([home, account])
    attested = {rule.id for rule in RULES if rule.attested}
    local = {verdicts(home)[rule] for rule in attested - {"cloud-shell-full-access"}}
    assert local == {"not-applicable"}
    assert verdicts(home)["cloud-shell-full-access"] == "pass"
    assert {verdicts(account)[rule] for rule in attested} == {"not-known"}

    today = timezone.now().date()
    words = {"text": "Looked.", "by_arn": "arn:aws:iam::1:user/alice", "account": account}
    for rule, holds, ends in (
        ("support-role", True, today),
        ("contact-details", False, today),
        ("security-contact", True, today - timedelta(days=1)),
    ):
        Attestation.objects.create(rule=rule, holds=holds, ends_on=ends, **words)
    found = faults(account)
    assert "contact-details" in found
    assert "support-role" not in found
    assert verdicts(account)["support-role"] == "pass"
    assert verdicts(account)["security-contact"] == "not-known"
    why = BY_ID["security-contact"].not_known([account])[account.pk].why
    assert why.startswith("This console cannot check it. The last attestation ended on ")
    Attestation.objects.create(rule="contact-details", holds=True, ends_on=today, **words)
    assert "contact-details" not in faults(account)
    Attestation.objects.update(withdrawn_at=timezone.now())
    faults(account)
    assert verdicts(account)["contact-details"] == "not-known"


def test_rules_are_what_registers_say():
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        assert all((rule.id, rule.title, rule.why)), rule
        assert {control.standard for control in rule.standards} <= set(STANDARDS), rule.id
        assert len(rule.id) <= 64
        assert not rule.title.endswith(".")
        assert not rule.acts_by or rule.acts_by.startswith("Update")
