"""The student's own page: everything about one student and nothing of another, behind a link by e-mail."""
