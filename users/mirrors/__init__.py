"""Mirrors of accounts, users, groups and policies: how the sync writes what AWS lists of them."""
