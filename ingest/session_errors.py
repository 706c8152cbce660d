"""Errors of the session: what requests and urllib3 raise, as reasons of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from schemas.errors import SourceError

_OFFLINE = "the server can't be reached; look at the network, and at HTTPS_PROXY where there is a proxy"


@contextmanager
def named_errors() -> Iterator[None]:
    """Run what speaks HTTP.

    Raises:
        SourceError: timeout, refused_here, connection, undecodable or truncated, in place of a library's error.
    """
    try:
        yield
    except (requests.Timeout, ReadTimeoutError) as error:
        raise SourceError("timeout", "no byte came in time") from error
    except (requests.exceptions.SSLError, requests.exceptions.InvalidSchema, ValueError) as error:
        raise SourceError("refused_here", type(error).__name__) from error
    except requests.ConnectionError as error:
        raise SourceError("connection", f"{type(error).__name__}: {_OFFLINE}") from error
    except requests.exceptions.ContentDecodingError as error:
        raise SourceError("undecodable", type(error).__name__) from error
    except (requests.RequestException, HTTPError) as error:
        raise SourceError("truncated", type(error).__name__) from error
