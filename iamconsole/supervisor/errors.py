class StartError(Exception):
    """The console cannot start or go on; the text is one sentence for the terminal."""
