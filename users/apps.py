from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from iamconsole import jobs
        from iamconsole.job_kinds import JobKind, describe, show_on_job_page
        from iamconsole.schedule import every
        from iamconsole.sync.accounts import SYNC, find_accounts_with
        from iamconsole.sync.mirrors import register

        # Some are imported for what they declare: operations, tasks, and how rows are told apart.
        from users import identities, mirrors, navigation, operations, resource_tags, tasks  # noqa: F401
        from users.accounts import bulk_linking, sync_runs
        from users.accounts import mirror as account
        from users.accounts.views.accounts import caller_in
        from users.callers import build as callers
        from users.organization import reading

        describe(SYNC, JobKind("Sync with AWS"))
        describe(
            bulk_linking.KIND,
            JobKind("Link several accounts", unit="accounts", row="Account", cut_rows=False),
        )
        describe(reading.KIND, JobKind("Read the organization", unit="accounts"))
        navigation.register()
        every(3600, tasks.keep_figures, "keep-figures")
        every(60, tasks.start_due_syncs, "start-due-syncs")
        every(600, tasks.read_organizations, "read-organizations")
        show_on_job_page(sync_runs.calls_of_job)
        jobs.build_callers_with(callers.caller_for_job)
        jobs.find_callers_with(caller_in)
        find_accounts_with(account.find)
        register(*mirrors.MIRRORS)
