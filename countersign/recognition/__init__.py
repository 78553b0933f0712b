"""Recognition: what each recognizer's agreement grants, banks, holds or refuses for a proven micro-credential, and why.

`load_rules` and `check_file` read agreements, `decide` is the pure core, `due_educators` and `recognise` are the shell
on the store, `explain` and `explanation_text` say why, `simulated` and `projected` say what other rules would have done and what is to
come. Names are looked up when first used, so that checking an agreement does not load the database's tables.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countersign.recognition.checking import Finding, Surroundings, check_file
    from countersign.recognition.core import decide
    from countersign.recognition.explanation import Explanation, explain, goals_of
    from countersign.recognition.files import load_rules, read_agreement
    from countersign.recognition.goals import Progress, progress, progress_sentences
    from countersign.recognition.previews import projected, simulated
    from countersign.recognition.printed import explanation_text
    from countersign.recognition.projection import Plan, Projection, assumptions
    from countersign.recognition.schema import schema_text
    from countersign.recognition.shell import due_educators, recognise
    from countersign.recognition.simulation import ClauseLine, Side, Simulation
    from countersign.recognition.traces_printed import traces_text
    from countersign.recognition.transcript import transcript_of
    from countersign.recognition.wording import CURRENCY_SAID, amount


_HOMES = {
    "CURRENCY_SAID": "wording",
    "ClauseLine": "simulation",
    "Explanation": "explanation",
    "Finding": "checking",
    "Plan": "projection",
    "Progress": "goals",
    "Projection": "projection",
    "Side": "simulation",
    "Simulation": "simulation",
    "Surroundings": "checking",
    "amount": "wording",
    "assumptions": "projection",
    "check_file": "checking",
    "decide": "core",
    "due_educators": "shell",
    "explain": "explanation",
    "explanation_text": "printed",
    "goals_of": "explanation",
    "load_rules": "files",
    "progress": "goals",
    "progress_sentences": "goals",
    "projected": "previews",
    "read_agreement": "files",
    "recognise": "shell",
    "schema_text": "schema",
    "simulated": "previews",
    "traces_text": "traces_printed",
    "transcript_of": "transcript",
}

__all__ = [
    "CURRENCY_SAID",
    "ClauseLine",
    "Explanation",
    "Finding",
    "Plan",
    "Progress",
    "Projection",
    "Side",
    "Simulation",
    "Surroundings",
    "amount",
    "assumptions",
    "check_file",
    "decide",
    "due_educators",
    "explain",
    "explanation_text",
    "goals_of",
    "load_rules",
    "progress",
    "progress_sentences",
    "projected",
    "read_agreement",
    "recognise",
    "schema_text",
    "simulated",
    "traces_text",
    "transcript_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
