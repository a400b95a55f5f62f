"""Where knowledge lies: the package's ontology and rules, then the folders of the person who asks, or an endpoint.

Later folders add to earlier ones. A folder of one's own holds Turtle (.ttl), checks (.rq), situations (.yaml)
and, only for who trusts them, rules (.pl). Knows names of files; opens none.
"""
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from .errors import InputError

_HERE = Path(__file__).resolve().parent
OWN = "tunewise.d"  # the folder that is read where it lies in the folder a person works in
VARIABLE = "TUNEWISE_KNOWLEDGE"
MAX_FILES = 20_000  # of any kind that a folder of one's own may hold: more, and it is no folder of knowledge


def home(name: str) -> Path:
    """ontology/ and rules/: inside the wheel beside this file, in a checkout two folders up."""
    inside = _HERE / "_data" / name
    return inside if inside.is_dir() else _HERE.parent.parent / name


class Knowledge:
    """Folders of knowledge, later ones adding to earlier ones; the first of each kind is the package's.

    ``endpoint``: a SPARQL 1.1 endpoint that the facts come from instead of from Turtle files.
    """

    __slots__ = ("ontology", "rules", "endpoint")

    def __init__(self, ontology: tuple[Path, ...] | None = None, rules: tuple[Path, ...] | None = None, endpoint: str | None = None) -> None:
        self.ontology = tuple(ontology or (home("ontology"),))
        self.rules = tuple(rules or (home("rules"),))
        self.endpoint = endpoint

    @classmethod
    def here(cls, folders: Iterable[Path] = (), *, trust_rules: bool = False, endpoint: str | None = None,
             environment: Mapping[str, str] | None = None) -> Knowledge:
        """The package's, then ./tunewise.d, ``folders``, and those of TUNEWISE_KNOWLEDGE (parted as PATH is).

        Their rule files are loaded where ``trust_rules`` is said, since rules are code. All that cannot be
        found is told in one InputError.
        """
        named = [(Path(f), f"--knowledge {f}") for f in folders]
        named += [(Path(f), f"{VARIABLE}={f}") for f in (environment or os.environ).get(VARIABLE, "").split(os.pathsep) if f]
        faults = [f"{said}: there is no such folder.{_nearest(folder)}" for folder, said in named if not folder.exists()]
        if endpoint and named:
            faults.append(f"{named[0][1]} and --endpoint exclude each other: facts come from the endpoint alone. Load the files of the folder into it, or leave one of the two away.")
        if faults:
            raise InputError(*faults)
        mine = [Path(OWN)] if os.path.isdir(OWN) and not endpoint else []
        mine += [folder for folder, _ in named]
        unique = tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in mine))
        return cls((home("ontology"), *unique), (home("rules"), *(unique if trust_rules else ())), endpoint)

    @property
    def own(self) -> tuple[Path, ...]:
        """The folders (or single files) of the person who asks."""
        return self.ontology[1:]

    def turtle(self) -> list[Path]:
        return [*self.of_package(), *self.of_person()]

    def of_package(self) -> list[Path]:
        """Turtle files of the first folder, shapes excepted."""
        return [Path(f) for f in _turtle(self.ontology[0])]

    def of_person(self) -> list[Path]:
        """Turtle files of the folders after the first, in their order."""
        return [Path(f) for f in dict.fromkeys(f for folder in self.own for f in _turtle(folder, bounded=True))]

    def shapes(self) -> list[Path]:
        return [f for folder in self.ontology if (f := folder / "shapes.ttl").exists()]

    def views(self) -> list[Path]:
        return sorted((self.ontology[0] / "views").glob("*.rq"))

    def checks(self) -> list[Path]:
        """SPARQL that must return nothing: the package's checks/, and every .rq of the other folders."""
        return [*sorted((self.ontology[0] / "checks").glob("*.rq")), *(Path(f) for folder in self.own for f in _found(folder, (".rq",), bounded=True))]

    def situations(self) -> list[Path]:
        """Situations that lie in folders of one's own."""
        return [Path(f) for folder in self.own for f in _found(folder, (".yaml", ".yml"), bounded=True)]

    def engine_files(self) -> list[Path]:
        return sorted((self.rules[0] / "engine").glob("*.pl"))

    def rule_files(self) -> list[Path]:
        return [*sorted(self.rules[0].glob("*.pl")), *(Path(f) for folder in self.rules[1:] for f in _found(folder, (".pl",), bounded=True))]

    def untrusted(self) -> list[Path]:
        """Rule files that lie in folders of one's own and are not loaded."""
        return [Path(f) for folder in self.own if folder not in self.rules for f in _found(folder, (".pl",), bounded=True)]

    def files(self) -> list[Path]:
        """All files an answer rests on."""
        code = [_HERE / name for name in ("graph.py", "graph_own.py", "knowledge.py")]
        return [*([] if self.endpoint else self.turtle()), *self.views(), *self.engine_files(), *self.rule_files(), *code]


def _turtle(folder: Path, bounded: bool = False) -> list[str]:
    return [f for f in _found(folder, (".ttl",), bounded) if os.path.basename(f) != "shapes.ttl"]


def _found(folder: Path, endings: tuple[str, ...], bounded: bool = False) -> list[str]:
    """Files of these endings below a folder, sorted; a file is itself. Hidden folders and links to folders are passed over."""
    if not os.path.isdir(folder):
        return [str(folder)] if str(folder).endswith(endings) else []
    out: list[str] = []
    seen = 0
    stack = [str(folder)]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            stack.append(entry.path)
                    elif entry.name.endswith(endings) and not entry.name.startswith(".") and entry.is_file():
                        out.append(entry.path)
        except OSError as fault:
            raise InputError(f"{fault.filename or folder}: cannot be read: {fault.strerror}.") from None
        if bounded and seen > MAX_FILES:
            raise InputError(f"{folder}: holds more than {MAX_FILES:,} files. Name a folder that holds knowledge alone.")
    return sorted(out)


def _nearest(folder: Path) -> str:
    import difflib

    try:
        near = difflib.get_close_matches(folder.name, [entry.name for entry in os.scandir(folder.parent)], n=1)
    except OSError:
        return ""
    return f" Did you mean {folder.parent / near[0]}?" if near else ""
