"""The pytest fixture `okta_scim_simulator`: Okta, dbt Cloud and its SCIM endpoint for one test.

pytest finds it by itself once this package is installed; docs/simulator.md shows how to test a
playbook with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from okta_scim_setup.simulator import Simulator

_MARKER = "okta_scim_simulator(**how): how the simulator is made, such as tenants=3, latency='lan'"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that it may be used with --strict-markers."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def okta_scim_simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A running simulator of one tenant, or as the marker of the same name says.

    A test fails as well if the simulator itself had a defect meanwhile.
    """
    from okta_scim_setup.simulator import Simulator  # noqa: PLC0415 - pytest loads this always

    marker = request.node.get_closest_marker("okta_scim_simulator")
    with Simulator(**(marker.kwargs if marker else {})) as simulator:
        yield simulator
    if simulator.errors:
        pytest.fail("the simulator had a defect:\n" + "\n".join(simulator.errors), pytrace=False)
