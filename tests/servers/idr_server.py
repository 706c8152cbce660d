"""A local IDR: OMERO.web's lists, map annotations, imgData and renderings, behind a session.

with running() as server:
    server.add_screen("idr0001-a-b/screenA", plates=2, wells=3)
    server.fault("render_image/1", status=503, times=2)
    server.expire()
    ... server.url, server.asked("imgData")

The shapes are those of OMERO's JSON API documentation and of the answers that IDR's notebooks keep.
"""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faulty_http
import numpy as np
from PIL import Image

_SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06#"
_CC_BY = "CC BY 4.0 https://creativecommons.org/licenses/by/4.0/"
_LOGIN = b"<!DOCTYPE html><html><head><title>OMERO.web - Login</title></head><body>Log in</body></html>"
_ROUTES = (
    (r"/api/v0/m/(screens|projects)/", "_containers"),
    (r"/api/v0/m/(?:screens|projects)/(\d+)/(?:plates|datasets)/", "_groups"),
    (r"/api/v0/m/(plates|datasets)/(\d+)/(?:wells|images)/", "_children"),
    (r"/api/v0/m/images/(\d+)/", "_image"),
    (r"/webclient/api/annotations/", "_annotations"),
    (r"/webclient/imgData/(\d+)/", "_image_data"),
    (r"/webgateway/render_image/(\d+)/(\d+)/(\d+)/", "_rendering"),
)


