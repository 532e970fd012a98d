"""Run the whole of Mutq on one machine with nothing installed but Python and make."""
