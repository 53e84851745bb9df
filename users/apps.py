from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from iamconsole import jobs, undo, work
        from iamconsole.frame import add_notice
        from iamconsole.half_way import keep_starters_with
        from iamconsole.job_kinds import JobKind, describe, link_from_jobs, show_on_job_page
        from iamconsole.operations.at_aws import remember_links_with
        from iamconsole.operations.unread import know_facts_with
        from iamconsole.schedule import every
        from iamconsole.sync.accounts import SYNC, find_accounts_with
        from iamconsole.sync.mirrors import register

        # Some are imported for what they declare: operations, tasks, and how rows are told apart.
        from users import identities, kept, mirrors, navigation, operations, resource_tags, tasks, unread  # noqa: F401
        from users.accounts import bulk_linking, link_permissions, metrics, pauses, sync_runs, sync_schedule
        from users.accounts import mirror as account
        from users.accounts.views.accounts import caller_in
        from users.callers import build as callers
        from users.impact import job as impact
        from users.organization import reading
        from users.people import job_links
        from users.who_can import across

        at = job_links
        describe(SYNC, JobKind("Sync with AWS", minutes=15, about=at.about_account, again=at.sync_again))
        steps = JobKind("Changes at AWS", unit="steps", minutes=240, again=at.users_again, rows_at=at.named)
        describe(work.KIND, steps)
        undoing = JobKind(
            undo.TITLE, unit="changes", row="Change", cut_rows=False, minutes=240, rows_at=at.changes_at
        )
        describe(undo.KIND, undoing)
        linking = JobKind(
            "Link several accounts",
            unit="accounts",
            row="Account",
            cut_rows=False,
            minutes=240,
            about=at.about_accounts,
            again=at.link_again,
            rows_at=at.accounts_at,
        )
        describe(impact.KIND, JobKind("Who gains and who loses what", again=at.users_again))
        asking = JobKind("Who can …? in all accounts", unit="accounts", again=across.asked_again)
        describe(across.KIND, asking)
        describe(bulk_linking.KIND, linking)
        organization = JobKind(
            "Read the organization",
            unit="accounts",
            about=at.about_organization,
            again=at.organization_again,
        )
        describe(reading.KIND, organization)
        navigation.register()
        metrics.register()
        kept.register()
        link_from_jobs(job_links.links_to_users)
        link_from_jobs(across.links)
        every(3600, tasks.keep_figures, "keep-figures")
        every(60, tasks.start_due_syncs, "start-due-syncs")
        every(600, tasks.read_organizations, "read-organizations")
        every(3600, tasks.try_paused_links, "try-paused-links")
        add_notice(5, pauses.notice)
        remember_links_with(link_permissions.Memory())
        show_on_job_page(sync_runs.calls_of_job)
        show_on_job_page(impact.result_of_job)
        jobs.build_callers_with(callers.caller_for_job)
        jobs.after(SYNC, sync_schedule.go_on)
        jobs.find_callers_with(caller_in)
        find_accounts_with(account.find)
        keep_starters_with(callers.starter_of)
        undo.keep_starters_with(callers.starter_of)
        know_facts_with(unread.why_unread)
        register(*mirrors.MIRRORS)
