"""A server of pictures on loopback: a list of names, and a PNG for each."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
from PIL import Image

NAMES = tuple(f"p{number}" for number in range(6))


def picture(name: str) -> bytes:
    """Return the PNG of a name."""
    rows, columns = np.mgrid[:96, :128]
    pixels = 120 + 100 * np.sin((columns + (2 + NAMES.index(name)) * rows) / 7)
    written = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(written, "PNG")
    return written.getvalue()


class _Shelf(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/")
        body = json.dumps(NAMES).encode() if name == "list" else picture(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json" if name == "list" else "image/png")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[str]:
    """Yield the server's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shelf) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
