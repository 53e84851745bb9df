"""The pages about reports and events."""
