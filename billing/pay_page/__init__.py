"""The page that a payment link opens: no login, one student, one answer at a time."""
