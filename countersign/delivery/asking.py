"""Whom an educator asks about what: the office that decides, by name, and only those whose answer could be needed. Pure."""

from collections.abc import Iterable, Sequence

from countersign.delivery import wording
from countersign.delivery.saying import Decided
from models.tables import CreditRequest
from models.words import Currency, DecisionOutcome

_DISTRICTS = {Currency.district_pd, Currency.pay, Currency.in_lieu_of_pd}


def whom_to_ask(decided: Sequence[Decided], credits_: Iterable[CreditRequest] = (), issuer: str = "") -> list[str]:
    """A sentence for each office besides ours. `issuer` is that of a micro-credential that was not accepted."""
    said: dict[str, None] = {}
    for decision, rules, _ in decided:
        currency, employer = Currency(decision.currency), rules.terms.applies_to.employer if rules else None
        if currency in _DISTRICTS:
            office = f"the HR office of {employer}" if employer else "your district's HR office"
            said[f"About pay and hours in your district: {office}."] = None
        elif currency is Currency.state_cpd and decision.outcome == DecisionOutcome.granted:
            said["About what your license needs, and by when: your state's licensing office."] = None
    for request in credits_:
        college = wording.plain(str(request.printed.get("college", "")))
        said[f"About registration and transcripts: the registrar of {college or 'the college'}."] = None
    if issuer:
        said[f"About the award itself and its file: its issuer, {issuer}."] = None
    return list(said)


def together(lists: Iterable[Sequence[str]]) -> list[str]:
    """What several micro-credentials name, each once: the named office stands for the one without a name."""
    every = list(dict.fromkeys(sentence for one in lists for sentence in one))
    named = any(sentence.startswith("About pay and hours in your district: the HR office of") for sentence in every)
    return [s for s in every if not (named and s == "About pay and hours in your district: your district's HR office.")]
