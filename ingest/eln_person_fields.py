"""ELN person fields: what the name of a notebook's field says of its value: a person for certain, likely, perhaps.

A notebook has no vocabulary of field names: these words are what labs write in English, German, French, Italian,
Spanish, Portuguese and Dutch. What counts is the head of the name, the last word of a Germanic name and the first of a
Romance one: "Microscope operator" and "Opérateur du microscope" are people, "lac operator copies" is a number.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Says = Literal["person", "likely", "perhaps", "thing"]
"""person: whatever the value. likely: if it looks like a name or login. perhaps: only if like a whole name."""

_LETTERS = re.compile(r"[^\W\d_]+")
_MOST_CHARS = 1_000
_CERTAIN = frozenset(
    """achternaam actor affiliation afiliacion analist analyst anschrift ansprechpartner ansprechperson apelido
    apellido apellidos arbeitsgruppenleiter artist auteur auteure author autor autora autore autrice bearbeiter
    bediener begeleider benutzername betreuer biologist chemist chercheur chercheuse cognome collaborator
    contactpersoon contributor correo courriel coworker creador createur creator doctoranda doctorando doctorant
    doctorante doktorand dottoranda dottorando doutorando email encadrant encadrante encadreur ersteller
    experimentador experimentalist experimentateur experimentator experimentatrice experimenter fax forename
    forscher gebruikersnaam gruppenleiter iniciais iniciales initialen initialer initiales initials iniziali
    inscriptor investigador investigator kontaktperson laborant laborleiter loginname mail mailto medewerker
    microscopist microscopista mikroskopierer mitarbeiter nachname nutzername onderzoeker operador operateur
    operator operatore operatrice orcid orientador orientadora pathologist person pesquisador pesquisadora phone
    physician postdoc praparator prenom preparator projektleiter promovendus researcher ricercatore ricercatrice
    scientist scienziato sobrenome sperimentatore sperimentatrice studienleiter superviseur supervisor
    supervisora supervisore surgeon surname teamleiter technician technicien technicienne techniker telefon
    telefone telefonnummer telefono telefoon telefoonnummer telephone twitter uitvoerder untersucher username
    verantwoordelijke verantwortlich verantwortliche verantwortlicher versuchsleiter voornaam vorname
    wissenschaftler""".split()  # noqa: SIM905
)
_ROMANCE = frozenset(
    """apellido auteur auteure autor autora autore autrice chercheur chercheuse cognome correo courriel creador
    createur encadrant encadrante experimentador experimentateur experimentatrice investigador investigadora
    operador operadora operateur operatore operatrice orientador pesquisador pesquisadora prenom ricercatore
    ricercatrice sperimentatore sperimentatrice superviseur supervisora supervisore technicien technicienne
    telefone telefono""".split()  # noqa: SIM905
)
"""People also where an adjective follows: "operador principal"."""
_CERTAIN_FIRST = frozenset(
    """asistente assistente cientifico cientista persona personne pessoa responsabile responsable responsavel
    scientifique tecnico""".split()  # noqa: SIM905
)
"""People where they come first, in Romance names; after another word they are adjectives ("gène responsable")."""
_LIKELY = frozenset(
    """account alumna alumno aluna aluno anaesthetist anesthetist anwender approver arzt arztin assignee
    assistant assistent auftraggeber benutzer beobachter besitzer bolsista capo chef chief client contact
    contacto contato contatto curator customer directeur director direktor doctor durchfuhrung eigenaar
    eigentumer encargada encargado estudante estudiante etudiant etudiante expert gebruiker hiwi interviewer
    jefe caretaker cc keeper kontakt kunde kurzel leider login manipulateur manipulatrice member mentor nutzer
    observateur observer owner paciente patient patron paziente personnel pi praktikant proband prof profesor professeur
    professor professora professore propietario proprietaire proprietario protokollant referent referente
    relatore responsible reviewer scorer signatory staff stagiaire steward student studente studentessa teacher
    tester trainee tutor unterschrift user usuaria usuario utente utilisateur utilisatrice utilizador
    utilizadora vet veterinaire veterinarian who witness zeuge zustandig""".split()  # noqa: SIM905
)
_PERHAPS = frozenset("booked donor handler injector leitung partner recipient sender signature tecnica".split())  # noqa: SIM905
"""People or things."""
_LOGINS = frozenset(
    """account anwender benutzer gebruiker login nutzer uid user users usuaria usuario utente utilisateur
    utilizador""".split()  # noqa: SIM905
)
_COMPOUND = ("pfleger", "leider", "betreuer", "beauftragter", "beauftragte", "assistent", "student", "nutzer")
"""How German and Dutch words end that are likely a person: Tierpfleger, Proefleider."""
_MAIN = frozenset("main principal principale hauptsachlich corresponding primary secondary local external".split())  # noqa: SIM905
_GERMAN = tuple(word for word in _CERTAIN if word.endswith(("er", "ant", "ator", "leiter")) and len(word) > 7)
_NAME = frozenset("name names nom nome nombre naam namen noms".split())  # noqa: SIM905
_OF_A_PERSON = frozenset("name names id ids nr no code details info information data signature number".split())  # noqa: SIM905
_GIVEN = re.compile(r"(?:first|last|given|family|middle|maiden) ?names?|nom de famille|nom prenom|nom et prenom")
_BORN = re.compile(
    r"birth ?(?:date|day)|date of birth|geburts(?:datum|tag)|date de naissance|fecha de nacimiento|data di nascita"
    r"|data de nascimento|geboorte ?datum"
)
"""An animal's is called so with its kind: "Mouse date of birth"."""
_LEADS = re.compile(r"(?:group|team|project|lab|laboratory|study|section|department|unit) (?:leader|head|manager)s?")
_PRINCIPAL = re.compile(r"(?:co )?(?:principal investigator|pi)s?")
_ADDRESS = re.compile(
    r"(?:(?:home|postal|mailing|private|street|work|office|lab|e|email|e mail) )?"
    r"(?:address|adresse|adres|direccion|indirizzo|endereco)(?: (?:postale|postal|electronique|privee))?"
)
_NO_PERSON = re.compile(
    r"\boperat(?:eur|ore?|or) (?:booleen|booleano|logi\w+|lineal|lineaire)\b"
    r"|\b(?:lac|tet|trp|ara|lambda|gal|lex|dna|boolean|logical"
    r"|math\w*|laplac\w*|sobel|differential|edge|filter"
    r"|morphological|reduction|rank) operators?\b"
)
_BEFORE = re.compile(
    r"\b(?:of|for|at|on|in|with|from|to|de|du|des|del|della|dell|dello|delle|do|da|dos|das|di|d|l|la|le|al|alla|para|con"
    r"|com|avec|pour|der|van|vom|im|am|zum|zur|mit|fur|voor|met|bij|und|and|et|y|e|en|or|oder|ou|o)\b"
)
_NAMED = re.compile(
    r"(?:full )?(?:name|nom|nome|nombre|naam)s? (?:of|des|der|de|du|del|della|dell|dello|do|da|van)"
    r"(?: (?:the|l|la|le|el|o|a|de|het))? (?P<who>.+)"
)
_BY = re.compile(r"(?P<done>.+?) (?:by|von|durch|par|da|por|door)(?: (?:name|nom|nome|nombre|naam|initials|whom))?")
_DONE_BY_PEOPLE = re.compile(
    r"\b(?:acquired|acquisition|added|analy[sz]ed|analysis|approved|assigned|authored|booked|carried out|changed"
    r"|checked|collected|conducted|counted|created|cultured|dissected|done|edited|entered|executed|experiments?|harvested"
    r"|imaged|injected|inspected|logged|measured|modified|observed|operated|ordered|owned|perform\w*|perfusion|photographed|staining"
    r"|prepared|recorded|registered|requested|reviewed|run|scanned|scored|sectioned|seeded|signed(?: off)?|submitted"
    r"|supervised|surgery|taken|trained|updated|uploaded|validated|verified|witnessed|written"
    r"|(?:auf|ent)genommen|bearbeitet|durchgefuhrt|erstellt|gemacht|gemessen|gepruft|prapariert|vorbereitet"
    r"|mikroskopiert|analysiert|ausgewertet|injiziert|operiert|gezahlt|freigegeben|unterschrieben|genehmigt|protokolliert"
    r"|geandert|betreut|geschnitten|kontrolliert|erfasst|angelegt|hochgeladen"
    r"|(?:acquis|analys|cree|control|effectu|mesur|modifi|prepar|realis|redig|sign|valid|verifi|imag)\w{0,3}"
    r"|(?:acquisi|adquiri|analisa|analizza|analiza|coleta|compila|controlla|crea|cria|effettua|efectua|elabora|esegui"
    r"|ejecuta|executa|escri|firma|medi|modifica|misura|prepara|raccol|realizza|realiza|recogi|redat|registra|revisa"
    r"|toma|valida|verifica)(?:[dt][oa]s?|tt[oa])"
    r"|(?:aan|op|af)ge\w+|uitgevoerd|gemeten|(?:voor)?bereid|geanalyseerd|gecontroleerd|verzameld|geschreven|ondertekend)\b"
)
_KEPT_BY_PROGRAMS = re.compile(
    r"(?:last )?(?:added|changed|created|deleted|edited|entered|modified|owned|updated|uploaded|erstellt|geandert"
    r"|angelegt|hochgeladen|cree|modifie|creado|criado|creato|modificado|modificato|aangemaakt|gewijzigd)"
    r" (?:by|von|par|por|da|door)"
)
"""Who they say is an account as often as a name."""


