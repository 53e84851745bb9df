"""The pages about reports and events."""

from django.urls import URLPattern, path

from reports.across.views import reports as across
from reports.credential_report.views import pages as report_pages
from reports.credential_report.views import reports as credential_reports
from reports.events import views as events
from reports.findings.views import decisions, finding, lists, rules, standards
from reports.imports import views as imports
from reports.last_accessed import views as last_accessed
from reports.retention import views as retention
from reports.system import views as system
from reports.unused import views as unused_credentials


def services_of(kind: str, thing: str) -> list[URLPattern]:
    """The tab of last accessed services of one kind of thing, its button and its files."""
    return [
        path(f"{thing}/services/", last_accessed.last_accessed_services, name=f"{kind}-services"),
        path(f"{thing}/services/read/", last_accessed.read_last_accessed, name=f"read-{kind}-services"),
        path(
            f"{thing}/services/<str:form>.csv",
            last_accessed.export_last_accessed,
            name=f"export-{kind}-services",
        ),
    ]


app_name = "reports"
urlpatterns = [
    path("accounts/import/", imports.import_account, name="import-account"),
    path("accounts/kept-data/", retention.kept_data, name="kept-data"),
    path("accounts/<str:account_id>/uploads/", imports.account_uploads, name="account-uploads"),
    path("accounts/<str:account_id>/uploads/<uuid:report_id>/", imports.upload, name="upload"),
    path(
        "accounts/<str:account_id>/remove/", imports.remove_imported_account, name="remove-imported-account"
    ),
    path(
        "all-accounts/credential-reports/",
        across.across_credential_reports,
        name="across-credential-reports",
    ),
    path(
        "all-accounts/credential-reports/generate/",
        across.generate_across,
        name="generate-across-credential-reports",
    ),
    path(
        "all-accounts/credential-reports/<str:form>.csv",
        across.download_across,
        name="download-across-credential-reports",
    ),
    path("all-accounts/findings/change/", decisions.change_across_findings, name="change-across-findings"),
    path(
        "all-accounts/findings/change/<uuid:choice_id>/",
        decisions.confirm_across_findings,
        name="confirm-across-findings",
    ),
    path("findings/", lists.findings, name="findings"),
    path("findings/export/<str:form>/", lists.export_findings, name="export-findings"),
    path("findings/change/", decisions.change_findings, name="change-findings"),
    path("findings/change/<uuid:choice_id>/", decisions.confirm_findings, name="confirm-findings"),
    path("findings/settings/", rules.settings, name="finding-settings"),
    path("findings/rules/", rules.rules, name="finding-rules"),
    path("findings/rules/<slug:rule_id>/", rules.rule, name="finding-rule"),
    path("findings/rules/<slug:rule_id>/attest/", standards.attest, name="attest-control"),
    path(
        "findings/rules/<slug:rule_id>/attest/withdraw/",
        standards.withdraw_attestation,
        name="withdraw-attestation",
    ),
    path("findings/standards/", standards.standards, name="finding-standards"),
    path("findings/standards/<str:standard_id>/", standards.standard, name="finding-standard"),
    path(
        "findings/standards/<str:standard_id>/export/<str:form>/",
        standards.export_standard,
        name="export-standard",
    ),
    path("findings/<uuid:finding_id>/", finding.finding, name="finding"),
    path("reports/credential-report/", credential_reports.credential_report, name="credential-report"),
    path(
        "reports/credential-report/generate/",
        credential_reports.generate_credential_report,
        name="generate-credential-report",
    ),
    path(
        "reports/credential-report/<uuid:report_id>/<str:form>.csv",
        credential_reports.download_credential_report,
        name="download-credential-report",
    ),
    path(
        "reports/credential-report/<uuid:report_id>/",
        report_pages.view_credential_report,
        name="view-credential-report",
    ),
    path(
        "reports/credential-report/compare/",
        report_pages.compare_credential_reports,
        name="compare-credential-reports",
    ),
    path(
        "reports/credential-report/compare/<str:form>.csv",
        report_pages.export_comparison,
        name="export-credential-report-comparison",
    ),
    path("reports/unused-credentials/", unused_credentials.unused_credentials, name="unused-credentials"),
    path(
        "reports/unused-credentials/<str:form>.csv",
        unused_credentials.export_unused_credentials,
        name="export-unused-credentials",
    ),
    path(
        "reports/unused-credentials/deactivate/",
        unused_credentials.deactivate_credentials,
        name="deactivate-credentials",
    ),
    path(
        "reports/unused-credentials/deactivate/<uuid:choice_id>/",
        unused_credentials.confirm_deactivation,
        name="confirm-deactivation",
    ),
    path(
        "reports/unused-credentials/result/",
        unused_credentials.deactivated_credentials,
        name="deactivated-credentials",
    ),
    *services_of("user", "users/<str:user_id>"),
    *services_of("group", "groups/<str:group_id>"),
    *services_of("policy", "policies/<int:policy_pk>"),
    path("system/", system.system, name="system"),
    path("events/", events.event_history, name="events"),
    path("events/<uuid:event_id>/", events.event_details, name="event-details"),
    path("events/export.csv", events.export_events, name="export-events"),
]
