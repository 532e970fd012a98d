"""Reminders: which step of the ladder is due, whom it reaches, by which channel, and what became of it."""
