"""Diagnosis: whose fault it is that a request came to nothing: its own, or the server's, which is asked itself.

A server that says of every request that it went wrong, or gives a page where an answer was asked for, isn't away, and
yet of no use. So where several requests in a row came to nothing it is asked the smallest question there is: if it
answers that, the requests are at fault.
"""

import asyncio

from captioning.endpoints import Endpoint, now_s
from captioning.troubles import Means, Trouble

_ENOUGH = 3
"""Requests in a row that came to nothing."""


class Diagnosis:
    """What is known of one server's health."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._in_vain = 0
        self._looking = asyncio.Lock()
        self._looked_s, self._is_well = float("-inf"), True

    def answered(self) -> None:
        """Take note that it has answered somebody."""
        self._in_vain = 0

    async def of(self, trouble: Trouble) -> Trouble:
        """Return a trouble with what it means, now that the server was looked at."""
        if trouble.means is not Means.RETRY:
            return trouble
        absence = await self._endpoint.absence()
        if absence is not None:
            return trouble._replace(means=absence)
        self._in_vain += 1
        if self._in_vain < _ENOUGH or await self._answers_at_all():
            return trouble
        return trouble._replace(means=Means.UNWELL)

    async def _answers_at_all(self) -> bool:
        """Ask it, once for all who want to know at the same time."""
        since_s = now_s()
        async with self._looking:
            if self._looked_s < since_s:
                self._is_well = await self._endpoint.is_well()
                self._looked_s = now_s()
            if self._is_well:
                self._in_vain = 0
        return self._is_well
