"""Reports that are written while a run goes on: a line for each tenant that is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from okta_scim_setup.cli._echo import echo
from okta_scim_setup.cli._options import Output
from okta_scim_setup.errors import SetupError
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import jsonl
from okta_scim_setup.report.content import Content

FORMAT = "jsonl"


@dataclass
class Stream:
    """The outputs of a run that take lines; for many threads."""

    outputs: Sequence[Output]
    masked: Callable[[str], str]
    _told: dict[str, TenantResult] = field(default_factory=dict)
    _begun: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, outputs: Iterable[Output], masked: Callable[[str], str]) -> Stream:
        """The stream to those of *outputs* that take lines."""
        return cls([output for output in outputs if output.format == FORMAT], masked)

    def tell(self, result: TenantResult) -> None:
        """Write the tenant's line, unless it was written just so."""
        if not self.outputs:
            return
        with self._lock:
            if self._told.get(result.tenant) is not result:
                self._told[result.tenant] = result
                self._write(jsonl.line(result))

    def end(self, content: Content) -> None:
        """Write what wasn't written yet, and the run's own line."""
        if self.outputs:
            for result in content.results:
                self.tell(result)
            self._write(jsonl.last(content))

    def _write(self, line: str) -> None:
        said = self.masked(line)
        for output in self.outputs:
            if output.file is None:
                echo(said, output.format)
            else:
                _append(output.file, said, anew=not self._begun)
        self._begun = True


def _append(path: Path, line: str, *, anew: bool) -> None:
    """Add a line; the first one of a run takes the place of what was there.

    Raises:
        SetupError: it can't be written.
    """
    try:
        with path.open("w" if anew else "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError as error:
        raise SetupError(
            f"{path} can't be written: {error.strerror}", ("do", "name another file")
        ) from None
