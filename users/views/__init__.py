"""The pages about accounts, users and their permissions."""
