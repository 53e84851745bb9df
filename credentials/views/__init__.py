"""The pages about signing in and about credentials."""
