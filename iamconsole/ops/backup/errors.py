"""What a backup or a restore refuses, in one sentence for the terminal."""


class BackupError(Exception):
    """The text says what is wrong and what to do."""
