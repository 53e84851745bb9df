"""The event history: one row of details for each event, times, the filter by operation, looks at lists hidden."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

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
    unfolded = [client.get(row.xpath("td/a/@href")[0], headers={"HX-Request": "true"}) for row in folded]
    texts = [answer.content.decode() for answer in unfolded]
    assert "/long/" in texts[1]
    assert "<html" not in texts[1]
    assert "<h1>" in client.get(folded[1].xpath("td/a/@href")[0]).content.decode()
    times = page.xpath(".//td[@data-label='Time (UTC)']/time")
    assert [time.text for time in times] == ["4 Mar 2026, 05:09", "4 Mar 2026, 05:08", "4 Mar 2026, 05:07"]
    assert times[0].get("title") == "4 Mar 2026, 05:09:07 UTC"
    assert "4 Mar 2026, 05:09:07 UTC" in texts[0]


def walked(client, url: str) -> list[list[str]]:
    """The rows' links of each page, from this one on by its own links."""
    pages = []
    while url:
        page = main_of(client.get(url))
        pages.append(page.xpath(".//tr[@class='is-more']//a/@href"))
        links = page.xpath(".//nav[@aria-label='Pages']//a[@rel='next']/@href")
        url = f"{URL}{links[0]}" if links else ""
    return pages


def many(number: int) -> None:
    """Events of which many have the same moment and the same operation."""
    at = datetime(2026, 3, 5, tzinfo=UTC)
    Event.objects.bulk_create(
        Event(
            account_id="100000000001", principal_arn="arn:x", outcome="allowed", channel="console",
            at=at + timedelta(minutes=place // 40), action=f"iam:{'ab'[place % 2]}",
        )
        for place in range(number)
    )  # fmt: skip


NEXT_DAY = "?after=2026-03-05&before=2026-03-05"


@pytest.mark.parametrize("sort", ["", "time", "operation", "-operation"])
def test_pages_go_through_the_history_once_in_any_order(client, events, sort):
    many(120)
    query = f"{URL}{NEXT_DAY}&sort={sort}"
    pages = walked(client, query)
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({link for page in pages for link in page}) == 120
    first = client.get(query).context["page"]
    second = client.get(f"{query}&older={quote(first.older)}").context["page"]
    Event.objects.create(  # before all that is on the second page
        account_id="100000000001", principal_arn="x", outcome="allowed", channel="x",
        at=datetime(2026, 3, 5, 12, tzinfo=UTC), action="iam:0" if sort == "operation" else "iam:c",
    )  # fmt: skip
    if sort == "time":  # there it comes last
        return
    # What comes meanwhile moves no page; the first page is the first one again from "Newer", too.
    assert client.get(f"{query}&older={quote(first.older)}").context["page"].rows == second.rows
    back = client.get(f"{query}&newer={quote(second.newer)}").context["page"]
    assert (len(back.rows), back.rows[-1]) == (50, first.rows[-1])


@pytest.mark.parametrize("marker", ["x", "~", "2026-99-99~1", "2026-03-04T05:09:07~no-id", "a~b~c"])
def test_a_marker_that_names_no_row_is_the_first_page(client, events, marker):
    first = client.get(URL + DAY).context["page"].rows
    for name in ("older", "newer"):
        assert client.get(f"{URL}{DAY}&{name}={marker}").context["page"].rows == first


def test_many_events_are_counted_up_to_a_limit_and_exactly_where_asked(client, events):
    many(10_001)
    assert "(10,000+)" in client.get(URL + NEXT_DAY).content.decode()
    assert "(10,001)" in client.get(f"{URL}{NEXT_DAY}&count=all").content.decode()


def test_an_event_of_another_account_is_not_to_be_had(client, events):
    other = Event.objects.create(
        account_id="200000000002", principal_arn="x", action="x", outcome="allowed", channel="x"
    )
    assert client.get(f"{URL}{other.pk}/").status_code == 404
