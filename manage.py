#!/usr/bin/env python
"""Django's command line for the IAM console."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")
    if sys.argv[1:2] == ["healthcheck"]:
        from iamconsole.ops import healthcheck

        sys.exit(healthcheck.main(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
