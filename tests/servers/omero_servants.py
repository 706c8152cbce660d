"""The servants of a local OMERO, as a program: `omero_servants.py FOLDER`; omero_server.py starts and orders it.

They answer what idr-py's connection, `getObjects`, `getObject` and a store of raw pixels ask. Names of methods are
Ice's. FOLDER holds server.json and images.npz.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import Glacier2
import Ice
import numpy as np
import omero
import omero.all
from omero.model.enums import UnitsLength
from omero.rtypes import ObjectFactories, rint, rstring, unwrap

_VOID = {"setPixelsId", "close"}
_OMERO_NAMES = {"float32": "float", "float64": "double"}
_PIXELS_AFTER = 1000
"""The pixels of an image have its number and this."""

folder = Path(sys.argv[1])
said = json.loads((folder / "server.json").read_text())
images = {image["id"]: image for image in said["images"]}
with np.load(folder / "images.npz") as file:
    arrays = {int(name): file[name] for name in file}

asked: list[str] = []
faults: dict[str, list[str]] = {}
delays_s: dict[str, float] = {}
sessions: list[Any] = []
short: list[bool] = []
numbers = count(1)


def spy(operation: str) -> None:
    """Note what is asked; be slow or fail where that was ordered."""
    asked.append(operation)
    time.sleep(delays_s.get(operation, 0))
    if faults.get(operation):
        name = faults[operation].pop()
        raise getattr(next(home for home in (omero, Glacier2, Ice) if hasattr(home, name)), name)


def dispatched(servant: type) -> type:
    """Turn plain methods into the _async ones that OMERO's operations dispatch to."""
    for name, method in list(vars(servant).items()):
        if callable(method) and not name.startswith("_"):
            setattr(servant, f"{name}_async", _answering(name, method))
    return servant


def _answering(name: str, method: Callable[..., Any]) -> Callable[..., None]:
    def answer(self: Any, reply: Any, *given: Any) -> None:
        try:
            spy(name)
            result = method(self, *given[:-1])
        except Exception as error:
            reply.ice_exception(error)
        else:
            reply.ice_response(*([] if name in _VOID else [result]))

    return answer


def pixels_of(number: int) -> Any:
    stored, array = images[number], arrays[number]
    made = omero.model.PixelsI(number + _PIXELS_AFTER, True)
    width, height = stored["claims"] or array.shape[:1:-1]
    for axis, size in {"X": width, "Y": height, "Z": array.shape[1], "C": array.shape[0], "T": 1}.items():
        getattr(made, f"setSize{axis}")(rint(size))
    for axis, length in (("X", stored["size_x"]), ("Y", stored["size_y"])):
        if length:
            stated = omero.model.LengthI(length[0], getattr(UnitsLength, length[1]))
            getattr(made, f"setPhysicalSize{axis}")(stated)
    made.pixelsType = omero.model.PixelsTypeI()
    made.pixelsType.value = rstring(stored["kind"] or _OMERO_NAMES.get(array.dtype.name, array.dtype.name))
    for name in stored["channels"]:
        channel = omero.model.ChannelI(next(numbers), True)
        channel.logicalChannel = omero.model.LogicalChannelI(next(numbers), True)
        channel.logicalChannel.name = None if name is None else rstring(name)
        made.addChannel(channel)
    return made


def image_of(number: int) -> Any:
    made = omero.model.ImageI(number, True)
    made.name = rstring(images[number]["name"])
    made.details.permissions = omero.model.PermissionsI()
    if number in arrays:
        made.addPixels(pixels_of(number))
    return made


def projects() -> list[Any]:
    found = []
    for number, name in enumerate(said["projects"], 51):
        found.append(omero.model.ProjectI(number, True))
        found[-1].name = rstring(name)
    return found


@dispatched
class Query(omero.api.IQuery):
    def findByQuery(self, query, params):
        if " from Pixels " in query:
            return pixels_of(unwrap(params.map["pid"]) - _PIXELS_AFTER)
        (number,) = unwrap(params.map["ids"])
        return image_of(number) if number in images else None

    def findAllByQuery(self, query, params):
        return projects() if " from Project " in query else [image_of(number) for number in sorted(images)]


