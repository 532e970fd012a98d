"""Ameriabank vPOS 3.1, as its API description tells it."""
