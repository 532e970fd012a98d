"""A mail server for tests: takes mails over a real socket, and can refuse, be busy, or take one and fall silent."""

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from typing import Any


class MailServer:
    """Keeps what it takes in `mails`. `behaviour`: take, refuse, busy, or silent (takes the mail, then hangs up)."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.behaviour = "take"
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                owner._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server: Any = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, peer: socketserver.StreamRequestHandler) -> None:
        def say(words: str) -> None:
            peer.wfile.write(words.encode() + b"\r\n")

        say("220 test")
        for line in peer.rfile:
            word = line.split(maxsplit=1)[0].upper() if line.strip() else b""
            if word == b"RCPT" and self.behaviour in ("refuse", "busy"):
                say("550 no such person" if self.behaviour == "refuse" else "451 come back later")
            elif word == b"DATA":
                say("354 go on")
                lines = []
                for part in peer.rfile:
                    if part == b".\r\n":
                        break
                    lines.append(part[1:] if part.startswith(b"..") else part)
                mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                self.mails.append(mail)
                if self.behaviour == "silent":
                    return
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
