from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from iamconsole import jobs

        from . import callers, operations, resource_tags, tasks  # noqa: F401  (declares operations and tasks)

        jobs.build_callers_with(callers.caller_for_job)
