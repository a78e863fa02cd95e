# ruff: noqa: INP001, T201 -- a program, no package
"""The benchmark's lines of JSON as tables, and whether this tool's cost grows with the tenants.

python bench/table.py bench.jsonl [MORE.jsonl ...]
"""

import json
import sys
from pathlib import Path
from typing import Any

HEAD = ("tool", "verb", "tenants on orgs", "seconds", "limit", "ratio", "requests (least)", "429")
COST = ("CPU, s", "peak, MB")


def main() -> int:
    """Print a table, what was skipped, and a fit."""
    lines = [json.loads(x) for path in sys.argv[1:] for x in Path(path).read_text().splitlines()]
    runs = [line for line in lines if "tool" in line]
    for line in lines:
        if "machine" in line:
            print(f"Machine: {line['machine']}.")
    print("\n| " + " | ".join((*HEAD, *COST)) + " |")
    print("|---" * len((*HEAD, *COST)) + "|")
    for run in runs:
        if not run["skipped"]:
            print("| " + " | ".join(row(run)) + " |")
    for reason in sorted({f"{run['tool']}, {run['verb']}: {run['skipped']}" for run in runs}):
        if not reason.endswith(": "):
            print(f"\nSkipped: {reason}.")
    for verb in sorted({run["verb"] for run in runs}):
        print(fit(verb, [r for r in runs if (r["tool"], r["verb"]) == ("ours", verb)]))
    return 0


def row(run: dict[str, Any]) -> tuple[str, ...]:
    """One run."""
    return (
        run["tool"],
        run["verb"],
        f"{run['tenants']} on {run['orgs']}",
        f"{run['seconds']:.1f}",
        f"{run['limit_seconds']:.1f}",
        f"{run['ratio']:.2f}",
        f"{run['requests']} ({run['least_requests']})",
        str(run["refused"]),
        f"{run['cpu_seconds']:.1f}",
        f"{run['peak_mb']:.0f}",
    )


def fit(verb: str, runs: list[dict[str, Any]]) -> str:
    """Least squares of CPU over tenants: what one more takes, and how well that fits."""
    points = [(run["tenants"], run["cpu_seconds"]) for run in runs if not run["skipped"]]
    if len({x for x, _ in points}) < 3:  # noqa: PLR2004 -- two points always fit
        return f"\n{verb}: too few sizes for a fit."
    count = len(points)
    mean_x, mean_y = (sum(each) / count for each in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    start = mean_y - slope * mean_x
    off = sum((y - start - slope * x) ** 2 for x, y in points)
    whole = sum((y - mean_y) ** 2 for _, y in points) or 1.0
    return (
        f"\n{verb}: {slope * 1000:.1f} ms of CPU a tenant and {start:.2f} s to start, "
        f"R\u00b2 {1 - off / whole:.4f}."
    )


if __name__ == "__main__":
    sys.exit(main())
