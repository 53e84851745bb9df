"""The forms of the pages about signing in and about credentials."""
