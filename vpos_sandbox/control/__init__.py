"""The JSON door for tests: merchants, orders, faults, clock, calls."""
