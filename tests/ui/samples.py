"""One use of every component, as a page would write it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

from django import forms
from django.core.paginator import Paginator

from iamconsole.models import RecentChange
from iamconsole.not_known import NotKnown
from iamconsole.undo import Offer
from users.differences import DifferenceRow
from users.policies.comparison import compared
from users.policies.editor import Editor
from users.policies.forms.policies import DocumentForm
from users.selection import Row
from users.tag_forms import TagsForm

EVIL = '"><script>alert(1)</script>'


POLICY = """{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": ["s3:ListBuckets", "s3:Get*"], "Resource": "arn:aws:s3:::%s"},
{"Effect": "Deny", "Action": "iam:*", "Resource": ["*", "arn:aws:iam::1:a", "arn:aws:iam::1:b", "arn:aws:iam::1:c"]}
]}"""


class SampleForm(forms.Form):
    user_name = forms.CharField(help_text="Letters and digits")
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    description = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        choices=[("a", "Authenticator app"), ("s", "Security key")], widget=forms.RadioSelect
    )
    region = forms.ChoiceField(choices=[("a", "All")])
    keep = forms.BooleanField()
    report = forms.FileField()


def context() -> dict[str, object]:
    return {
        "form": SampleForm({"user_name": ""}),
        "empty_form": SampleForm(prefix="empty"),
        "evil": EVIL,
        "document_form": DocumentForm(initial={"document": POLICY % EVIL.replace('"', "")}),
        "editor": Editor(POLICY % EVIL.replace('"', "'")),
        "differences": [DifferenceRow(EVIL, "", EVIL, []), DifferenceRow(EVIL, "", "", compared("a", EVIL))],
        "compared": compared(f"a\n{EVIL}", f"a\nb{EVIL}"),
        "not_known": NotKnown(EVIL, EVIL),
        "tags_form": TagsForm(tags={"team": EVIL}),
        "kinds": {"aws": EVIL, "customer": "Customer managed"},
        "picked": Row("v", EVIL, document=EVIL),
        "picked_long": Row("v", EVIL, url="/"),
        "values": [EVIL, "*", "c", "d"],
        "lines": [{"number": 1, "text": EVIL, "marked": True}, {"number": 2, "text": EVIL, "marked": False}],
        "offer": Offer(UUID(int=1), datetime(2026, 11, 23, tzinfo=UTC), [RecentChange(label=EVIL)]),
        "now": datetime(2026, 11, 23, 11, 4, tzinfo=UTC),
        "sizes": (25, 50),
        "page": Paginator(range(300), 25).page(5),
        "steps": [
            {"label": "Details", "state": "done", "url": "/", "detail": "2 users"},
            {"label": "Review", "state": "current"},
            {"label": "Retrieve", "state": "next"},
        ],
        "job_steps": [
            {"label": "Ask", "state": "done"},
            {"name": "Match", "state": "running"},
            {"label": "Compare"},
        ],
        "addresses": [{"name": EVIL, "url": EVIL}, {"name": "This console", "url": ""}],
        "history": SimpleNamespace(older="o", newer="n"),
        "descriptions": {"a": "An app shows codes."},
    }


FIELDS = "".join(
    f'<c-field :field="form.{name}" /><c-field :field="empty_form.{name}" />'
    for name in SampleForm.base_fields
)

SAMPLES = {
    "history_pages": '<c-history-pages :page="history" />',
    "undo": '<c-undo :offer="offer" row="3" /><c-undo :offer="offer" size="small" label="Undo all" about="x" />',
    "hide": '<c-hide url="/" about=" the steps" /><c-hide url="/" label="Show" show="yes" />',
    "actions": "<c-actions>x</c-actions>",
    "age_meter": '<c-age-meter :age="214" :limit="90" />',
    "alert": '<c-alert tone="error" title="{{ evil }}" :text="evil"><c-slot name="actions">x</c-slot></c-alert>',
    "badge": '<c-badge :label="evil" tone="info" icon="link" />',
    "block": '<c-block number="1" title="{{ evil }}" help="Help" state="done">x</c-block>',
    "bulk_bar": '<c-bulk-bar id="bulk" action="/" total="34" noun="users"><c-button label="Delete" /></c-bulk-bar>',
    "button": '<c-button :label="evil" :value="evil" name="a" data-x="{{ evil }}" :data-y="evil" />'
    '<c-button label="Delete" :blocked="evil" /><c-button label="Go" href="/?q={{ evil }}" variant="icon" icon="x" />'
    '<c-button label="Post" action="/" />',
    "chart": '<c-chart caption="5 of 28"><svg role="img" aria-label="x"></svg><c-slot name="table">x</c-slot></c-chart>',
    "chip": '<c-chip :label="evil" icon="key-round" remove="/" /><c-chip label="Add filter" href="/" />',
    "choice_card": '<c-choice-cards legend="Kind"><c-choice-card name="k" value="a" title="{{ evil }}" checked /></c-choice-cards>',
    "choice_part": '<c-choice-part number="2">{{ evil }}</c-choice-part>',
    "choice_cards": '<c-choice-cards :field="form.kind" :descriptions="descriptions" />',
    "colour_choices": '<c-colour-choices :field="form.kind" />',
    "columns": '<c-columns layout="8-4">x</c-columns>',
    "command": '<c-command :value="evil" />',
    "confirm_typing": '<c-confirm-typing :expected="evil" error="{{ evil }}" />',
    "container": '<c-container title="{{ evil }}" :count="0" :help="evil" badge="New" divided>x<c-slot name="footer">y</c-slot></c-container>',
    "copy": '<c-copy :value="evil" mono /><c-copy value="{{ evil }}" label="ARN" hidden />',
    "crumb": '<ol><c-crumb :label="evil" href="/" /><c-crumb label="Here" /></ol>',
    "cut": '<c-cut :value="evil" href="/" />',
    "details": '<c-details label="More">x</c-details>',
    "document": '<c-document :text="evil" /><c-document text="{&quot;a&quot;: 1}" />',
    "empty_state": '<c-empty-state title="No users" :text="evil"><c-button label="Create user" /></c-empty-state>',
    "error_summary": '<c-error-summary :form="form" /><c-field :field="form.user_name" /><c-field :field="form.password" />'
    '<c-field :field="form.kind" /><c-field :field="form.region" /><c-field :field="form.keep" /><c-field :field="form.report" />',
    "event_row": '<c-table caption="Events"><c-slot name="head"><tr><th scope="col">Time</th></tr></c-slot>'
    '<c-event-row :when="now" :who="evil" operation="CreateUser" on="{{ evil }}" source="x" outcome="Denied" type="error" /></c-table>',
    "facts": '<c-facts stacked><c-key-value-item label="A" value="b" /></c-facts>',
    "field": FIELDS,
    "field_errors": '<c-field-errors :field="form.user_name" />',
    "figure": '<c-figures><c-figure label="Users" value="128" href="/" :detail="evil" /></c-figures>',
    "figures": "<c-figures>x</c-figures>",
    "filter_bar": '<c-filter-bar label="Find users" :value="evil"><c-slot name="end">x</c-slot></c-filter-bar>',
    "flash": '<c-flash tone="error" :text="evil" href="/" :link_text="evil" />',
    "flashes": "<c-flashes />",
    "form": '<c-form action="/" :form="empty_form">x</c-form>',
    "form_actions": '<c-form-actions cancel="/"><c-button label="Save" /></c-form-actions>',
    "hero": '<c-hero title="{{ evil }}" help="Help" />',
    "icon": '<c-icon name="copy" /><c-icon name="x" label="Close" size="14" />',
    "idle_warning": "<c-idle-warning />",
    "inline_fields": "<c-inline-fields>x</c-inline-fields>",
    "job_panel": '<c-job-panel :title="evil" state="running" done="83" total="129" percent="64" :steps="job_steps" '
    'poll_url="/job" :error="evil" heartbeat="now" />',
    "key_card": '<c-key-card key_id="AKIAIOSFODNN7EXAMPLE" tone="warning" next_step="Rotate"><c-slot name="action">x</c-slot></c-key-card>',
    "key_value": "<c-key-value></c-key-value>",
    "key_value_item": '<c-key-value><c-key-value-item label="A" :value="evil" detail="{{ evil }}" /><c-key-value-item label="B" /></c-key-value>',
    "kind_buttons": '<form><c-kind-buttons :kinds="kinds" kind="aws" /></form>',
    "legend": '<c-legend type="warning" label="Over" />',
    "link_button": '<c-link-button label="Again" action="/" /><c-link-button label="There" href="/" />',
    "mark": "<c-mark />",
    "marked_document": '<c-marked-document :lines="lines" label="Document" />',
    "editor_step": '<c-editor-step step="format" label="Format" />',
    "policy_editor": '<c-policy-editor :form="document_form" />',
    "policy_review": '<c-policy-review :editor="editor" />',
    "policy_summary": '<c-policy-summary :summary="editor.summary" />',
    "policy_summary_table": '<c-policy-summary-table title="Allowed" :short="editor.summary.allowed_in_short" />',
    "policy_summary_row": '<c-policy-summary-row :row="editor.summary.allowed.0" />',
    "all_services": '<c-all-services :most="most_services" />',
    "row_document": '<c-row-document :row="picked" /><c-row-document :row="picked_long" />',
    "row_name": '<c-row-name :row="picked" /><c-row-name :row="picked_long" />',
    "row_policy_actions": '<c-row-policy-actions :name="evil" edit="/" delete="/" may_edit="yes" kind="User" on="arn" />',
    "differences": '<c-differences :rows="differences" label="{{ evil }}" />',
    "comparison": '<c-comparison :lines="compared" />',
    "services": '<c-services :services="editor.services" />',
    "statement_fields": '<c-statement-fields :form="document_form.statement" :services="editor.services" />',
    "summary_values": '<c-summary-values :values="values" />',
    "menu": '<c-menu label="More" variant="icon"><c-menu-item label="Go" href="/" /></c-menu>',
    "menu_item": '<c-menu label="More"><c-menu-item :label="evil" action="/" danger /><c-menu-item label="No" :blocked="evil" /></c-menu>',
    "mono": '<c-mono :value="evil" />',
    "muted": '<c-muted :label="evil" small />',
    "not_known": '<c-not-known :what="evil" :why="evil" :at="now" form="box" />'
    '<c-not-known :fact="not_known" form="cell">0</c-not-known><c-not-known :what="evil" :why="evil" />',
    "no_match": '<c-no-match clear="/" />',
    "or": "<c-or />",
    "page_header": '<c-page-header :title="evil" :count="0" help="Help" step="Step 2 of 2"><c-slot name="actions">x</c-slot></c-page-header>',
    "sorted_head": '<table><caption>Things</caption><tr><c-sorted-head label="Name" key="name" order="name" /></tr></table>',
    "demo_mark": "<c-demo-mark />",
    "page_tools": "<c-page-tools />",
    "page_sizes": '<c-page-sizes noun="Users" :sizes="sizes" :size="25" />',
    "pagination": '<c-pagination :page="page" /><form><c-pagination :page="page" submit="go" /></form>',
    "passkey": '<c-passkey :label="evil" options="/o" origin="{{ evil }}" creates offers>x</c-passkey>',
    "password_rule": '<ul><c-password-rule rule="not-name" :not="evil" label="Not your name" /></ul>',
    "password_rules": '<c-password-rules for="id_password" strength><c-password-rule rule="length" min="14" label="14" /></c-password-rules>',
    "quota_meter": '<c-quota-meter used="240" limit="300" tone="warning" />',
    "qr": "<c-qr><svg></svg></c-qr>",
    "row": '<c-rows><c-row type="error" :title="evil" detail="x" href="/"><c-slot name="end">y</c-slot></c-row><c-row number="1" state="done" title="x" /></c-rows>',
    "rows": "<c-rows></c-rows>",
    "search": '<form><c-search label="Find groups" :value="evil" /></form>',
    "secret_block": '<c-secret-block value="K7QD 2MXZ" />',
    "code_list": "<c-code-list :codes=\"['7k2m-9qxw', '0h3n-8r4t']\" />",
    "secret_row": '<c-secrets><c-secret-row label="Password" :value="evil" masked /><c-secret-row label="Key" value="A" /></c-secrets>',
    "secrets": "<c-secrets></c-secrets>",
    "sign_in_addresses": '<c-sign-in-addresses :addresses="addresses" />',
    "segment": '<c-segments><c-segment label="All" href="/" :count="0" current /></c-segments>'
    '<form><c-segments><c-segment :label="evil" name="go" value="kind:aws" current /></c-segments></form>',
    "unfold": '<table><caption>Things</caption><tr><td><c-unfold :target_label="evil" row="more-1" /></td></tr>'
    '<c-unfolded-row id="more-1" columns="2">{{ evil }}</c-unfolded-row></table>',
    "unfolded_row": '<table><caption>Things</caption><c-unfolded-row id="more-1" columns="2">{{ evil }}</c-unfolded-row></table>',
    "segments": "<c-segments>x</c-segments>",
    "side_note": '<c-side-note icon="info" title="Which account?">x</c-side-note>',
    "stack": "<c-stack>x</c-stack>",
    "status": '<c-status type="error" :label="evil" hang /><c-status type="failed" label="Failed" /><c-status label="Fine" />',
    "swatch": '<c-swatch color="3" />',
    "summary": '<c-summary><c-key-value-item label="A" value="b" /></c-summary>',
    "switched": '<c-switched><c-slot name="control"><c-field :field="form.keep" /></c-slot>x</c-switched>',
    "tab": '<c-tabs><c-tab label="Groups" href="/" :count="0" current /><c-tab label="Tags" href="/" :blocked="evil" /></c-tabs>'
    '<form><c-tabs label="Lists"><c-tab :label="evil" name="go" value="way:x" count="2" current /></c-tabs></form>',
    "table": '<c-table caption="Devices" cards><c-slot name="head"><tr><th scope="col">Name</th></tr></c-slot><tr><td>x</td></tr></c-table>',
    "tabs": "<c-tabs>x</c-tabs>",
    "tag": '<c-tag :key="evil" value="{{ evil }}" />',
    "tag_lines": '<form><c-tag-lines :form="tags_form" /></form>',
    "theme_button": "<c-theme-button />",
    "time": '<c-time :value="now" /><c-time :value="now" form="absolute" /><c-time :value="now" form="clock" /><c-time :value="now" form="exact" /><c-time :value="None" />',
    "totp_clock": '<c-totp-clock now="1795475400" />',
    "who_card": '<c-who-card :name="evil" account="x" color="1" href="/" />',
    "wizard_steps": '<c-wizard-steps :steps="steps" />',
}
# These need the frame or a table and are rendered with them.
WITH_THEIR_OWN_TEST = {"head", "top_bar", "side_nav", "data_table"}
