"""Ports of 127.0.0.1: which are free, which are taken."""

import socket

from config.local.refusal import Refusal

HOST = "127.0.0.1"


def choose_free_port() -> int:
    """Return a port that nobody listens on now; another process may still take it before its use."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(*, port: int) -> bool:
    """Say whether a server could listen on this port now."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run that still winds down does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def read_port(*, variable: str, text: str) -> int:
    """Turn the value of an environment variable into a port number, or raise Refusal."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Refusal(f"{variable}={text} is not a port: give a number from 1 to 65535.")
    return int(text)


def require_free(*, variable: str, port: int) -> None:
    """Raise Refusal when the port is taken or may not be used, naming the variable that chooses another."""
    if not is_free(port=port):
        raise Refusal(
            f"Port {port} on {HOST} is taken or not allowed: stop the program that uses it, "
            f"or choose another with {variable}=<number>."
        )