def says(name: str) -> Says:
    """Return what a field's name says of its value; its parts are a path, of which the surest part counts.

    >>> [says(name) for name in ("Operator", "Aufgenommen von", "PI", "Made by", "lac operator copies", "Stain")]
    ['person', 'likely', 'likely', 'perhaps', 'thing', 'thing']
    """
    return _says_of(name[:_MOST_CHARS])


@lru_cache(4096)
def _says_of(name: str) -> Says:
    parts = [" ".join(words_of(part)) for part in re.split(r"[./→>:\[\]]", name)]
    whole = " ".join(filter(None, parts))
    found = {_says(part) for part in (*parts, whole) if part}
    order: tuple[Says, ...] = ("person", "likely", "perhaps", "thing")
    return next((each for each in order if each in found), "thing")


def is_login(name: str) -> bool:
    """Return whether a field's whole name is a word for a user's account: then one word in small letters is a login.

    >>> is_login("User ID"), is_login("User comment")
    (True, False)
    """
    words = [word for word in words_of(name) if word not in _OF_A_PERSON]
    return (len(words) == 1 and words[0] in _LOGINS) or _KEPT_BY_PROGRAMS.fullmatch(" ".join(words)) is not None


def words_of(text: str) -> list[str]:
    """Return the words of a name as they are compared: in small letters, without accents, camelCase parted."""
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", re.sub(r"\be[-_ ]?mail", "email", text, flags=re.IGNORECASE))
    plain = unicodedata.normalize("NFKD", parted.casefold())
    return _LETTERS.findall("".join(each for each in plain if not unicodedata.combining(each)))


