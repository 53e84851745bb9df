"""Many accounts at once: a CSV file that is checked as a whole."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from iamconsole import jobs
from iamconsole.errors import AccessDenied
from iamconsole.models import Event, Job
from tests.cast import PASSWORD, make_user
from users.accounts import bulk_linking
from users.accounts.bulk_linking import BadRows, NewAccount, read_csv
from users.models import AccountLink

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "account_id,name,role_arn,external_id\n"


def line(account_id: str, name: str = "", external_id: str = "", role: str = "IamConsole") -> str:
    return f"{account_id},{name},arn:aws:iam::{account_id}:role/{role},{external_id}\n"


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def run_job() -> dict[str, tuple[str, str]]:
    """The results of the linking job, by account."""
    job = Job.objects.get(kind="link-accounts")
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", job.error
    return {row.key: (row.state, row.message) for row in job.rows.all()}


def test_a_file_is_linked_with_a_result_per_account(as_alice, aws):
    rows = HEADER + line("111111111111", "Payments, EU".replace(",", ""), "x-1") + line("222222222222")
    file = SimpleUploadedFile("accounts.csv", rows.encode("utf-8-sig"))
    answer = as_alice.post(reverse("users:link-accounts"), {"file": file})
    job = Job.objects.get(kind="link-accounts")
    assert answer.url == reverse("job", args=[job.id])
    assert not AccountLink.objects.exists(), "the job links"
    assert {state for state, _ in run_job().values()} == {"done"}
    link = AccountLink.objects.get(account__account_id="111111111111")
    assert (link.account.name, link.external_id, link.method) == ("Payments EU", "x-1", "role")
    text = as_alice.get(answer.url).content.decode()
    assert "111111111111 Payments EU" in text
    assert "Its first sync starts automatically" in text


def test_one_refused_account_stops_no_other(as_alice, aws, front):
    rows = HEADER + line("111111111111") + line("222222222222")
    as_alice.post(reverse("users:link-accounts"), {"rows": rows})
    front.rewrite = {"GetCallerIdentity": lambda params, content: content.replace(b"2" * 12, b"3" * 12)}
    results = run_job()
    assert results["111111111111"][0] == "done"
    assert results["222222222222"][0] == "failed"
    assert "belong to account 333333333333" in results["222222222222"][1]


WRONG = {
    "the account ID must have 12 digits": "12,,arn:aws:iam::12:role/R,\n",
    "the role ARN must look like": "333333333333,,arn:aws:iam::333333333333:user/R,\n",
    "the role belongs to account 444444444444": "333333333333,,arn:aws:iam::444444444444:role/R,\n",
    "this line needs 4 values and has 2": "333333333333,name\n",
    "the name must have length less than or equal to 63": line("333333333333", "n" * 64),
    "the external ID must": line("333333333333", "", "x y"),
    "account 111111111111 is in the list twice": line("111111111111", "again"),
    "account 100000000001 is already here": line("100000000001"),
}


def test_every_wrong_line_is_told_and_nothing_is_linked(as_alice, aws):
    rows = HEADER + line("111111111111") + "".join(WRONG.values())
    answer = as_alice.post(reverse("users:link-accounts"), {"rows": rows})
    assert answer.status_code == 400
    for number, (sentence, problem) in enumerate(
        zip(WRONG, answer.context["problems"], strict=True), start=3
    ):
        assert problem.startswith(f"Line {number}: ")
        assert sentence in problem
        assert sentence in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first line must be"),
        (b"111111111111,a,b,c\n", "The first line must be"),
        (HEADER.encode(), "contains no account"),
        (b"\xff\xfe", "not a CSV file in UTF-8"),
        (HEADER.encode() + b'"open', "not a CSV file in UTF-8"),
        (b"x" * 1_000_001, "larger than 1 MB"),
        ((HEADER + "1,2,3,4\n" * 5001).encode(), "more than 5,000"),
    ],
)
def test_what_is_no_list_of_accounts_is_refused(content, sentence):
    with pytest.raises(BadRows) as refused:
        read_csv(content)
    assert sentence in refused.value.problems[0]


def test_nothing_sent_is_said(as_alice):
    answer = as_alice.post(reverse("users:link-accounts"), {})
    assert answer.status_code == 400
    assert "Choose a CSV file or paste its lines." in answer.content.decode()


def test_all_lines_are_authorized_before_the_job(bob, caller, aws):
    row = NewAccount("111111111111", "", "arn:aws:iam::111111111111:role/R", "")
    with pytest.raises(AccessDenied):
        bulk_linking.start(caller(bob), [row])
    assert not Job.objects.exists()
    assert Event.objects.get(outcome="denied").action == "iamconsole:LinkAccount"


def test_a_permission_taken_away_stops_the_rest(home, caller, aws):
    dana = make_user(
        home, "dana", password=PASSWORD, policies=("arn:aws:iam::aws:policy/AdministratorAccess",)
    )
    row = NewAccount("111111111111", "", "arn:aws:iam::111111111111:role/R", "")
    bulk_linking.start(caller(dana), [row])
    dana.policy_attachments.all().delete()
    state, message = run_job()["111111111111"]
    assert state == "failed"
    assert "is not authorized" in message
    assert not AccountLink.objects.exists()


def test_a_worker_that_died_after_linking_is_no_failure(alice, caller, aws):
    row = NewAccount("111111111111", "", "arn:aws:iam::111111111111:role/R", "")
    bulk_linking.start(caller(alice), [row])
    assert bulk_linking.outcome(caller(alice), row.params, lambda facts: None)[0] == "done"
    assert run_job()["111111111111"][0] == "done"
    other = {**row.params, "RoleArn": "arn:aws:iam::111111111111:role/Other"}
    assert bulk_linking.outcome(caller(alice), other, lambda facts: None)[0] == "failed"