@dispatched
class Store(omero.api.RawPixelsStore):
    def __init__(self, identity):
        self.identity, self.array = identity, None

    def setPixelsId(self, number, bypass):
        if number - _PIXELS_AFTER not in arrays:
            raise omero.ValidationException(None, None, f"no pixels {number}")
        self.array = arrays[number - _PIXELS_AFTER]

    def getTile(self, z, c, t, x, y, width, height):
        rows, columns = self.array.shape[2:]
        if t or x + width > columns or y + height > rows or min(x, y, width, height) < 0:
            raise omero.ApiUsageException(None, None, "outside")
        tile = self.array[c, z, y : y + height, x : x + width]
        return tile.astype(tile.dtype.newbyteorder(">")).tobytes()[: -1 if short and short.pop() else None]

    def getPlane(self, z, c, t):
        return self.getTile(z, c, t, 0, 0, *self.array.shape[:1:-1])

    def close(self):
        adapter.remove(self.identity)


class ServiceFactory(omero.api.ServiceFactory):
    """A session."""

    def getQueryService(self, current=None):
        return omero.api.IQueryPrx.uncheckedCast(adapter.createProxy(identity_of("query")))

    def createRawPixelsStore(self, current=None):
        spy("createRawPixelsStore")
        identity = identity_of(f"store-{next(numbers)}")
        adapter.add(Store(identity), identity)
        return omero.api.RawPixelsStorePrx.uncheckedCast(adapter.createProxy(identity))

    def keepAlive(self, service, current=None):
        asked.append("keepAlive")
        return True

    def setCallback(self, callback, current=None):
        """Nothing is ever called back."""


class Router(Glacier2.Router):
    """The door: who may have a session."""

    def getClientProxy(self, current=None):
        return adapter.createProxy(identity_of("nobody"))

    getServerProxy = getClientProxy

    def addProxies(self, proxies, current=None):
        return []

    def getCategoryForClient(self, current=None):
        return "category"

    def createSession_async(self, reply, user, password, current=None):
        try:
            spy("createSession")
        except Exception as error:
            return reply.ice_exception(error)
        if (user, password) != ("public", said["password"]):
            return reply.ice_exception(Glacier2.PermissionDeniedException(f"not {user} with {password}"))
        sessions.append(identity_of(f"session-{next(numbers)}"))
        adapter.add(ServiceFactory(), sessions[-1])
        return reply.ice_response(Glacier2.SessionPrx.uncheckedCast(adapter.createProxy(sessions[-1])))

    def destroySession(self, current=None):
        spy("destroySession")

    def getSessionTimeout(self, current=None):
        return 600

    getACMTimeout = getSessionTimeout


def obey(order: dict[str, Any]) -> list[str]:
    """Do what omero_server.py orders; return what was asked so far."""
    if order["do"] == "fault":
        faults[order["operation"]] = [order["exception"]] * order["times"]
    elif order["do"] == "slow":
        delays_s[order["operation"]] = order["seconds_s"]
    elif order["do"] == "short":
        short.append(True)
    elif order["do"] == "expire":
        while sessions:
            adapter.remove(sessions.pop())
    return asked


def communicator_of() -> Any:
    wanted = {"Ice.MessageSizeMax": "65536", "Ice.ThreadPool.Server.Size": "4"}
    if said["secured"]:
        wanted |= {"Ice.Plugin.IceSSL": "IceSSL:createIceSSL", "IceSSL.VerifyPeer": "0"}
        wanted |= {"IceSSL.CertFile": str(folder / "cert.pem"), "IceSSL.KeyFile": str(folder / "key.pem")}
    start = Ice.InitializationData()
    start.properties = Ice.createProperties()
    for key, value in wanted.items():
        start.properties.setProperty(key, value)
    made = Ice.initialize(start)
    for factory in ObjectFactories.values():
        factory.register(made)
    return made


communicator = communicator_of()
identity_of = communicator.stringToIdentity
transport, path = ("wss", "/omero-ws") if said["secured"] else ("tcp", "")
adapter = communicator.createObjectAdapterWithEndpoints(
    "local", f"{transport} -h 127.0.0.1" + (f" -r {path}" if path else "")
)
adapter.add(Router(), identity_of("OMERO.Glacier2/router"))
adapter.add(Query(), identity_of("query"))
adapter.activate()
port = adapter.getPublishedEndpoints()[0].getInfo().port
print(json.dumps(f"{transport}://127.0.0.1:{port}{path}"), flush=True)
for line in sys.stdin:
    print(json.dumps(obey(json.loads(line))), flush=True)
communicator.destroy()
