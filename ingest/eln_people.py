"""ELN people: the one filter of every fact of a notebook: what holds a person is left out, addresses are masked.

A fact is left out where its name says that it holds a person, where it is nothing but an address, or where it is a
name that the crate itself gives to a person. A notebook has no vocabulary of field names: these words are what labs
write in English, German, French and Spanish; where a word means a thing too ("contact angle"), the field is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from ingest.eln_crate import Crate, Node, many, text_of, types_of
from schemas.personal import is_personal, masked
from schemas.records import Fact

AUTHORS = ("author", "creator", "authors", "contributor")
_WHO = frozenset(
    """actor affiliation address analyst anwender ansprechpartner ansprechpartnerin ansprechperson apellido apellidos
    artist assistant auteur auteurs autor autora autores author besitzer bediener betreuer betreuerin chercheur
    chercheuse collaborator collaborators contact contacto contributor coworker correo courriel creador creator
    createur doktorand doktorandin eigentumer email emails encadrant ersteller erstellerin estudiante etudiant
    etudiante experimentator experimenter forename forscher forscherin initials initialen investigador investigadora
    investigator kontakt kontaktperson kurzel laborant laborantin mail mailto microscopist mitarbeiter mitarbeiterin
    nachname nutzer nutzerin operador operateur operator operatrice orcid owner pathologist person persona personne
    personnel phone physician prenom propietario proprietaire researcher responsable responsables responsible
    scientist staff student studentin superviseur supervisor supervisora surgeon surname tecnico technician technicien
    technicienne telefon telefono telephone untersucher usuario utilisateur utilisatrice user username vorname
    verantwortliche verantwortlicher verantwortlich""".split()  # noqa: SIM905
)
_ENDINGS = ("bearbeiter", "bearbeiterin", "benutzer", "benutzerin", "verantwortlicher", "projektleiter", "laborleiter")
_DONE = (
    r"acquired|added|analy[sz]ed|approved|assigned|booked|carried out|changed|checked|collected|conducted|created"
    r"|cultured|dissected|done|edited|entered|executed|harvested|imaged|made|measured|modified|mounted|operated|ordered"
    r"|owned|performed|prepared|recorded|registered|requested|reviewed|run|sectioned|seeded|signed|stained|submitted"
    r"|supervised|taken|updated|uploaded|verified|written"
)
_SAID = re.compile(
    rf"\b(?:(?:{_DONE}) by"
    r"|(?:aufgenommen|bearbeitet|durchgefuhrt|erstellt|gefarbt|gemacht|gemessen|gepruft|hergestellt|prapariert"
    r"|vorbereitet) (?:von|durch)"
    r"|(?:acquis|acquise|cree|effectue|effectuee|fait|faite|mesure|mesuree|prepare|preparee|realise|realisee|verifie)"
    r" par"
    r"|(?:adquirid|cread|hech|medid|preparad|realizad|revisad|tomad)[oa]s? por"
    r"|(?:given|family|first|last|full|middle|display|patient|donor|subject|owner) ?names?|nom de famille"
    r"|(?:group|team|project|lab|study) (?:leader|head|manager)s?"
    r"|name (?:der|des) (?!antikorper|experiment|farb|fluor|gen|kanal|mikroskop|objektiv|plasmid|prob|projekt|protein"
    r"|stamm|verbindung|wirkstoff|zell)"
    r"|nom de (?:l )?(?:la |le )?(?:personne|utilisa|operat|auteur|etudiant|patient|responsable)"
    r"|nombre (?:del|de la|de el)? ?(?:paciente|operador|usuario|autor|responsable|persona))"
)
_THING = re.compile(
    r"\b(?:contact (?:angle|area|force|inhibition|lens|mode|point|print\w*|resistance|time)s?"
    r"|student s? ?t ?test|meta user|user (?:defined|interface|manual|setting)s?|(?:ip|memory|mac|web) address)\b"
)
_CALLED = re.compile(r"(?:pi|principal investigator)(?: name)?|nom prenom")
_PERSON_KEYS = frozenset({"affiliation", "email", "mail", "orcid", "phone", "role"})
_NAME_KEYS = frozenset({"name", "fullname", "displayname"})
_SHOWN_AS = re.compile(r"[^\W\d][\w.,' -]{0,60}[<(]\[e-mail\][>)]")
_LEFT = re.compile(r"\[(?:e-mail|ORCID|name)\]|[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_MAX_DEPTH = 16
_MOST_NAMES = 2_000


class People:
    """The names that a crate gives to persons."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        known = list(islice(dict.fromkeys(name for name in names if _words(name)), _MOST_NAMES))
        self._known = {tuple(sorted(_words(name))) for name in known}
        written = (tuple(_LETTERS.findall(name.casefold())) for name in known if "@" not in name)
        several = [key for key in written if len(key) > 1]
        self._orders = {order for key in several for order in (key, (*key[1:], key[0]), (key[-1], *key[:-1]))}
        self._lengths: dict[str, set[int]] = {}
        for order in self._orders:
            self._lengths.setdefault(order[0], set()).add(len(order))

    def masked(self, text: str) -> str:
        """Return a text with "[e-mail]", "[ORCID]" and "[name]" in the place of what they name."""
        text = masked(text)
        if not self._orders:
            return text
        parts, done = [], 0
        for start, end in self._places(text):
            parts += [text[done:start], "[name]"]
            done = end
        return "".join([*parts, text[done:]])

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a name of several words stands; words are looked up, so that many names cost no more than one."""
        found = list(_LETTERS.finditer(text))
        words, at = [each[0].casefold() for each in found], 0
        while at < len(words):
            sizes = sorted(self._lengths.get(words[at], ()), reverse=True)
            size = next((size for size in sizes if tuple(words[at : at + size]) in self._orders), 0)
            if size:
                yield found[at].start(), found[at + size - 1].end()
            at += size or 1

    def are(self, text: str) -> bool:
        """Return whether a text is nothing but a person's name or address."""
        if is_personal(text) or tuple(sorted(_words(text))) in self._known:
            return True
        hidden = self.masked(text)
        return "[" in hidden and hidden != text and (not _LEFT.sub("", hidden) or bool(_SHOWN_AS.fullmatch(hidden)))

    def left_out_of(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """Yield the facts that hold no person, addresses and names in them masked."""
        for fact in facts:
            if not holds_person(fact.name) and not self.are(fact.value):
                unit = self.masked(fact.unit) if fact.unit else fact.unit
                told = {"name": self.masked(fact.name), "value": self.masked(fact.value), "unit": unit}
                yield fact.model_copy(update=told)


def people_in(crate: Crate) -> People:
    """Return the people whom a crate describes, by node, in place or by mere name."""
    return People(chain.from_iterable((*_named_in(node, 0), *_authors_of(crate, node)) for node in crate.all_nodes()))


@lru_cache(4096)
def holds_person(name: str) -> bool:
    """Return whether a field holds a person by its name, whose parts are a path.

    >>> [holds_person(name) for name in ("actor.givenName", "Objective", "Aufgenommen von", "Contact angle", "PI")]
    [True, False, True, False, True]
    """
    parts = [_THING.sub(" ", " ".join(_words(part))).strip() for part in re.split(r"[./→>:\[\]]", name)]
    whole = " ".join(filter(None, parts))
    words = whole.split()
    return (
        any(word in _WHO or word.removesuffix("s") in _WHO or word.endswith(_ENDINGS) for word in words)
        or any(_stem(word).endswith(_ENDINGS) for word in words)
        or _SAID.search(whole) is not None
        or any(_CALLED.fullmatch(part) for part in parts)
    )


def is_person(node: Mapping[str, Any]) -> bool:
    """Return whether an object is a person by its type, or by what it tells: a name beside a role or an address.

    >>> is_person({"role": "operator", "name": "Ada"}), is_person({"name": "DAPI", "value": 1})
    (True, False)
    """
    keys = {"".join(_words(key)) for key in node}
    return "Person" in types_of(node) or (not keys.isdisjoint(_NAME_KEYS) and not keys.isdisjoint(_PERSON_KEYS))


def _stem(word: str) -> str:
    return re.sub(r"(?:innen|in|s|n)$", "", word)


def _words(text: str) -> list[str]:
    """Return the words of a name as they are compared: in small letters, without accents, camelCase parted."""
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", re.sub(r"\be-mail", "email", text, flags=re.IGNORECASE))
    plain = unicodedata.normalize("NFKD", parted.casefold())
    return _LETTERS.findall("".join(each for each in plain if not unicodedata.combining(each)))


def _named_in(node: object, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, list):
        for each in node:
            yield from _named_in(each, depth + 1)
    elif isinstance(node, Mapping):
        if "Person" in types_of(node):
            yield from _names_of(node)
        yield from (each for key in AUTHORS for each in many(node.get(key)) if isinstance(each, str))
        for inner in node.values():
            if isinstance(inner, Mapping | list):
                yield from _named_in(inner, depth + 1)


def _authors_of(crate: Crate, node: Node) -> Iterator[str]:
    """Yield the names of those whom a node calls its authors, whatever they are called by type."""
    authors = (each for key in AUTHORS for each in crate.nodes(node.get(key)))
    yield from (name for each in authors if "Organization" not in types_of(each) for name in _names_of(each))


def _names_of(node: Mapping[str, Any]) -> Iterator[str]:
    given, family = text_of(node.get("givenName")), text_of(node.get("familyName"))
    yield from (text_of(node.get(key)) for key in ("name", "alternateName", "email"))
    if given and family:
        yield from (f"{given} {family}", f"{given[0]} {family}")
