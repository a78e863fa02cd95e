"""No secret is shown or kept anywhere but where the operator said, whatever happens.

Whatever ever was a `Secret` in this process is looked for, in every encoding that could carry it:
in what is printed, what libraries log at their most talkative, and in every file beside the config.
"""

from __future__ import annotations

import base64
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from commands import Bench
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mortal import DIES_AFTER, FAILS, LOST, At, Mortal
from servers import Act, reply, serving
from tool import Came, Tool

from okta_scim_setup.cli import _session
from okta_scim_setup.providers.okta._sign_in import READ_SCOPES, WRITE_SCOPES
from okta_scim_setup.report.formats import FORMATS
from okta_scim_setup.secret import Secret
from okta_scim_setup.traffic.exchange import Answer, Request
from okta_scim_setup.transport import Transport

Start = Callable[..., Tool]

TALKATIVE = [
    (),
    ("-vv", "--output", "json"),
    *(
        pytest.param(more, marks=pytest.mark.nightly)
        for more in (("-v",), ("-vv",), ("--output", "json"))
    ),
]

SERVICE_APP = """\
      client_id: {client_id}
      private_key: !secret file:secrets/key.pem
"""


@cache
def encoded(value: str) -> tuple[str, ...]:
    """What *value* may look like: as it is, quoted, in hex, in base64 wherever it begins there."""
    return tuple(_encoded(value))


def _encoded(value: str) -> Iterator[str]:
    raw = value.encode()
    yield from (value, quote(value, safe=""), quote_plus(value), raw.hex())
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # Only whole groups of its own: the first and the last share bits with their neighbours.
            text = encode(b"x" * before + raw).decode()
            yield text[4 if before else 0 :].rstrip("=")[:-1]


@dataclass
class Watch:
    """All secrets of a test, and everywhere that they could have gone."""

    caplog: pytest.LogCaptureFixture
    secrets: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    """What messages call them."""

    def check(self, came: Came) -> Came:
        """Look through what a command printed and logged."""
        shown = {"stdout": came.out, "stderr": came.err, "log": self.caplog.text}
        for value in self.secrets:
            for form in encoded(value):
                for where, text in shown.items():
                    assert form not in text, where
        self.caplog.clear()  # it was looked through: the next command's is looked through alone
        return came

    def check_files(self, folder: Path, *but: Path) -> None:
        """Look through every file below *folder*, the secrets' own aside."""
        for path in (p for p in folder.rglob("*") if p.is_file()):
            if path.parent.name != "secrets" and path not in but:
                content = path.read_text(errors="replace")
                for value in self.secrets:
                    assert not any(form in content for form in encoded(value)), path

    def minted(self, tool: Tool) -> set[str]:
        """The SCIM tokens that the simulator holds now."""
        accounts = tool.simulator._world.accounts.values()
        return {token.value for account in accounts for token in account.scim_tokens.values()}


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Watch:
    caplog.set_level(logging.DEBUG)
    watching, made = Watch(caplog), Secret.__init__

    def noticed(self: Secret, value: str, **how: Any) -> None:
        watching.secrets.add(value)
        watching.origins.add(how["origin"])
        made(self, value, **how)

    monkeypatch.setattr(Secret, "__init__", noticed)
    return watching


def reports(tool: Tool) -> tuple[str, ...]:
    """All that can be had at once: the requests, text, and every other format in a file."""
    return ("-vv", "--output", "text", *in_files(tool))


def in_files(tool: Tool) -> tuple[str, ...]:
    """Every format that goes into a file."""
    named = (name for name in FORMATS if name != "text")
    files = ((name, tool.config.parent / f"report.{name}") for name in named)
    return tuple(part for name, file in files for part in ("--output", f"{name}={file}"))


def run(watch: Watch, tool: Tool, *arguments: str) -> Came:
    return watch.check(tool.run(*arguments))


