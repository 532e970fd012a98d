"""Pages for people: the buyer's page of the bank and the desk of the sandbox."""
