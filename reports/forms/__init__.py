"""Forms of the pages about reports."""
