#!/usr/bin/env python
"""Django's command line for the IAM console."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")
    from iamconsole.management import command_line

    command_line.run(sys.argv[0], sys.argv[1:])


if __name__ == "__main__":
    main()
