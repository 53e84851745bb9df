"""Every component renders, keeps the page sound, and escapes what it is given."""

from pathlib import Path

import django_tables2
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, engines
from django.test import RequestFactory
from django_tables2.config import RequestConfig
from lxml import html

from iamconsole.not_known import NotKnown

from .samples import SAMPLES, WITH_THEIR_OWN_TEST, context

COMPONENTS = Path(settings.BASE_DIR) / "templates" / "components"
SIZES = "box", "line", "cell"
NAMES = sorted(path.stem for path in COMPONENTS.glob("*.html"))


def render(text: str, **more: object) -> html.HtmlElement:
    """The markup of a template text, as a page of one element."""
    request = RequestFactory().get("/users/", {"q": "a", "page": "2"})
    request.user = AnonymousUser()
    from django_cotton.compiler_regex import CottonCompiler

    engine = engines["django"].engine
    template = engine.from_string(CottonCompiler().process(text))
    values = {"request": request, "csrf_token": "token", **context(), **more}
    return html.fromstring(f"<main>{template.render(Context(values))}</main>")


def problems(page: html.HtmlElement) -> list[str]:
    """What would be wrong with a piece of a page."""
    found = [f"inline style: {e.tag}" for e in page.xpath("//*[@style] | //style")]
    found += [f"inline script: {e.text}" for e in page.xpath("//script[not(@src)]")]
    found += [f"handler: {e.tag}" for e in page.xpath("//*[@*[starts-with(name(), 'on')]]")]
    found += [
        "comment or tag printed" for text in page.itertext() if "{#" in text or "{%" in text or "{{" in text
    ]
    ids = page.xpath("//@id")
    found += [f"id twice: {one}" for one in set(ids) if ids.count(one) > 1]
    for name in ("aria-describedby", "aria-labelledby", "popovertarget", "for"):
        for value in page.xpath(f"//@{name}"):
            found += [f"{name} leads nowhere: {one}" for one in value.split() if one not in ids]
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        if not (
            control.get("id") in labelled or control.get("aria-label") or control.xpath("ancestor::label")
        ):
            found.append(f"no label: {html.tostring(control)!r}")
    for table in page.xpath("//table"):
        found += [] if table.xpath("caption") else ["table without caption"]
        found += ["th without scope"] * len(table.xpath(".//th[not(@scope)]"))
    for named in page.xpath("//button | //a[@href]"):
        if not named.text_content().strip() and not named.xpath(".//*[@aria-label]"):
            found.append(f"no name: {html.tostring(named)!r}")
    for icon in page.xpath("//svg[not(@aria-hidden='true')][not(@role='img')]"):
        if not icon.xpath("ancestor::*[@role='img']"):
            found.append("icon neither hidden nor named")
    return found


def test_every_component_has_a_sample():
    assert set(NAMES) == set(SAMPLES) | WITH_THEIR_OWN_TEST


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_component_is_sound(name):
    page = render(SAMPLES[name])
    left_out = (
        ("for leads nowhere", "aria-describedby leads nowhere")
        if name in {"password_rules", "field_errors"}
        else ()
    )
    assert [problem for problem in problems(page) if not problem.startswith(left_out)] == []


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_component_escapes_what_it_is_given(name):
    page = render(SAMPLES[name])
    assert page.xpath("//script") == []


@pytest.mark.parametrize("name", NAMES)
def test_component_opens_with_a_comment_that_names_its_variables(name):
    text = (COMPONENTS / f"{name}.html").read_text()
    assert text.startswith(("{# ", "{% comment %}"))
    if "<c-vars" in text:
        head = text[: text.index("<c-vars")]
        assert "ariable" in head or "Slot" in head


class People(django_tables2.Table):
    caption = "Users"
    select = "user"
    form = "bulk"
    name = django_tables2.Column(linkify=lambda: "/")
    age = django_tables2.Column(verbose_name="Key age", attrs={"td": {"class": "is-number"}})
    note = django_tables2.Column(orderable=False)


class Person(dict):
    def __init__(self, number: int) -> None:
        super().__init__(name=f"user-{number}", age=number, note="<b>x</b>")
        self.pk = number

    def __str__(self) -> str:
        return str(self["name"])


def people(count: int, query: dict[str, str]) -> tuple[People, object]:
    request = RequestFactory().get("/users/", query)
    table = People([Person(number) for number in range(count)])
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return table, request


