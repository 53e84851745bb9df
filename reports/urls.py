"""The pages about reports and events."""

from django.urls import path

from .views import credential_reports, events

app_name = "reports"
urlpatterns = [
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
    path("events/", events.event_history, name="events"),
    path("events/export.csv", events.export_events, name="export-events"),
]
