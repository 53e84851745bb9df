"""The forms of the pages about users."""