@pytest.mark.parametrize("more", TALKATIVE, ids=" ".join)
def test_no_verb_shows_or_keeps_a_secret_when_all_goes_well(
    simulated: Start, watch: Watch, more: tuple[str, ...]
) -> None:
    tool = simulated(3)
    state = tool.config.parents[1] / "state"
    sink = tool.config.parent / "token-{tenant}"
    evidence, steps = (str(tool.config.parent / name) for name in ("evidence.json", "steps.html"))
    everything: list[tuple[tuple[str, ...], int]] = [
        (("doctor",), 0),
        (("plan", "--out", str(tool.config.parent / "saved.json")), 0),
        (("apply", "--yes", "--token-to", f"file:{sink}", "--runbook", steps), 3),
        (("plan", *in_files(tool)), 0),
        (("audit", *in_files(tool)), 2),
        (("audit",), 2),
        (("test", "--tenant", "acme", "--tenant", "globex"), 0),
        (("test", "--mint", "--tenant", "acme"), 0),
        (("rotate", "--yes", "--tenant", "acme", "--tenant", "globex"), 0),
        (("rotate", "--yes", "--finish", "--tenant", "acme", "--tenant", "globex"), 3),
    ]
    assert run(watch, tool, "validate", *(more if "json" not in more else ())).code == 0
    assert run(watch, tool, "render", "--tenant", "acme").code == 0
    assert run(watch, tool, "doctor", "--tenant", "acme", "--evidence", evidence).code == 0

    for arguments, code in everything:
        doubled = "--output" in arguments and "json" in more
        came = run(watch, tool, *arguments, *(() if doubled else more))
        assert came.code == code, (arguments, came.out, came.err)
        assert ("GET /api/v1/apps" in came.err) == ("-v" in "".join(more) and not doubled)

    kept = [tool.config.parent / f"token-{name}" for name in ("acme", "globex", "initech")]
    assert {file.read_text().strip() for file in kept} < watch.minted(tool) < watch.secrets
    # API tokens, SCIM tokens and their successors, the trial's, a wrong one
    assert len(watch.secrets) == 6 + 3 + 2 + 1 + 1
    watch.check_files(tool.config.parent, *kept)
    watch.check_files(state)
    assert list(state.rglob("*.jsonl"))


STORE = """
for process in $$ $PPID; do tr '\\0' ' ' </proc/$process/cmdline; echo; done >>"{seen}.processes"
tr '\\0' '\\n' </proc/$$/environ >>"{seen}.processes"
"""
"""What a command sees of itself and of us while it runs."""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux shows its processes")
@pytest.mark.parametrize("github", [pytest.param("", marks=pytest.mark.nightly), "true"])
@pytest.mark.parametrize(
    "more", [pytest.param((), marks=pytest.mark.nightly), ("-vv", "--output", "json")], ids=" ".join
)
def test_no_process_that_is_started_has_a_secret_among_its_arguments_or_variables(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, github: str, more: Any
) -> None:
    tool = simulated(3)
    folder, commands = tool.config.parent, Bench(tool.config.parent / "bin")
    commands.folder.mkdir()
    monkeypatch.setenv("PATH", f"{commands.folder}:{os.environ['PATH']}")
    monkeypatch.setenv("GITHUB_ACTIONS", github)
    store = STORE.format(seen=folder / "seen")
    commands.command("vault", f'{store} cat "{folder}/secrets/$4.token"')
    commands.command(
        "keep", f'{store} cat >"{folder}/secrets/kept-$1"; cat "{folder}/secrets/kept-$1"'
    )
    text = re.sub(r"file:secrets/(okta-\w+)\.token", r'"vault:\1#value"', tool.config.read_text())
    tool.config.write_text(text.replace("file:secrets/dbt", "cmd:cat secrets/dbt"))

    for arguments in (
        ("doctor",),
        ("plan", "--out", str(folder / "saved.json")),
        ("apply", "--yes", "--token-to", "cmd:keep {tenant}"),
        ("rotate", "--yes", "--new-token", "--token-to", "cmd:keep {tenant}"),
        ("audit",),
        ("test", "--mint", "--tenant", "acme"),
    ):
        came = run(watch, tool, *arguments, "--allow-cmd", *more)
        assert came.code in {0, 2, 3}, came.out + came.err

    kept = {(folder / f"secrets/kept-{n}").read_text().strip() for n in ("acme", "initech")}
    assert kept < watch.minted(tool) < watch.secrets
    seen = (folder / "seen.processes").read_text()
    assert seen.count("/vault kv get") >= 6 * 2
    assert seen.count("/keep initech") == seen.count("/keep acme") == 2  # by apply, and by rotate
    watch.check_files(folder)


