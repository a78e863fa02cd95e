# ruff: noqa: INP001 -- a program, no package
"""The benchmark's lines of JSON as pictures: time against the limit, and memory, over tenants.

python bench/plots.py FOLDER bench.jsonl [MORE.jsonl ...]
"""

import json
import sys
from pathlib import Path
from statistics import linear_regression
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

LOOKS = {"ours": ("tab:blue", "o"), "script": ("tab:orange", "s"), "ansible": ("tab:green", "^")}
TERMS = {"svg.hashsalt": "okta-scim-setup", "svg.fonttype": "none", "font.size": 9}
"""The same figures give the same file."""


def main() -> int:
    """Write ``time.svg`` and ``memory.svg`` into the folder."""
    folder = Path(sys.argv[1])
    lines = [json.loads(x) for path in sys.argv[2:] for x in Path(path).read_text().splitlines()]
    runs = [line for line in lines if "tool" in line and not line["skipped"]]
    with mpl.rc_context(TERMS):
        for name, figure in (("time", times(runs)), ("memory", memory(runs))):
            figure.savefig(folder / f"benchmark-{name}.svg", metadata={"Date": None})
    return 0


def times(runs: list[dict[str, Any]]) -> Figure:
    """Seconds of each size, verb by verb, each tool beside the limit."""
    verbs = [verb for verb in ("first apply", "no-op plan", "audit") if of(runs, verb=verb)]
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    panels = figure.subplots(1, len(verbs), sharey=True, squeeze=False)[0]
    for panel, verb in zip(panels, verbs, strict=True):
        sizes = sorted({(run["tenants"], run["orgs"]) for run in of(runs, verb=verb)})
        limit = {(r["tenants"], r["orgs"]): r["limit_seconds"] for r in of(runs, verb=verb)}
        panel.plot(range(len(sizes)), [limit[size] for size in sizes], "k_", ms=18, label="limit")
        for tool, (colour, marker) in LOOKS.items():
            found = {(r["tenants"], r["orgs"]): r for r in of(runs, verb=verb, tool=tool)}
            there = [(n, found[size]["seconds"]) for n, size in enumerate(sizes) if size in found]
            if there:
                panel.plot(*zip(*there, strict=True), marker, color=colour, ms=6, label=tool)
        panel.set_yscale("log")
        panel.set_xticks(range(len(sizes)), [f"{a:,}\non\n{b}" for a, b in sizes], fontsize=8)
        panel.set_title(verb)
        panel.grid(visible=True, axis="y", which="both", alpha=0.25)
    panels[0].set_ylabel("seconds of the services' time")
    panels[0].legend()
    figure.supxlabel("tenants on Okta orgs")
    return figure


def memory(runs: list[dict[str, Any]]) -> Figure:
    """Peak memory and CPU of this tool over tenants, with least squares of all sizes."""
    figure = Figure(figsize=(10, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    marks = {"first apply": ("tab:blue", "o"), "no-op plan": ("tab:orange", "s")}
    marks["audit"] = ("tab:green", "^")
    for verb, (colour, mark) in marks.items():
        found = of(runs, tool="ours", verb=verb)
        tenants = [run["tenants"] for run in found]
        for panel, what in ((left, "peak_mb"), (right, "cpu_seconds")):
            values = [run[what] for run in found]
            panel.plot(tenants, values, mark, color=colour, ms=5, label=verb)
            if len(set(tenants)) > 1:
                slope, start = linear_regression(tenants, values)
                ends = [0, max(tenants)]
                panel.plot(ends, [start + slope * x for x in ends], "--", color=colour, lw=1)
    for panel, title in ((left, "peak memory, MB"), (right, "CPU, seconds")):
        panel.set_title(f"this tool: {title}")
        panel.set_xlabel("tenants")
        panel.set_ylim(bottom=0)
        panel.grid(visible=True, alpha=0.25)
    left.legend()
    return figure


def of(runs: list[dict[str, Any]], **wanted: str) -> list[dict[str, Any]]:
    """The runs of a verb, of a tool."""
    return [run for run in runs if all(run[key] == value for key, value in wanted.items())]


if __name__ == "__main__":
    sys.exit(main())
