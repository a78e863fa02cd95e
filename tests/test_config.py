"""config.yaml and what it includes: tenants, or all problems at once and no secret in any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from okta_scim_setup import registry
from okta_scim_setup.config import Config, Tenant, load_config, select
from okta_scim_setup.errors import ConfigError, Place, Problem, UsageError
from okta_scim_setup.secret import SecretReference

ACME = """\
tenants:
  acme:
    okta:
      org_url: https://acme.okta.com
      token: !secret env:OKTA_API_TOKEN
    dbt_cloud:
      access_url: https://ab123.us1.dbt.com
      account_id: 70403103
      token: !secret env:DBT_CLOUD_TOKEN
    variables:
      app: dbt Cloud
"""

DEFAULTS = """\
defaults:
  okta: {org_url: "https://acme.okta.com", token: !secret env:OKTA_API_TOKEN}
  dbt_cloud: {token: !secret "env:DBT_{{ tenant }}"}
"""

Load = Callable[..., Config]


@pytest.fixture(autouse=True)
def _no_ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in registry.providers():
        for variable in registry.ambient(provider).values():
            monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write files into an empty folder, where the command is run."""
    monkeypatch.chdir(tmp_path)

    def files(config: str, others: Mapping[str, str] | None = None) -> None:
        for name, text in {"config.yaml": config, **(others or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return files


@pytest.fixture
def load(write: Callable[..., None]) -> Load:
    def loaded(config: str, others: Mapping[str, str] | None = None) -> Config:
        write(config, others)
        return load_config(Path("config.yaml"))

    return loaded


@pytest.fixture
def wrong(load: Load) -> Callable[..., tuple[Problem, ...]]:
    def problems(config: str, others: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            load(config, others)
        return caught.value.problems

    return problems


Wrong = Callable[..., tuple[Problem, ...]]


def said(problem: Problem, label: str) -> str:
    return "; ".join(text for key, text in problem.notes if key == label)


def account(number: int, extra: str = "") -> str:
    url = f"https://t{number}.eu1.dbt.com"
    return f"{{dbt_cloud: {{access_url: {url}, account_id: {number}}}{extra}}}"


def only(config: Config) -> Tenant:
    (tenant,) = config.tenants
    return tenant


def test_one_tenant_as_in_the_guide(load: Load) -> None:
    tenant = only(load(ACME))

    assert tenant.name == "acme"
    assert tenant.place == Place("config.yaml", 2)
    assert (tenant.playbook, tenant.base) == ("dbt_cloud_scim", Path())
    assert tenant.variables.plain() == {"app": "dbt Cloud"}
    assert str(tenant.variables.place_of(("app",))) == "config.yaml:11"
    assert tenant.settings["okta"].model_dump()["org_url"] == "https://acme.okta.com"
    assert tenant.settings["dbt_cloud"].model_dump()["account_id"] == 70403103
    assert tenant.settings["okta"].token == SecretReference(  # type: ignore[attr-defined]
        "env", "OKTA_API_TOKEN", Place("config.yaml", 5), Path()
    )


def test_defaults_lie_under_every_tenant_and_know_its_name(load: Load) -> None:
    config = load(
        DEFAULTS
        + "  tags: [prod]\n"
        + '  variables: {app: "dbt {{ tenant }}", groups: [{name: "{{ tenant }}-a"}]}\n'
        + f"tenants:\n  finance: {account(1)}\n"
        + f"  risk: {account(2, ', tags: [eu], variables: {groups: [x]}')}\n"
    )

    finance, risk = config.tenants
    assert finance.variables.plain() == {"app": "dbt finance", "groups": [{"name": "finance-a"}]}
    assert risk.variables.plain() == {"app": "dbt risk", "groups": ["x"]}
    assert (finance.tags, risk.tags) == (("prod",), ("eu",))
    assert finance.settings["dbt_cloud"].token.reference == "DBT_finance"  # type: ignore[attr-defined]


def test_null_unsets_what_defaults_say(load: Load) -> None:
    config = load(
        DEFAULTS
        + "  tags: [prod]\n  playbook: nonesuch\n"
        + f"tenants:\n  a: {account(1, ', tags: null, playbook: null')}\n"
    )

    assert only(config).tags == ()
    assert only(config).playbook == "dbt_cloud_scim"


def test_a_tenant_may_have_nothing_of_its_own(load: Load) -> None:
    text = (
        "defaults:\n"
        + ACME.partition("acme:\n")[2].replace("\n    ", "\n  ").replace("    okta", "  okta", 1)
        + "tenants:\n  acme:\n"
    )

    assert only(load(text)).variables.plain() == {"app": "dbt Cloud"}


def test_an_included_file_is_a_tenant_or_has_tenants(load: Load) -> None:
    config = load(
        "include: [clients/*.yaml]\n" + DEFAULTS + f"tenants:\n  main: {account(1)}\n",
        {
            "clients/globex.yaml": f"tags: [eu]\ndbt_cloud: {account(2)[12:-1]}\n",
            "clients/more.yaml": "defaults: {tags: [more]}\n"
            f"tenants:\n  a: {account(3)}\n  b: {account(4)}\n",
        },
    )

    names = {tenant.name: tenant for tenant in config.tenants}
    assert list(names) == ["main", "globex", "a", "b"]
    assert names["globex"].tags == ("eu",)
    assert names["a"].tags == ("more",)
    assert names["a"].place == Place("clients/more.yaml", 3)
    assert names["a"].base == Path("clients")
    assert names["b"].settings["dbt_cloud"].token.base == Path()  # type: ignore[attr-defined]


def test_includes_come_in_the_order_of_their_names_and_once(load: Load) -> None:
    files = {
        f"clients/{n}.yaml": f"dbt_cloud: {account(i)[12:-1]}\n" for i, n in enumerate("cab", 1)
    }

    config = load("include: [clients/b.yaml, 'clients/*.yaml', '**/a.yaml']\n" + DEFAULTS, files)

    assert [tenant.name for tenant in config.tenants] == ["b", "a", "c"]


def test_a_csv_file_has_a_tenant_a_line(load: Load) -> None:
    config = load(
        "include: clients.csv\n" + DEFAULTS,
        {
            "clients.csv": "\ufefftenant,tags,okta.org_url,dbt_cloud.access_url,"
            "dbt_cloud.account_id,variables.app,variables.create,variables.deep.er\r\n"
            'initech,us bank,https://initech.okta.com,https://i.us1.dbt.com,7,"a, b",true,x\r\n'
            "\r\n"
            "umbrella,,,https://u.us1.dbt.com,8,007,,\r\n"
        },
    )

    initech, umbrella = config.tenants
    assert initech.tags == ("us", "bank")
    assert initech.variables.plain() == {"app": "a, b", "create": True, "deep": {"er": "x"}}
    assert initech.settings["okta"].org_url == "https://initech.okta.com"  # type: ignore[attr-defined]
    assert umbrella.settings["okta"].org_url == "https://acme.okta.com"  # type: ignore[attr-defined]
    assert umbrella.settings["dbt_cloud"].account_id == 8  # type: ignore[attr-defined]
    assert umbrella.variables.plain() == {"app": "007"}
    assert umbrella.place == Place("clients.csv", 4)


def test_a_playbook_is_looked_up_from_the_file_that_names_it(load: Load) -> None:
    playbooks = {"own.yaml": "resources: []\n", "clients/own.yaml": "resources: []\n"}
    config = load(
        "include: clients/c.yaml\n"
        + DEFAULTS
        + f"  playbook: ./own.yaml\ntenants: {{a: {account(1)}}}",
        {
            **playbooks,
            "clients/c.yaml": f"tenants:\n  b: {account(2)}\n"
            f"  c: {account(3, ', playbook: own.yaml')}\n",
        },
    )

    bases = {tenant.name: tenant.base for tenant in config.tenants}
    assert bases == {"a": Path(), "b": Path(), "c": Path("clients")}


@pytest.mark.parametrize(
    ("text", "title", "place", "more"),
    [
        (ACME + "tenantz: 1\n", 'unknown key "tenantz"', "config.yaml:12", "tenants"),
        (ACME + "    tag: [x]\n", 'no "tag"', "config.yaml:12", "tags"),
        (ACME + "    tags: prod\n", "tags: must be a list", "config.yaml:12", "[one, another]"),
        (ACME + "    tags: [2026]\n", "tags: must be a list", "config.yaml:12", ""),
        (ACME + "    tags: [a b]\n", "tags: must be a list", "config.yaml:12", ""),
        (ACME + "    playbook: 5\n", "playbook: must be", "config.yaml:12", ""),
        (ACME + "    playbook: dbt_cloud_scm\n", "no playbook", "config.yaml:12", "dbt_cloud_scim"),
        (ACME + "    playbook: ./x.yaml\n", "no playbook x.yaml", "config.yaml:12", "folder"),
        (ACME + "    variables: [x]\n", "is there twice", "config.yaml:12", ""),
        (ACME.replace("      app: dbt Cloud", "      - app"), "variables: must be a mapping",
         "config.yaml:10", ""),
        (ACME.replace("dbt Cloud", "!ref okta.saml_app/dbt.id"), "no place in a config",
         "config.yaml:11", "playbook"),
        (ACME.replace("dbt Cloud", "!secret env:X"), "variables.app: a secret has no place",
         "config.yaml:11", "okta.token"),
        (ACME.replace("dbt Cloud", '"{{ tenat }}"'), '"tenat"', "config.yaml:11", "tenant"),
        (ACME.replace("org_url:", "orgurl:"), 'no attribute "orgurl"', "config.yaml:4", "org_url"),
        (ACME.replace("https://acme.okta.com", "5"), "okta.org_url: must be text", "config.yaml:4",
         ""),
        (ACME.replace("https://acme.okta.com", "https://acme-admin.okta.com"), "okta.org_url: ",
         "config.yaml:4", ""),
        (ACME.replace("https://acme.okta.com", "!secret env:X"), "okta.org_url: a secret has no",
         "config.yaml:4", ""),
        (ACME.replace("70403103", "abc"), "dbt_cloud.account_id: ", "config.yaml:8", ""),
        (ACME.replace("      account_id: 70403103\n", ""), "dbt_cloud.account_id is required",
         "config.yaml:6", ""),
        (ACME.replace("70403103", "null"), "dbt_cloud.account_id is required", "config.yaml:6", ""),
        (ACME.replace("env:DBT", "envv:DBT"), "a secret store", "config.yaml:9", "env:"),
        (ACME.replace("  acme:", '  "a b":'), "can't be a tenant's name", "config.yaml:2", ""),
        (ACME.replace("  acme:", "  a/b:"), "can't be a tenant's name", "config.yaml:2", ""),
        (ACME.replace("  acme:", '  "":'), "can't be a tenant's name", "config.yaml:2", ""),
        (ACME + "  other: 5\n", "other: must be a mapping", "config.yaml:12", ""),
        ("tenants: [a]\n", "tenants: must be a mapping", "config.yaml:1", ""),
        (ACME + "defaults: [a]\n", "defaults: must be a mapping", "config.yaml:12", ""),
        (ACME + "include: nope/*.yaml\n", "matches no file", "config.yaml:12", "looked up"),
        (ACME + "include: [ok.txt]\n", "can't be included", "config.yaml:12", ".csv"),
        (ACME + "include: {a: b}\n", "include: must be", "config.yaml:12", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_with_its_line(
    wrong: Wrong, text: str, title: str, place: str, more: str
) -> None:
    (problem,) = wrong(text, {"ok.txt": ""})

    assert title in problem.title
    assert said(problem, "from") == place
    assert more in said(problem, "near") + said(problem, "do")


@pytest.mark.parametrize("text", ["tenants: {}\n", "tenants:\n", "defaults: {tags: [x]}\n"])
def test_a_config_without_tenants_is_a_problem(wrong: Wrong, text: str) -> None:
    assert wrong(text)[0].title == "config.yaml has no tenants"


def test_a_missing_section_is_told_by_its_required_fields(wrong: Wrong) -> None:
    found = wrong("tenants:\n  acme:\n    tags: [x]\n")

    assert {"okta.org_url is required", "dbt_cloud.access_url is required"} <= {
        p.title for p in found
    }
    assert {said(p, "from") for p in found} == {"config.yaml:2"}
    assert {p.tenant for p in found} == {"acme"}


def test_all_problems_of_all_files_are_told_at_once(wrong: Wrong) -> None:
    found = wrong(
        ACME.replace("org_url:", "orgurl:") + "include: [a.yaml, b.csv, c.yaml, none.yaml]\n",
        {
            "a.yaml": "tags: x\n\tbroken: 1\n",
            "b.csv": "tenant,okta.url\nx,y\n",
            "c.yaml": "a: 1\na: 2\n",
        },
    )

    files = {said(p, "from").partition(":")[0] for p in found}
    assert files == {"config.yaml", "a.yaml", "b.csv", "c.yaml"}
    assert any("none.yaml" in p.title for p in found)


def test_what_is_wrong_in_defaults_is_told_once(wrong: Wrong) -> None:
    tenants = "".join(f"  t{i}: {account(i)}\n" for i in range(1, 51))

    (problem,) = wrong(DEFAULTS + "  colour: red\ntenants:\n" + tenants)

    assert said(problem, "from") == "config.yaml:4"
    assert said(problem, "but") == "it is the same for 50 tenants"
    assert problem.tenant == ""


@pytest.mark.parametrize(
    "literal",
    [
        "hunter2-secret",
        '"{{ hunter2_secret }}"',
        "{a: hunter2-secret}",
        "[hunter2-secret]",
        "!ref hunter2-secret",
        "!secret hunter2-secret",
        "|\n        -----BEGIN hunter2-----\n        hunter2-secret",
        "12345678",
    ],
)
@pytest.mark.parametrize("field", ["okta", "dbt_cloud"])
def test_a_literal_where_a_secret_belongs_is_refused_and_never_repeated(
    wrong: Wrong, literal: str, field: str
) -> None:
    variable = {"okta": "OKTA_API_TOKEN", "dbt_cloud": "DBT_CLOUD_TOKEN"}[field]

    (problem,) = wrong(ACME.replace(f"!secret env:{variable}", literal))

    assert "hunter2" not in repr(problem)
    assert "12345678" not in repr(problem)
    assert said(problem, "from") == {"okta": "config.yaml:5", "dbt_cloud": "config.yaml:9"}[field]
    assert "!secret" in said(problem, "do")


def test_the_same_name_twice_is_told_with_both_lines(wrong: Wrong) -> None:
    (problem,) = wrong(
        "include: acme.yaml\n" + ACME, {"acme.yaml": f"dbt_cloud: {account(2)[12:-1]}\n"}
    )

    assert problem.title == 'two tenants are called "acme"'
    assert said(problem, "from") == "config.yaml:3; acme.yaml:1"


def test_two_tenants_with_one_account_are_told_with_both_lines(wrong: Wrong) -> None:
    (problem,) = wrong(DEFAULTS + f"tenants:\n  a: {account(7)}\n  b: {account(7)}\n")

    assert "a and b are the same dbt_cloud account" in problem.title
    assert said(problem, "from") == "config.yaml:5 a; config.yaml:6 b"


@pytest.mark.parametrize(
    ("text", "title", "line"),
    [
        ("tenant,okta.token\na,hunter2-secret\n", '"okta.token" would hold secrets', 1),
        ("tenant,okta.private_key\n", '"okta.private_key" would hold secrets', 1),
        ("tenant,okta.orgurl\n", 'no column is called "okta.orgurl"', 1),
        ("tenant,variables.\n", 'no column is called "variables."', 1),
        ("tenant,okta\n", 'no column is called "okta"', 1),
        ("tenant,tags,tags\n", '"tags" is there twice', 1),
        ("name,tags\na,b\n", "no column called tenant", 1),
        ("tenant;tags\na;b\n", "no column called tenant", 1),
        ("tenant,tags\na,hunter2-secret,c\n", "3 cells for 2 columns", 2),
        ('tenant,tags\n"a\nb",c\nx\n', "1 cells for 2 columns", 4),
        ("tenant,tags\n,hunter2-secret\n", "names no tenant", 2),
    ],
)
def test_a_csv_file_that_is_wrong_is_told_by_line_without_its_cells(
    wrong: Wrong, text: str, title: str, line: int
) -> None:
    found = wrong(ACME + "include: x.csv\n", {"x.csv": text})

    assert any(title in p.title and said(p, "from") == f"x.csv:{line}" for p in found)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("text", ["", '"tenant\na,b'])
def test_what_is_not_csv_is_a_problem(wrong: Wrong, text: str) -> None:
    assert "x.csv" in wrong(ACME + "include: x.csv\n", {"x.csv": text})[0].title


def test_an_included_file_includes_nothing(wrong: Wrong) -> None:
    (problem,) = wrong(
        ACME + "include: a.yaml\n", {"a.yaml": "tenants: {}\ninclude: config.yaml\n"}
    )

    assert problem.title == 'unknown key "include"'
    assert said(problem, "from") == "a.yaml:2"


def test_the_environment_fills_gaps_of_a_single_tenant(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKTA_CLIENT_ORGURL", "https://env.okta.com")
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "hunter2-secret")
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "hunter2-secret")

    tenant = only(load(f"tenants:\n  acme: {account(1)}\n"))

    okta = tenant.settings["okta"]
    assert okta.org_url == "https://env.okta.com"  # type: ignore[attr-defined]
    assert str(okta.token) == "env:OKTA_CLIENT_TOKEN"  # type: ignore[attr-defined]
    assert "hunter2" not in repr(tenant)


def test_the_environment_beats_nothing_that_is_written(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a token in it clash with a service app that is complete without."""
    monkeypatch.setenv("OKTA_CLIENT_ORGURL", "https://env.okta.com")
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "hunter2-secret")
    app = "client_id: 0oa1\n      private_key: !secret file:key.pem"

    tenant = only(load(ACME.replace("token: !secret env:OKTA_API_TOKEN", app)))

    assert tenant.settings["okta"].org_url == "https://acme.okta.com"  # type: ignore[attr-defined]
    assert tenant.settings["okta"].token is None  # type: ignore[attr-defined]


def test_the_environment_fills_nothing_where_there_are_several_tenants(
    wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "hunter2-secret")
    text = (
        DEFAULTS.partition("  dbt_cloud")[0] + f"tenants:\n  a: {account(1)}\n  b: {account(2)}\n"
    )

    assert [p.title for p in wrong(text)] == ["dbt_cloud.token is required"] * 2


def test_a_bad_value_of_the_environment_is_told_by_its_variable(
    wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "abc")

    (problem,) = wrong(ACME.replace("      account_id: 70403103\n", ""))

    assert "DBT_CLOUD_ACCOUNT_ID in the environment" in said(problem, "from")


@pytest.fixture
def three(load: Load) -> Config:
    tags = {"a": "prod, eu", "b": "prod, us", "c": "test"}
    lines = [f"  {n}: {account(i, f', tags: [{t}]')}\n" for i, (n, t) in enumerate(tags.items(), 1)]
    return load(DEFAULTS + "tenants:\n" + "".join(lines))


@pytest.mark.parametrize(
    ("tenants", "tags", "exclude", "names"),
    [
        ((), (), (), "abc"),
        (("b",), (), (), "b"),
        (("c", "a"), (), (), "ac"),
        ((), ("prod",), (), "ab"),
        ((), ("eu", "test"), (), "ac"),
        (("a", "c"), ("prod",), (), "a"),
        ((), ("prod",), ("a",), "b"),
    ],
)
def test_selecting_narrows(
    three: Config, tenants: tuple[str], tags: tuple[str], exclude: tuple[str], names: str
) -> None:
    chosen = select(three, tenants=tenants, tags=tags, exclude=exclude)

    assert "".join(tenant.name for tenant in chosen) == names


@pytest.mark.parametrize(
    ("tenants", "tags", "exclude", "title"),
    [
        (("aa",), (), (), 'no tenant is called "aa"'),
        ((), ("prd",), (), 'no tag is called "prd"'),
        ((), (), ("x",), 'no tenant is called "x"'),
        (("a",), ("test",), (), "no tenant is left"),
        (("a",), (), ("a",), "no tenant is left"),
    ],
)
def test_selecting_nobody_is_wrong_usage(
    three: Config, tenants: tuple[str], tags: tuple[str], exclude: tuple[str], title: str
) -> None:
    with pytest.raises(UsageError, match=title) as caught:
        select(three, tenants=tenants, tags=tags, exclude=exclude)

    assert caught.value.exit_code == 64


def test_a_tag_that_is_nearly_right_is_named(three: Config) -> None:
    with pytest.raises(UsageError) as caught:
        select(three, tags=["prd"])

    assert said(caught.value.problems[0], "near") == '"prod"'
