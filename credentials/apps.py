from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        from iamconsole import uploads

        from . import (  # noqa: F401  (declares a job kind, operations, tasks and who hears of changes)
            bulk_job,
            identities,
            notices,
            operations,
            resource_tags,
            signin,
            tasks,
        )

        uploads.believe_sessions_with(signin.lasts)
