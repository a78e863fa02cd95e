"""Several JSON reports of one verb as one: of shards, or of workers elsewhere. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from okta_scim_setup.errors import UsageError
from okta_scim_setup.report.json import VERSION
from okta_scim_setup.report.parts import amiss, mark
from okta_scim_setup.report.shape import misfit

ORDER = (70, 130, 4, 1, 3, 2, 0)
"""Exit codes; the first that any report has is that of all."""

SAME = ("verb", "fail_on")
"""What reports that belong together have in common."""


def check(report: Any, name: str) -> None:
    """Let nothing through but a JSON report as this version writes it.

    Args:
        report: what was read from a file.
        name: what to call it.

    Raises:
        UsageError: it is something else; what is wrong with it, and where.
    """
    version = report.get("version") if isinstance(report, dict) else None
    if isinstance(report, dict) and version not in (None, VERSION):
        why = f"it is of version {version!r}, this is {VERSION}"
    else:
        why = misfit(report)
    if why:
        raise UsageError(
            f"{name} isn't a report of okta-scim-setup",
            ("but", why),
            ("do", "write it with --output json=FILE of this version"),
        )


def merged(
    reports: Sequence[Mapping[str, Any]], names: Sequence[str], *, partial: bool = False
) -> dict[str, Any]:
    """One report of all tenants, in the order given.

    Args:
        reports: what ``--output json`` wrote.
        names: what to call each in an error.
        partial: whether parts of a fleet may be missing.

    Raises:
        UsageError: one is no report, they differ in what was asked for, parts are missing or of
            different fleets, or a tenant is in two.
    """
    for report, name in zip(reports, names, strict=True):
        check(report, name)
    first = reports[0]
    for key in SAME:
        others = sorted({str(report[key]) for report in reports})
        if len(others) > 1:
            raise UsageError(
                f"the reports differ in {key}: {', '.join(others)}",
                ("do", "merge reports of one verb, run with the same options"),
            )
    wrong = list(amiss(reports))
    if wrong and not partial:
        raise UsageError.of(wrong)
    tenants = [tenant for report in reports for tenant in report["tenants"]]
    _check_each_once(tenants)
    return {
        **first,
        "made": max(report["made"] for report in reports),
        "exit_code": exit_code(report["exit_code"] for report in reports),
        "fleet": mark(tenant["tenant"] for tenant in tenants),
        "shard": None,
        "counts": _summed(report["counts"] for report in reports),
        "tenants": tenants,
    }


def exit_code(codes: Iterable[int]) -> int:
    """The first that applies to any."""
    found = set(codes)
    return next((code for code in ORDER if code in found), max(found, default=0))


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    keys: dict[str, None] = {}
    for each in counts:
        keys |= dict.fromkeys(each)
        total.update(each)
    return {key: total[key] for key in keys}


def _check_each_once(tenants: Iterable[Mapping[str, Any]]) -> None:
    counted = Counter(tenant["tenant"] for tenant in tenants)
    twice = [name for name, count in counted.items() if count > 1]
    if twice:
        raise UsageError(
            f"{', '.join(sorted(twice))} came out in two reports",
            ("do", "merge each shard once"),
        )
