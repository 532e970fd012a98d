"""Server-to-server callbacks of the EPG profile: queued as rows, sent by a thread."""
