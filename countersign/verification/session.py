"""What one run of verification shares from its first carrier to its last: the registry, and what was fetched so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from countersign.verification.network.fetching import fetcher_for
from countersign.verification.network.web import Fetcher
from countersign.verification.trust.registry import Registry, parse_registry, registry_text

if TYPE_CHECKING:
    from countersign.settings import Workspace


@dataclass(frozen=True, slots=True)
class VerificationSession:
    """The registry as it was read at the beginning, with its text, and the fetcher that remembers answers and silent hosts."""

    registry: Registry
    fetcher: Fetcher
    registry_text: bytes

    def is_present(self, workspace: "Workspace") -> bool:
        """Whether the workspace's registry is still, byte for byte, the one this run works with. Raises UsageError when it cannot
        be read."""
        return registry_text(workspace.issuers_file) == self.registry_text


def open_session(workspace: "Workspace", now: datetime) -> VerificationSession:
    """A session for the run of `now`, to be given to every `verify_carriers` of that run and to none of another.

    Raises UsageError or FileProblems when the registry of issuers cannot be read.
    """
    text = registry_text(workspace.issuers_file)
    registry = parse_registry(text, workspace.issuers_file.name)
    return VerificationSession(registry, fetcher_for(workspace, now), text)