@pytest.mark.parametrize(
    "tag", ['<c-data-table :table="table" />', "{% load django_tables2 %}{% render_table table %}"]
)
def test_data_table(tag):
    table, request = people(60, {"sort": "-age", "page": "2", "q": "u"})
    page = render('<form id="bulk"></form>' + tag, table=table, request=request)
    assert problems(page) == []
    assert page.xpath("string(//caption)") == "Users"
    assert page.xpath("//th/@aria-sort") == ["descending"]
    assert len(page.xpath("//tbody/tr")) == 25
    assert len(page.xpath("//tbody//input[@name='user'][@form='bulk']")) == 25
    assert "26–50 of 60" in page.text_content()
    assert page.xpath("//td[@data-label='Key age']")
    assert "page=2" not in page.xpath("//th[@aria-sort]/a/@href")[0]
    assert "q=u" in page.xpath("//nav[@aria-label='Pages']//a/@href")[0]
    region = page.xpath("//*[@role='region']")[0]
    assert (region.get("tabindex"), region.get("aria-label")) == ("0", "Users")


def test_empty_data_table_shows_its_empty_slot():
    table, request = people(0, {})
    page = render(
        '<c-data-table :table="table"><c-slot name="empty">No users</c-slot></c-data-table>',
        table=table,
        request=request,
    )
    assert "No users" in page.text_content()
    assert page.xpath("//table") == []


def test_field_is_tied_to_its_label_description_and_error():
    page = render('<c-field :field="form.user_name" /><c-field :field="form.password" />')
    control = page.get_element_by_id("id_user_name")
    assert control.get("aria-describedby") == "id_user_name_helptext id_user_name_error"
    assert control.get("aria-invalid") == "true"
    assert page.get_element_by_id("id_password").get("autocomplete") == "new-password"
    assert page.xpath("//button[@data-reveal='id_password']")


def test_error_summary_links_to_each_field():
    page = render(SAMPLES["error_summary"])
    for href in page.xpath("//*[@data-focus]//a/@href"):
        assert page.get_element_by_id(href.removeprefix("#")) is not None
    assert "User name: This field is required." in page.text_content()


def test_blocked_button_stays_focusable_and_says_why():
    page = render('<c-button label="Delete" blocked="Deactivate its keys first." />')
    button = page.xpath("//button[@popovertarget]")[0]
    assert button.get("disabled") is None
    assert "Deactivate its keys first." in page.get_element_by_id(button.get("popovertarget")).text_content()


@pytest.mark.parametrize(
    ("state", "polls"), [("waiting", True), ("running", True), ("done", False), ("failed", False)]
)
def test_job_panel_asks_again_only_while_the_job_is_open(state, polls):
    page = render(f'<c-job-panel title="Report" state="{state}" poll_url="/job" />')
    assert bool(page.xpath("//*[@hx-get='/job'][@hx-trigger='every 1s']")) is polls


def test_secrets_are_readable_without_scripts():
    page = render('<c-secret-row label="Password" value="w7#Tq" masked />')
    assert page.xpath("string(//*[@data-masked]/span[1])") == "w7#Tq"


def test_context_of_the_request_is_used():
    request = RequestFactory().get("/users/", {"q": "a", "page": "2"})
    text = '{% load console %}{% address "page" 3 %}'
    assert engines["django"].engine.from_string(text).render(RequestContext(request)) == "?q=a&amp;page=3"


def test_not_known_shows_what_is_known_and_else_why_not():
    """A box in place of a list, a sentence, a cell; the slot where nothing is unknown."""
    fact = NotKnown("groups", "A credential report does not contain groups.")
    forms = "".join(f'<div><c-not-known :fact="fact" form="{form}">0</c-not-known></div>' for form in SIZES)
    page = render(forms, fact=fact)
    box, line, cell = (one.text_content().split() for one in page.xpath("//*[@data-not-known]"))
    assert box == ["Not", "known:", "groups", *fact.why.split()]
    assert line == cell == str(fact).split()
    assert render(forms, fact=None).text_content().split() == ["0", "0", "0"]


def test_not_known_tells_the_age_of_its_source():
    fact = NotKnown("groups", "A report has none.", lambda: context()["now"])
    page = render('<c-not-known :fact="fact" />', fact=fact)
    assert "As of 23 Nov 2026, 11:04 UTC." in " ".join(page.text_content().split())
