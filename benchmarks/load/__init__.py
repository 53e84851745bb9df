"""People and programs that use a running console at once: `make load`."""
