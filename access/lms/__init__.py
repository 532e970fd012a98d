"""Learning platforms: one file for each, reached through the registry."""
