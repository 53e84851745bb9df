from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs
        from iamconsole.schedule import every
        from reports import navigation, operations, tasks
        from reports.credential_report import jobs, marks
        from reports.imports.uploaded import newest_upload
        from users.facts import date_reports_with

        describe(jobs.KIND, JobKind("Credential report", unit="rows"))
        describe(operations.last_accessed.KIND, JobKind("Last accessed", quiet=True))
        reading = JobKind("Read last accessed services", unit="reports", quiet=True)
        describe(operations.reading.KIND, reading)
        every(60, tasks.read_last_accessed, "read-last-accessed")
        navigation.register()
        date_reports_with(newest_upload)
        link_from_jobs(jobs.links_of_report)
        marks.mark_with(marks.recommended)
