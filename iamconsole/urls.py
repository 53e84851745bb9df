"""Where everything is."""

from django.urls import include, path

from reports.across.views import accounts as across_accounts
from reports.dashboard.views import home
from reports.findings.views import lists

from . import static_files, views
from .ops import health
from .query.views import query_api

handler500 = "iamconsole.unavailable.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.view, name="healthz"),
    path("favicon.ico", static_files.favicon, name="favicon"),
    path("robots.txt", static_files.robots, name="robots"),
    path("readyz", health.view, name="readyz"),
    path("startedz", health.view, name="startedz"),
    path("api/", query_api, name="api"),  # QueryApiMiddleware goes there straight
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job_panel, name="job"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel_job, name="cancel-job"),
    path("jobs/<uuid:job_id>/continue/", views.decide_job, {"choice": "continue"}, name="continue-job"),
    path("jobs/<uuid:job_id>/undo/", views.decide_job, {"choice": "undo"}, name="undo-job"),
    path("jobs/<uuid:job_id>/close/", views.decide_job, {"choice": "close"}, name="close-job"),
    path("undo/<uuid:work_id>/", views.undo_changes, name="undo-changes"),
    path("undo/<uuid:work_id>/<int:row>/", views.undo_changes, name="undo-row"),
    path("all-accounts/", across_accounts.across_accounts, name="across-accounts"),
    path(
        "all-accounts/export/<str:form>/",
        across_accounts.export_across_accounts,
        name="export-across-accounts",
    ),
    path("all-accounts/findings/", lists.across_findings, name="across-findings"),
    path(
        "all-accounts/findings/export/<str:form>/",
        lists.export_across_findings,
        name="export-across-findings",
    ),
    path("", include("credentials.urls")),
    # Before the users' pages: accounts/import/ is no account ID.
    path("", include("reports.urls")),
    path("", include("users.urls")),
]