@pytest.mark.parametrize("verb", ["doctor", "plan", "audit", "test", "apply"])
@pytest.mark.parametrize(
    "script", ["cat $V; exit 1", "cat $V >&2; exit 1", "cat $V $V", "cat $V; echo x"]
)
def test_what_a_store_says_when_it_fails_is_not_shown(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, verb: str, script: str
) -> None:
    tool = simulated()
    commands = Bench(tool.config.parent)
    monkeypatch.setenv("PATH", f"{commands.folder}:{os.environ['PATH']}")
    kept = tool.config.parent / "secrets/okta-acme.token"
    watch.secrets.add(kept.read_text().strip())
    monkeypatch.setenv("V", str(kept))
    commands.command("vault", script)
    tool.config.write_text(
        tool.config.read_text().replace("file:secrets/okta-acme.token", "vault:a#b")
    )

    came = run(watch, tool, verb, *(("--yes",) if verb == "apply" else ()), *reports(tool))

    assert came.code == 1
    assert "the secret vault:a#b" in came.out + came.err
    watch.check_files(tool.config.parent)


@pytest.mark.parametrize(
    "command", [("kinds", "dbt_cloud.scim_token"), ("schema", "config"), ("merge", "report.json")]
)
def test_what_asks_nobody_shows_no_secret(
    simulated: Start,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    tool = simulated()
    run(watch, tool, "audit", *in_files(tool))
    monkeypatch.chdir(tool.config.parent)

    from okta_scim_setup import cli  # noqa: PLC0415 -- the commands take no --config

    assert cli.run(list(command)) in {0, 2}
    watch.check(Came(0, *capsys.readouterr()))


@pytest.mark.parametrize("granted", [True, False])
def test_neither_a_private_key_nor_what_is_got_with_it_is_shown(
    simulated: Start, watch: Watch, *, granted: bool
) -> None:
    tool, key = simulated(), rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(*forms, serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    scopes = [*READ_SCOPES, *(WRITE_SCOPES if granted else ())]
    client_id = tool.simulator.register_service_app(key=public.decode(), scopes=scopes)
    (tool.config.parent / "secrets/key.pem").write_text(private)
    config = tool.config.read_text()
    own = SERVICE_APP.format(client_id=client_id)
    tool.config.write_text(
        config.replace("      token: !secret file:secrets/okta-acme.token\n", own)
    )
    watch.secrets |= {line for line in private.splitlines() if "-" not in line}

    for verb in (("doctor",), ("plan",), ("apply", "--yes")):
        came = run(watch, tool, *verb, *reports(tool))
        watch.check_files(tool.config.parent)

    assert came.code == (0 if granted else 1)
    assert f"access token of {client_id}" in watch.origins


@pytest.mark.parametrize("verb", ["doctor", "plan", "audit", "test", "apply"])
@pytest.mark.parametrize("whose", ["okta-acme.token", "dbt-acme.token"])
def test_a_token_that_is_refused_is_not_shown(
    simulated: Start, watch: Watch, verb: str, whose: str
) -> None:
    tool = simulated()
    wrong = "wrong+/=canary-0123456789"
    (tool.config.parent / "secrets" / whose).write_text(wrong)

    came = run(watch, tool, verb, *(("--yes",) if verb == "apply" else ()), *reports(tool))

    assert came.code == 1
    assert wrong in watch.secrets
    watch.check_files(tool.config.parent)


@pytest.mark.parametrize(
    "fault",
    [
        ("POST", "/scim-config/tokens/$", "drop_after"),
        ("POST", "/scim-config/tokens/$", "truncate"),
        ("POST", "/scim-config/tokens/$", "truncate_unsized"),
        ("POST", "/scim-config/tokens/$", "html200"),
        ("POST", "/scim-config/tokens/$", "status:500"),
        ("POST", "/connections/default", "status:400"),
        ("POST", "/connections/default", "status:500"),
        ("POST", "/connections/default", "html200"),
        ("POST", "/connections/default", "drop_after"),
        ("POST", "/connections/default", "not_applied"),
        ("GET", "/scim/v2/Users", "status:401"),
        ("GET", "/scim/v2/Users", "redirect"),
    ],
)
def test_a_hand_over_that_fails_shows_no_token(
    simulated: Start, patient: None, watch: Watch, fault: tuple[str, str, str]
) -> None:
    tool, (method, path, do) = simulated(), fault
    tool.simulator.add_fault(path, do, method=method)

    for verb in (("apply", "--yes"), ("apply", "--yes"), ("audit",)):
        run(watch, tool, *verb, *reports(tool))
        watch.check_files(tool.config.parent)

    assert watch.minted(tool)
    assert watch.minted(tool) & watch.secrets


def test_a_token_that_cannot_be_written_to_the_sink_is_not_shown(
    simulated: Start, watch: Watch, tmp_path: Path
) -> None:
    tool, sink = simulated(3), f"file:{tmp_path}/{'t' * 300}"

    came = run(watch, tool, "apply", "--yes", "--tenant", "initech", "--token-to", sink)

    assert came.code == 1
    assert "the token can't be written" in came.out
    watch.check_files(tmp_path)


def _full(path: Any, *how: Any) -> int:
    """Opens what there is room for: no new token file."""
    if str(path).endswith("/t"):
        raise OSError(28, "No space left on device")
    return OPEN(path, *how)


OPEN = os.open


@pytest.mark.parametrize("more", TALKATIVE, ids=" ".join)
def test_a_bug_of_ours_shows_no_secret(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    tool, read = simulated(), Secret.reveal

    def broken(self: Secret, to: str) -> str:
        value = read(self, to)
        if self.origin.startswith("SCIM token"):
            raise ValueError(f"{value} is odd, as is {quote(value)}")
        return value

    monkeypatch.setattr(Secret, "reveal", broken)
    came = tool.run("apply", "--yes", *more)
    watch.caplog.clear()  # pytest's own handler isn't ours, and shows what it was given
    watch.check(came)

    assert came.code == 70
    assert "*** is odd, as is ***" in came.err
    watch.check_files(tool.config.parent)


def test_a_bug_of_ours_outside_of_every_tenant_shows_no_secret(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = simulated()
    token = (tool.config.parent / "secrets/okta-acme.token").read_text().strip()

    def broken(*_: Any) -> None:
        raise ValueError(token)

    monkeypatch.setattr("okta_scim_setup.cli.plan.report", broken)
    came = run(watch, tool, "plan", "-vv")

    assert came.code == 70
    assert "ValueError: ***" in came.err


ASKING = [
    ("doctor",),
    ("plan",),
    ("audit",),
    ("test",),
    ("test", "--mint"),
    ("apply", "--yes"),
    ("rotate", "--yes"),
]


@pytest.mark.parametrize("more", TALKATIVE, ids=" ".join)
@pytest.mark.parametrize("verb", ASKING, ids=" ".join)
def test_a_bug_of_ours_in_whatever_asks_shows_no_secret(
    simulated: Start,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    verb: tuple[str, ...],
    more: tuple[str, ...],
) -> None:
    tool = simulated()
    tokens = [file.read_text().strip() for file in (tool.config.parent / "secrets").iterdir()]
    send = Transport.send

    def broken(self: Transport, request: Request) -> Answer:
        send(self, request)
        raise ValueError(f"{tokens} and {quote(tokens[0])}")

    monkeypatch.setattr(Transport, "send", broken)
    came = tool.run(*verb, *more)
    watch.caplog.clear()  # pytest's own handler isn't ours, and shows what it was given
    watch.check(came)

    assert came.code == 70
    assert "***" in came.err
    assert watch.secrets >= set(tokens)
    watch.check_files(tool.config.parent)


@pytest.mark.parametrize("verb", ASKING, ids=" ".join)
def test_whoever_never_answers_a_verb_brings_no_secret_to_light(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    impatient = partial(Transport, connect=2.0, read=0.1, total=0.2, random=lambda: 0.0)
    monkeypatch.setattr(_session, "Transport", impatient)
    tool = simulated()
    tool.simulator.add_fault(".", "hang", times=99, by="client")

    came = run(watch, tool, *verb, *(reports(tool) if "rotate" not in verb else ("-vv",)))

    assert came.code == 1
    assert "no answer" in came.out + came.err
    watch.check_files(tool.config.parent)


def test_a_service_that_repeats_another_services_token_is_not_quoted(
    simulated: Start, watch: Watch
) -> None:
    tool = simulated()
    okta = (tool.config.parent / "secrets/okta-acme.token").read_text().strip()
    with serving(reply({"status": {"code": 400, "user_message": okta}}, 400)) as service:
        text = tool.config.read_text()
        before, _, after = text.partition("access_url: ")
        tool.config.write_text(f"{before}access_url: {service.url}\n{after.partition(chr(10))[2]}")

        for verb in ("doctor", "plan", "audit", "test"):
            came = run(watch, tool, verb, *reports(tool))
            assert came.code == 1
            assert "***" in came.out
    watch.check_files(tool.config.parent)


@pytest.mark.parametrize("fate", [pytest.param(FAILS, marks=pytest.mark.nightly), LOST, DIES_AFTER])
def test_whichever_request_of_a_rotation_goes_wrong_no_secret_is_shown_or_kept(
    set_up_already: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    """Time-outs and crashes as well; the sink's file is the one place where it may be.

    By day those after which a token is on its way; the state machines, and hand-overs that fail,
    have requests that are never sent.
    """
    tool = set_up_already()
    state, folder = tool.config.parents[1] / "state", tool.config.parent
    mortal = Mortal(tool, monkeypatch)
    for nth in range(1, 100):
        sink = folder / f"copy-{nth}"
        options = ("-vv", "--token-to", f"file:{sink}") if nth % 2 else (*reports(tool),)
        came, moment = mortal.run("rotate", "--yes", *options, fate=At(nth, fate))
        watch.check(came)
        watch.check_files(folder, sink)
        watch.check_files(state)
        sink.unlink(missing_ok=True)
        if len(moment.sent) < nth:
            break
    assert 10 < nth < 40


PLAIN = "as it is"

ECHOED = "echo+/=canary-0123456789-abcdefgh"

ECHOES = {
    PLAIN: ECHOED,
    "in capitals": ECHOED.upper(),
    "quoted": quote(ECHOED, safe=""),
    "quoted in small letters": quote(ECHOED, safe="").lower(),
    "hex": ECHOED.encode().hex(),
    "base64": base64.b64encode(ECHOED.encode()).decode(),
    "base64 behind a scheme": base64.b64encode(f"SSWS {ECHOED}!".encode()).decode(),
    "base64 behind a user": base64.urlsafe_b64encode(f"u:{ECHOED}".encode()).decode(),
    "base64 behind a letter": base64.b64encode(f"u{ECHOED}!!".encode()).decode(),
}
"""What a service may make of the token that it was sent."""


def answers(said: str) -> dict[str, Act]:
    """Errors of every form that a service has, with *said* in it."""
    return {
        "okta": reply({"errorCode": "E0000001", "errorSummary": said, "errorCauses": []}, 400),
        "okta causes": reply({"errorCode": said, "errorCauses": [{"errorSummary": said}]}, 400),
        "oauth": reply({"error": said, "error_description": said}, 400),
        "dbt": reply({"status": {"code": 400, "user_message": said}, "data": None}, 400),
        "scim": reply({"detail": said, "scimType": said, "status": "400"}, 400),
        "headers": reply({"detail": "x"}, 400, {"X-Request-Id": said, "X-Okta-Request-Id": said}),
        "dbt 200": reply({"status": {"is_success": False, "user_message": said}, "data": []}),
        "type": reply({}, 200, {"Content-Type": said}),
        "location": reply({}, 302, {"Location": f"https://evil.example/{said}"}),
    }


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        pytest.param(form, sent, marks=() if by_day else pytest.mark.nightly)
        for nth, form in enumerate(answers(""))
        for number, sent in enumerate(ECHOES)
        for by_day in (sent == PLAIN or number == nth,)
    ],
)
def test_a_service_that_repeats_the_token_is_not_quoted(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, form: str, sent: str
) -> None:
    tool = simulated()
    for name in ("okta-acme.token", "dbt-acme.token"):
        (tool.config.parent / "secrets" / name).write_text(ECHOED)
    monkeypatch.setattr(_session, "Transport", partial(Transport, random=lambda: 0.0))

    with serving(answers(f"you sent {ECHOES[sent]} here")[form]) as service:
        config = tool.config.read_text().replace(tool.simulator.url, service.url)
        tool.config.write_text(config)
        for arguments in (("plan", "-vv"), ("doctor", "--output", "json")):
            assert run(watch, tool, *arguments).code == 1
        assert any(ECHOED in str(asked.headers) for asked in service.asked)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/scim-config/tokens/$"),
        ("POST", "/connections/default"),
        ("GET", "/scim/v2/Users"),
    ],
)
def test_a_service_that_never_answers_brings_no_secret_to_light(
    simulated: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    impatient = partial(Transport, connect=2.0, read=0.3, total=0.5, random=lambda: 0.0)
    monkeypatch.setattr(_session, "Transport", impatient)
    monkeypatch.setattr("okta_scim_setup.scim.PATIENCE", 0.5)
    tool = simulated()
    for nth in range(1, 9):
        tool.simulator.add_fault(path, "hang", method=method, nth=nth, by="client")

    came = run(watch, tool, "apply", "--yes", *reports(tool))

    assert came.code == 1
    watch.secrets |= watch.minted(tool)
    watch.check(came)
    watch.check_files(tool.config.parent)
    watch.check_files(tool.config.parents[1] / "state")
