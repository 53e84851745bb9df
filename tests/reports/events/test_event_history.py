"""The event history: one row of details for each event, times, the filter by operation, looks at lists hidden."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from lxml import html

from iamconsole.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
URL = "/events/"


def happened(home, action: str, outcome: str = "allowed", minutes: int = 0, **more) -> Event:
    values = {"principal_arn": f"{home.arn.removesuffix('root')}user/alice", "channel": "console", **more}
    at = AT + timedelta(minutes=minutes)
    return Event.objects.create(
        account_id=home.account_id, action=action, outcome=outcome, at=at, resource=home.arn, **values
    )


@pytest.fixture
def events(client, alice, home, sign_in):
    sign_in(client, alice)
    happened(home, "iamconsole:ListAcrossAccounts")
    happened(home, "iamconsole:ListEvents", "denied", 1, error_code="AccessDenied", message="No.")
    happened(home, "iam:CreateUser", minutes=2, detail={"Path": "/long/"})
    happened(home, "iam:AddUserToGroup", minutes=3)


def main_of(answer):
    return html.fromstring(answer.content).xpath("//main")[0]


def operations(client, query: str = "?after=2026-03-04&before=2026-03-04") -> list[str]:
    """The operations in the table from above."""
    return main_of(client.get(URL + query)).xpath(".//td[@data-label='Operation']//text()[normalize-space()]")


DAY = "?after=2026-03-04&before=2026-03-04"
NEWEST_FIRST = ["iam:AddUserToGroup", "iam:CreateUser", "iamconsole:ListEvents"]


def test_looks_at_lists_are_shown_on_request_and_denied_ones_always(client, events):
    assert operations(client) == NEWEST_FIRST
    assert operations(client, f"{DAY}&reads=on") == [*NEWEST_FIRST, "iamconsole:ListAcrossAccounts"]
    assert operations(client, f"{DAY}&action=iamconsole:ListAcrossAccounts") == [
        "iamconsole:ListAcrossAccounts"
    ]
    file = b"".join(client.get(reverse("reports:export-events") + DAY)).decode()
    assert "ListEvents" in file
    assert "ListAcrossAccounts" not in file


def test_events_are_narrowed_to_an_operation_and_sorted(client, events, home):
    Event.objects.create(
        account_id="999999999999", principal_arn="x", action="iam:Foreign", outcome="allowed"
    )
    page = main_of(client.get(URL + DAY))
    offered = page.xpath(".//select[@name='action']/option/@value")
    assert "iam:CreateUser" in offered
    assert "iam:Foreign" not in offered
    assert operations(client, f"{DAY}&action=iam:CreateUser") == ["iam:CreateUser"]
    assert operations(client, f"{DAY}&sort=time") == NEWEST_FIRST[::-1]
    assert operations(client, f"{DAY}&sort=-operation") == sorted(NEWEST_FIRST, reverse=True)
    assert operations(client, f"{DAY}&sort=nonsense") == NEWEST_FIRST
    assert operations(client, f"{DAY}&action=nonsense") == NEWEST_FIRST, (
        "what is no operation narrows nothing"
    )


def test_details_are_in_a_row_of_their_own_and_times_are_to_the_second(client, events):
    page = main_of(client.get(URL + DAY))
    rows = page.xpath(".//tbody/tr | .//table/tr[td]")
    folded = [row for row in rows if row.get("class") == "is-more"]
    assert len(folded) * 2 == len(rows)
    assert all(row.xpath("td/@colspan") == ["7"] for row in folded)
    assert "/long/" in folded[1].text_content()
    times = page.xpath(".//td[@data-label='Time (UTC)']/time")
    assert [time.text for time in times] == ["4 Mar 2026, 05:09", "4 Mar 2026, 05:08", "4 Mar 2026, 05:07"]
    assert times[0].get("title") == "4 Mar 2026, 05:09:07 UTC"
    assert "4 Mar 2026, 05:09:07 UTC" in folded[0].text_content()