def rendering(number: int, z: int, width_px: int, height_px: int) -> bytes:
    """Return a picture that no other image and no other section has."""
    noise = np.random.default_rng([number, z]).integers(0, 256, (height_px // 8, width_px // 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((width_px, height_px), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


class IdrServer(faulty_http.Log):  # type: ignore[misc, name-defined]  (the module is loaded by path)
    """What IDR holds, what goes wrong, and who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.containers: dict[str, list[dict[str, Any]]] = {"screens": [], "projects": []}
        self.groups: dict[int, list[dict[str, Any]]] = {}
        """Plates or datasets of a screen or project."""
        self.children: dict[tuple[str, int], list[dict[str, Any]]] = {}
        """Wells of a plate, images of a dataset."""
        self.images: dict[int, dict[str, Any]] = {}
        """imgData of each image."""
        self.pairs: dict[tuple[str, int], list[tuple[str, list[list[str]]]]] = {}
        """(image, 7) -> namespaces with their pairs."""
        self.most = 1000
        self.sessions: set[str] = set()
        self.opened = 0
        self.needs_session = True
        self._ends: list[str] = []
        self.url = ""
        self._numbers = iter(range(101, 10**6))

    def add_screen(self, name: str, *, plates: int = 1, wells: int = 1, fields: int = 1, **known: Any) -> list[int]:
        """Add a screen and return its images; see `_add` for what else may be said."""
        images: list[int] = []
        container = self._add("screens", "Screen", name, **known)
        for plate in range(plates):
            number = self._group(container, "Plate", f"plate{plate}")
            listed = [self._well(well, fields, known) for well in range(wells)]
            self.children["plates", number] = listed
            images += [one["Image"]["@id"] for well in listed for one in well["WellSamples"]]
        return images

    def add_project(self, name: str, *, datasets: int = 1, per_dataset: int = 1, **known: Any) -> list[int]:
        """Add a project and return its images."""
        images: list[int] = []
        container = self._add("projects", "Project", name, **known)
        for dataset in range(datasets):
            number = self._group(container, "Dataset", f"dataset{dataset}", per_dataset)
            ids = [self._image_of(f"image{at}.tif", known) for at in range(per_dataset)]
            self.children["datasets", number] = [self._listed_image(one) for one in ids]
            images += ids
        return images

    def _add(self, kind: str, type_: str, name: str, *, licence: str | None = _CC_BY, **known: Any) -> int:
        number = next(self._numbers)
        about = {"@id": number, "Name": name, "Description": known.get("description", ""), "@type": _SCHEMA + type_}
        self.containers[kind].append(about | {"omero:details": {}})
        self.groups[number] = []
        pairs = [["Study Title", f"Title of {name}"], ["Study Type", "high content screen"]]
        pairs += [["Organism", "Homo sapiens"], ["Imaging Method", "fluorescence microscopy"]]
        pairs += [["Publication Title", "A paper"], ["Publication Authors", "Doe J, Roe R"]]
        pairs += [["PubMed ID", "24943848 https://www.ncbi.nlm.nih.gov/pubmed/24943848"]]
        pairs += [["Publication DOI", "10.1091/mbc.E13-04-0221 https://doi.org/10.1091/mbc.E13-04-0221"]]
        pairs += [["License", licence]] if licence else []
        pairs += [["Copyright", "Doe et al"]]
        self.pairs[type_.lower(), number] = [("idr.openmicroscopy.org/study/info", pairs)]
        return number

    def _group(self, container: int, type_: str, name: str, count: int | None = None) -> int:
        number = next(self._numbers)
        about = {"@id": number, "Name": name, "@type": _SCHEMA + type_, "omero:details": {}}
        self.groups[container].append(about | ({} if count is None else {"omero:childCount": count}))
        return number

    def _well(self, at: int, fields: int, known: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        ids = [
            self._image_of(f"plate [Well A{at + 1:02} Field #{field + 1}]", known, number) for field in range(fields)
        ]
        samples = [{"@id": next(self._numbers), "Image": self._listed_image(one)} for one in ids]
        return {"@id": number, "Row": at // 12, "Column": at % 12, "@type": _SCHEMA + "Well", "WellSamples": samples}

    def _listed_image(self, number: int) -> dict[str, Any]:
        name = self.images[number]["meta"]["imageName"]
        return {"@id": number, "Name": name, "@type": _SCHEMA + "Image", "omero:details": {}}

    def _image_of(self, name: str, known: dict[str, Any], well: int | None = None) -> int:
        number = next(self._numbers)
        width, height = known.get("size_px", (192, 160))
        labels = known.get("channels", ("DAPI", "GFP"))
        channels = [{"label": one, "color": "00FF00", "active": True, "family": "linear"} for one in labels]
        self.images[number] = {
            "id": number,
            "meta": {"imageName": name, "imageId": number, "wellId": well or "", "pixelsType": "uint16"},
            "perms": {"canAnnotate": False},
            "tiles": False,
            "size": {"width": width, "height": height, "z": known.get("depth", 1), "t": 1, "c": len(labels)},
            "pixel_size": {"x": known.get("um", 0.65), "y": known.get("um", 0.65), "z": None},
            "channels": channels,
            "rdefs": {"model": "color", "projection": "normal", "defaultZ": 0, "defaultT": 0, "invertAxis": False},
        }
        return number

    def annotate(self, kind: str, number: int, pairs: list[list[str]], namespace: str = "mapr") -> None:
        """Add a map annotation."""
        self.pairs.setdefault((kind, number), []).append((f"openmicroscopy.org/{namespace}", pairs))

    def remove_image(self, number: int) -> None:
        """Withdraw an image from IDR and from every list."""
        del self.images[number]
        for key, listed in self.children.items():
            self.children[key] = [one for one in listed if one["@id"] != number]

    def license_anew(self, name: str, licence: str | None) -> None:
        """Give a screen or project another licence, or none."""
        for kind, listed in self.containers.items():
            for one in listed:
                if one["Name"] == name:
                    namespace, pairs = self.pairs[kind[:-1], one["@id"]][0]
                    others = [pair for pair in pairs if pair[0] != "License"]
                    told = others + ([["License", licence]] if licence else [])
                    self.pairs[kind[:-1], one["@id"]] = [(namespace, told)]

    def expire(self) -> None:
        """End every session."""
        self.sessions.clear()

    def end_session_at(self, within: str) -> None:
        """End every session when a request comes whose address contains `within`, once."""
        self._ends.append(within)

    def answer(self, seen: Any) -> Any:
        """Answer as OMERO.web does; without a session a refusal, or the way to the login page."""
        for within in [one for one in self._ends if one in seen.whole]:
            self._ends.remove(within)
            self.expire()
        if seen.path == "/webclient/" and seen.query.get("experimenter") == "-1":
            return self._open()
        if seen.path == "/webclient/login/":
            return 200, "text/html", _LOGIN
        if self.needs_session and not self.sessions & set(re.findall(r"sessionid=(\w+)", seen.cookie)):
            if seen.path.startswith("/api/"):
                return 403, "application/json", b'{"message": "Not logged in"}'
            return 302, "text/html", b"", {"Location": f"/webclient/login/?url={seen.path}"}
        for pattern, name in _ROUTES:
            found = re.fullmatch(pattern, seen.path)
            if found:
                return getattr(self, name)(seen, *found.groups())
        return _json({"message": f"{seen.path} not found"}, 404)

    def _open(self) -> Any:
        self.opened += 1
        name = f"s{self.opened}secret"
        self.sessions.add(name)
        headers = {"Set-Cookie": f"sessionid={name}; Max-Age=3600; Path=/; HttpOnly"}
        return 200, "text/html", b"<!DOCTYPE html><html><body>IDR</body></html>", headers

    def _page(self, seen: Any, listed: list[dict[str, Any]]) -> Any:
        try:
            limit, offset = int(seen.query.get("limit", "200")), int(seen.query.get("offset", "0"))
        except ValueError as error:
            return _json({"message": str(error)}, 400)
        limit = min(limit, self.most)
        meta = {"totalCount": len(listed), "maxLimit": self.most, "limit": limit, "offset": offset}
        return _json({"data": listed[offset : offset + limit], "meta": meta})

    def _containers(self, seen: Any, kind: str) -> Any:
        return self._page(seen, self.containers[kind])

    def _groups(self, seen: Any, number: str) -> Any:
        listed = self.groups.get(int(number))
        if listed is None:
            return _json({"message": f"{number} not found"}, 404)
        if "childCount" not in seen.query:
            listed = [{key: value for key, value in one.items() if key != "omero:childCount"} for one in listed]
        return self._page(seen, listed)

    def _children(self, seen: Any, kind: str, number: str) -> Any:
        return self._page(seen, self.children[kind, int(number)])

    def _image(self, _seen: Any, number: str) -> Any:
        if int(number) not in self.images:
            return _json({"message": f"Image {number} not found"}, 404)
        return _json({"data": self._listed_image(int(number))})

    def _annotations(self, seen: Any) -> Any:
        kind, number = next((name, value) for name, value in seen.query.items() if name != "type")
        told = [
            {"id": at, "ns": namespace, "values": pairs, "class": "MapAnnotationI", "permissions": {}}
            for at, (namespace, pairs) in enumerate(self.pairs.get((kind, int(number)), []))
        ]
        return _json({"annotations": told, "experimenters": []})

    def _image_data(self, _seen: Any, number: str) -> Any:
        told = self.images.get(int(number))
        return _json(told) if told else (404, "text/html", b"<html>404</html>")

    def _rendering(self, _seen: Any, number: str, z: str, _t: str) -> Any:
        told = self.images.get(int(number))
        if told is None or int(z) >= told["size"]["z"]:
            return 404, "text/html", b"<html>404</html>"
        size = told["size"]
        return 200, "image/jpeg", rendering(int(number), int(z), size["width"], size["height"])


def _json(told: Any, status: int = 200) -> Any:
    return status, "application/json", json.dumps(told).encode()


@contextmanager
def running() -> Iterator[IdrServer]:
    """Start the service on a free port of the loopback, and stop it at the end."""
    server = IdrServer()
    with faulty_http.serving(server, {"idr": server.answer}) as addresses:
        server.url = addresses["idr"]
        yield server
