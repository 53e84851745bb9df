"""Mirrors of credentials: how the sync writes what AWS tells of them."""
