"""docs/auditors.md against the program, with the documents that AWS ships; nothing live leads to a refusal."""

from collections import Counter

import pytest
from lxml import html

from tests.auditors import DOCUMENT, POLICIES, addresses, holder, table_of_pages, table_of_reads
from tests.cast import make_user
from tests.growth.filling import Filling
from users.policies.ready import TAG_KEY, TAG_VALUE

pytestmark = pytest.mark.django_db


@pytest.fixture
def holders(client, alice, bob, charlie, sign_in):
    """A user for each of the policies; the ready ones are created with their buttons."""
    sign_in(client, alice)
    for name in ("ConsoleAuditor", "ConsoleHelpDesk"):
        client.post(f"/policies/ready/{name}/create/")
    client.logout()
    return {policy: holder(alice.account, policy.lower(), policy, make_user) for policy in POLICIES}


def test_the_document_has_the_tables(client, holders, charlie, sign_in):
    """What is printed on failure goes into the document when it is meant."""
    found: dict[str, list[int]] = {}
    for policy in POLICIES:
        sign_in(client, holders[policy])
        for shown, url in addresses(charlie).items():
            found.setdefault(shown, []).append(client.get(url).status_code)
        client.logout()
    text = DOCUMENT.read_text()
    assert table_of_reads() in text, table_of_reads()
    assert table_of_pages(found) in text, table_of_pages(found)


def live_links(answer) -> set[str]:
    """The addresses that a page leads to: links, and forms that are sent by GET."""
    page = html.fromstring(answer.content)
    links = {*page.xpath("//a/@href"), *page.xpath("//form[not(@method) or @method='get']/@action")}
    return {link.partition("#")[0] for link in links if link.startswith("/")} - {""}


@pytest.mark.long
@pytest.mark.parametrize("policy", [*POLICIES, ""])
def test_nothing_live_leads_to_a_refusal(policy, client, holders, home, bob, sign_in):
    """Every page that the person can reach by links, up to four views of each."""
    filling = Filling(home)
    filling.grow(4)
    for user in filling.users[:2]:
        user.tags = {TAG_KEY: TAG_VALUE}
        user.save(update_fields=["tags"])
    sign_in(client, holders.get(policy, bob))
    waiting, found_on, views = ["/"], {"/": ""}, Counter[str]()
    wrong = []
    while waiting:
        url = waiting.pop()
        answer = client.get(url, follow=True)
        if answer.status_code != 200:
            wrong.append((answer.status_code, url, found_on[url]))
        elif "text/html" in answer.headers["Content-Type"]:
            for link in live_links(answer) - set(found_on):
                views[link.partition("?")[0]] += 1
                if views[link.partition("?")[0]] <= 4:
                    found_on[link] = url
                    waiting.append(link)
        elif answer.streaming:
            answer.getvalue()
    assert not wrong, "\n".join(map(str, wrong))
    assert len(found_on) > 3
