"""Every test of the run, wherever it is, fails if its traffic isn't as specified."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from conformance.recorder import Recorder, findings
from conformance.specification import SPECIFICATIONS


class Conformance:
    """Looks at what was said since the test before, in fixtures too."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.recorder.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail a test that passed, if the specifications don't allow what it saw."""
        yield
        found = {str(finding) for each in self.recorder.fresh() for finding in findings(each)}
        if found:
            listed = "\n  ".join(sorted(found))
            pytest.fail(f"not as specified:\n  {listed}", pytrace=False)


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Begin once all is collected: other folders' tests are looked at as well."""
    if SPECIFICATIONS.exists() and not config.pluginmanager.has_plugin("conformance"):
        config.pluginmanager.register(Conformance(), "conformance")
