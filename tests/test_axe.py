"""The HTML report in a real browser, looked at by axe-core; SARIF and JUnit by published schemas.

None of them is part of the project, so their files are named: ``AXE=axe.min.js`` (npm: axe-core),
``SARIF_SCHEMA=sarif-2.1.0.json`` (npm: @microsoft/jest-sarif), ``JUNIT_SCHEMA=junit-10.xsd``
(Jenkins' one, in the source of pytest).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft7Validator
from results import ENABLED, MANUAL, NOW, content, drifted, plan, unreadable

from okta_scim_setup.errors import Place
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import html, junit, sarif
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Acceptance, History, Past, Severity

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), "")
AXE = os.environ.get("AXE", "")
SARIF_SCHEMA = os.environ.get("SARIF_SCHEMA", "")
JUNIT_SCHEMA = os.environ.get("JUNIT_SCHEMA", "")
XMLLINT = shutil.which("xmllint") or ""

needs_axe = pytest.mark.skipif(
    not (CHROMIUM and AXE), reason="needs chromium, and AXE=PATH of axe-core's axe.min.js"
)
needs_schema = pytest.mark.skipif(
    not SARIF_SCHEMA, reason="needs SARIF_SCHEMA=PATH of OASIS' schema of SARIF 2.1.0"
)
needs_xmllint = pytest.mark.skipif(
    not (XMLLINT and JUNIT_SCHEMA), reason="needs xmllint, and JUNIT_SCHEMA=PATH of Jenkins' schema"
)

RUN = """
document.querySelectorAll("details").forEach((one) => { one.open = true; });
axe.run(document, {resultTypes: ["violations"]}).then((came) => {
  const said = came.violations.map((v) => [v.id, v.nodes[0].html, v.nodes[0].failureSummary]);
  const told = JSON.stringify({said, passes: came.passes.length});
  document.documentElement.setAttribute("data-axe", encodeURIComponent(told));
});
"""


def everything() -> Content:
    """An audit with a tenant in every state that there is."""
    now = drifted("acme", ENABLED, MANUAL)
    held = Acceptance("AUD103", "migration", "jane", date(2099, 1, 1), Place("config.yaml", 3))
    (found,) = drifted("globex", MANUAL).findings
    new = [replace(f, history=History("new", "drifted", NOW - timedelta(1))) for f in now.findings]
    past = Past("AUD201", Severity.HIGH, "okta.provisioning_features", "x", "yes", "no", "m")
    results = [
        replace(now, findings=tuple(new)),
        replace(
            drifted("globex", MANUAL),
            findings=(replace(found, acceptance=held, accepted=True, history=History("open")),),
        ),
        replace(TenantResult("initech", plan=plan("initech")), resolved=(past,)),
        unreadable("umbrella"),
        TenantResult("hooli", plan=plan("hooli")),
    ]
    return content(results, baseline=NOW - timedelta(1))


def looked_at(page: str, folder: Path, axe: str, width: int) -> dict[str, Any]:
    """What axe says of *page*; its policy is left out, which would keep axe out as well."""
    page = re.sub(r"<meta http-equiv=[^>]*>", "", page)
    page = page.replace("</body>", f"<script>{axe}</script><script>{RUN}</script></body>")
    file = folder / "page.html"
    file.write_text(page)
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"]
    command += [f"--window-size={width},900", "--virtual-time-budget=20000", "--dump-dom"]
    came = subprocess.run(  # noqa: S603 -- a browser, with a page of ours
        [*command, file.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    told = re.search(r'data-axe="([^"]*)"', came.stdout)
    assert told, came.stderr[-2000:]
    return dict(json.loads(unquote(told[1])))


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_axe_finds_nothing_in_a_report_of_everything(
    theme: str, width: int, tmp_path: Path
) -> None:
    page = html.document(everything()).replace("<html ", f'<html data-theme="{theme}" ')

    came = looked_at(page, tmp_path, Path(AXE).read_text(), width)

    assert came["said"] == []
    assert came["passes"] > 20


@needs_axe
def test_axe_would_find_something(tmp_path: Path) -> None:
    page = html.document(everything()).replace('<html lang="en">', "<html>")

    came = looked_at(page, tmp_path, Path(AXE).read_text(), 1280)

    assert [rule for rule, *_ in came["said"]] == ["html-has-lang"]


@needs_schema
def test_sarif_fits_the_published_schema() -> None:
    schema = json.loads(Path(SARIF_SCHEMA).read_text())

    assert list(Draft7Validator(schema).iter_errors(json.loads(sarif.document(everything())))) == []


@needs_xmllint
@pytest.mark.parametrize(
    ("old", "new", "fits"), [("", "", True), ("classname=", 'file="x" classname=', False)]
)
def test_junit_fits_the_published_schema(old: str, new: str, tmp_path: Path, *, fits: bool) -> None:
    report = tmp_path / "report.xml"
    report.write_text(junit.document(everything()).replace(old, new))

    command = [XMLLINT, "--nonet", "--noout", "--schema", JUNIT_SCHEMA, str(report)]
    came = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours

    assert (came.returncode == 0) == fits, came.stderr
