"""What pages say of jobs: registered by those who declare the kinds."""

import uuid

import pytest
from django.urls import reverse

from iamconsole import job_kinds, jobs
from iamconsole.models import Job


def test_every_kind_that_runs_has_a_title():
    assert {kind for kind in jobs._kinds if job_kinds.kind_of(Job(kind=kind)).title == kind} == set()


def test_a_kind_of_before_goes_by_its_name():
    assert Job(kind="gone").title == "gone"


@pytest.mark.parametrize(
    ("kind", "result", "name", "args"),
    [
        ("credential-report", "report_id", "reports:download-credential-report", ["exact"]),
        ("operations", "secret_id", "credentials:secret", []),
    ],
)
def test_a_job_leads_to_what_it_has_made(kind, result, name, args):
    made = str(uuid.uuid4())
    job = Job(kind=kind, state=Job.State.DONE, result={result: made})
    assert reverse(name, args=[made, *args]) in [link.url for link in job.links]
    assert Job(kind=kind, state=Job.State.RUNNING).links == []