def _says(part: str) -> Says:
    """Return what one part of a path says, its words in small letters."""
    part = _NO_PERSON.sub(" ", part).replace("ph d", "phd").replace("co worker", "coworker").strip()
    if any(form.fullmatch(part) for form in (_GIVEN, _ADDRESS, _BORN)) or _LEADS.search(part):
        return "person"
    if named := _NAMED.fullmatch(part):
        return "person" if _of_words(named["who"], named=True) in {"person", "likely"} else "thing"
    if done := _BY.fullmatch(part):
        return "likely" if _DONE_BY_PEOPLE.search(done["done"]) else "perhaps"
    return _of_words(part, named=False)


def _of_words(part: str, *, named: bool) -> Says:
    """Return what the head of a name says; `named` where a word for "name of" stood before it."""
    words = _BEFORE.split(part, maxsplit=1)[0].split()
    named = named or bool(words and words[-1] in _NAME)
    while len(words) > 1 and words[-1] in _OF_A_PERSON | _NAME | _MAIN:
        words.pop()
    if not words:
        return "thing"
    if _is_certain(words[-1]) or _is_one(words[0], _ROMANCE):
        return "person"
    if _is_one(words[0], _CERTAIN_FIRST) or _PRINCIPAL.fullmatch(" ".join(words)):
        return "person" if named or words[0] != "pi" else "likely"
    if _is_one(words[-1], _LIKELY) or words[-1].endswith(_COMPOUND) or " ".join(words) == "assigned":
        return "person" if named else "likely"
    return "perhaps" if any(map(_is_certain, words)) or _is_one(words[-1], _PERHAPS) else "thing"


def _is_certain(word: str) -> bool:
    return _is_one(word, _CERTAIN) or any(stem.endswith(_GERMAN) for stem in _stems(word))


def _is_one(word: str, among: frozenset[str]) -> bool:
    return not among.isdisjoint(_stems(word))


def _stems(word: str) -> set[str]:
    """Return a word, and what it is in the singular, and of a man in German."""
    return {word, word.removesuffix("s"), re.sub(r"(?:innen|in|en|n|s|es)$", "", word)}
