from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from iamconsole import jobs

        from . import (  # noqa: F401  (declares operations, tasks, and how rows are told apart)
            callers,
            identities,
            operations,
            resource_tags,
            tasks,
        )

        jobs.build_callers_with(callers.caller_for_job)
