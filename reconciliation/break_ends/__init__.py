"""The ends that a break may have, a file a subject; `registry.RESOLUTIONS` is the closed list of them."""
