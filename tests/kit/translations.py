"""Translation catalogues: the texts of the sources, and a catalogue of an invented language."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from tests.kit.processes.servers import ROOT

KEYWORDS = {"t": None, "tn": (1, 2)}


def extracted() -> dict[str, str | tuple[str, ...]]:
    """Return every text of the sources, by its singular form."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    ids = [message for path, _, message, _, _ in found if path.startswith("authapp")]
    return {(id if isinstance(id, str) else id[0]): id for id in ids}


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def pseudo(folder: Path, wanted: dict[str, str | tuple[str, ...]]) -> None:
    """Write a catalogue of an invented language, which marks each text as translated."""
    catalogue = Catalog(locale="eo")
    for id in wanted.values():
        said = [f"⟦{form}⟧" if "{%" not in form and "](" not in form else form for form in forms(id)]
        catalogue.add(id, said[0] if isinstance(id, str) else (said * 2)[: catalogue.num_plurals])
    with (folder / "eo.po").open("wb") as file:
        write_po(file, catalogue)
