from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from iamconsole import jobs

        from . import callers, operations  # noqa: F401  (declares the operations)

        jobs.build_callers_with(callers.caller_for_job)
