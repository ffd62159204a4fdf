"""`deploy/`: what is there parses, refers to what exists, and says to Tenfold what Tenfold understands."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from typer.core import TyperGroup

from dashboards.rules import files
from tenfold.cli.app import app
from tenfold.settings.file import load
from tests.conftest import _require
from tests.dashboards.rules.promtool import AMTOOL, PROMTOOL, REMEDY, run

DEPLOY = Path(__file__).parents[3] / "deploy"
ANALYZE = Path("/usr/bin/systemd-analyze")
UNITS = ("tenfold-serve.service", "tenfold-agent.service")
# What whoever runs it makes, with a command of the README.
MADE = {
    "tenfold.toml": "tenfold init -o tenfold.toml",
    "tenfold.env": "> tenfold.env",
    "tenfold-token": "touch tenfold-token",
    "tenfold-runs": "mkdir -p tenfold-runs",
    "grafana.env": "> grafana.env",
    "written": "tenfold dashboards write written",
}


def _compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return document


def _manifests() -> Iterator[dict[str, Any]]:
    for name in ("serve.yaml", "rehearsal.yaml"):
        yield from yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text(encoding="utf-8"))


def _understands(arguments: list[str]) -> None:
    """Parses a command line as the program would, and runs nothing."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    command = group.commands[arguments[0]]
    command.make_context(arguments[0], list(arguments[1:]))


def test_compose_refers_to_files_that_exist_or_that_the_readme_makes() -> None:
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    compose = _compose()
    sources = [
        volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", ())
    ]
    sources += [each["path"] for service in compose["services"].values() for each in service.get("env_file", ())]
    local = [source.removeprefix("./") for source in sources if source.startswith("./")]
    assert {source for source in sources if not source.startswith("./")} == set(compose["volumes"])
    for source in local:
        made = source.split("/", maxsplit=1)[0]
        if made in MADE:
            assert MADE[made] in readme
        else:
            assert (DEPLOY / source).exists(), source
    build = compose["services"]["tenfold"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Containerfile")


def test_what_the_readme_makes_is_not_committed() -> None:
    ignored = {line.strip("/") for line in (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()}
    assert set(MADE) <= ignored


def test_compose_mounts_what_is_written_where_it_is_looked_for() -> None:
    compose = _compose()
    written = {path.rsplit("/", maxsplit=1)[0] for path in files("en")}
    mounts = dict(
        volume.split(":")[:2] for service in compose["services"].values() for volume in service.get("volumes", ())
    )
    assert "prometheus/rules" in written
    assert mounts["./written/prometheus/rules"] == "/etc/prometheus/rules"
    configuration = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    assert configuration["rule_files"] == ["rules/tenfold_*.yml"]


def test_images_are_pinned_and_name_no_registry() -> None:
    named = [service["image"] for service in _compose()["services"].values()]
    assert len(named) == 4
    for image in named:
        name, _, version = image.partition(":")
        assert version not in {"", "latest"}, image
        assert "." not in name.split("/")[0], image


def test_every_service_is_read_only_and_without_capabilities() -> None:
    for name, service in _compose()["services"].items():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:"), name


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_the_configurations_are_the_written_ones_for_containers(name: str) -> None:
    written = files("en", tenfold="tenfold:9470", alertmanager="alertmanager:9093", prometheus="prometheus:9090")
    assert (DEPLOY / f"{name}.yml").read_text(encoding="utf-8") == written[f"{name}/{name}.yml"]


@pytest.mark.debian_servers
def test_promtool_and_amtool_accept_what_compose_mounts(tmp_path: Path) -> None:
    _require(PROMTOOL, REMEDY)
    _require(AMTOOL, REMEDY)
    for path, text in files("en").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "prometheus/prometheus.yml").write_bytes((DEPLOY / "prometheus.yml").read_bytes())
    checked = run(PROMTOOL, "check", "config", tmp_path / "prometheus/prometheus.yml")
    assert (checked.returncode, "rules found" in checked.stdout) == (0, True), checked.stdout + checked.stderr
    assert run(AMTOOL, "check-config", DEPLOY / "alertmanager.yml").returncode == 0
    # Debian's promtool is built without Kubernetes; all but the discovery itself is checked.
    job = yaml.safe_load((DEPLOY / "kubernetes/scrape.yml").read_text(encoding="utf-8"))
    assert job["scrape_configs"][0].pop("kubernetes_sd_configs") == [{"role": "pod"}]
    (tmp_path / "scrape.yml").write_text(yaml.safe_dump(job), encoding="utf-8")
    scrape = run(PROMTOOL, "check", "config", tmp_path / "scrape.yml")
    assert scrape.returncode == 0, scrape.stdout + scrape.stderr


def test_every_command_line_is_one_that_tenfold_understands() -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (default,) = re.findall(r"^CMD (\[.*\])$", container, re.MULTILINE)
    lines = [yaml.safe_load(default), _compose()["services"]["tenfold"]["command"]]
    for unit in UNITS:
        text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
        (started,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        program, *arguments = shlex.split(started)
        assert program == "/opt/tenfold/bin/tenfold"
        lines.append(arguments)
    manifests = [
        container["args"]
        for document in _manifests()
        if "template" in document["spec"]
        for container in document["spec"]["template"]["spec"]["containers"]
    ]
    assert sorted(line[0] for line in manifests) == ["serve", "stress", "worker"]
    for line in (*lines, *manifests):
        _understands(line)
    with pytest.raises(Exception, match="No such option"):
        _understands(["serve", "--port", "9470"])


def test_manifests_refer_to_each_other() -> None:
    documents = list(_manifests())
    assert all({"apiVersion", "kind", "metadata", "spec"} <= document.keys() for document in documents)
    labelled = [document["spec"]["template"] for document in documents if "template" in document["spec"]]
    for service in (document for document in documents if document["kind"] == "Service"):
        selector = service["spec"]["selector"].items()
        (pod,) = [each for each in labelled if selector <= each["metadata"]["labels"].items()]
        ports = {port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
        assert {port["port"] for port in service["spec"]["ports"]} <= ports
    for pod in labelled:
        for container in pod["spec"]["containers"]:
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True


def test_the_container_has_what_the_build_copies_and_no_root() -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (\d+):", container, re.MULTILINE) == ["9470"]
    kept = re.findall(r"^!(.+)$", (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    for name in kept:
        assert (DEPLOY.parent / name).exists(), name


def test_the_agents_configuration_is_one() -> None:
    settings = load(DEPLOY / "systemd/agent.toml")
    assert [host.name for host in settings.host] == ["web-1"]
    assert (settings.postgres, settings.redis, settings.http) == ((), (), ())


@pytest.mark.debian_servers
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_units(unit: str, tmp_path: Path) -> None:
    if not ANALYZE.exists():
        pytest.skip("systemd-analyze is missing; install systemd")
    program = Path(sys.executable).with_name("tenfold")
    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    # It looks for the program too.
    (tmp_path / unit).write_text(text.replace("/opt/tenfold/bin/tenfold", str(program)), encoding="utf-8")
    verified = run(ANALYZE, "verify", "--recursive-errors=no", tmp_path / unit)
    assert (verified.returncode, _about(unit, verified.stderr)) == (0, []), verified.stderr
    judged = run(ANALYZE, "security", "--offline=true", "--no-pager", "--threshold=45", tmp_path / unit)
    assert judged.returncode == 0, judged.stdout[-400:]


def _about(unit: str, said: str) -> list[str]:
    """What concerns our unit: a container's systemd complains of much else."""
    return [line for line in said.splitlines() if unit in line]


def test_no_password_or_address_of_ours_is_in_there() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.name not in MADE:
            text = path.read_text(encoding="utf-8")
            assert os.fspath(DEPLOY.parent) not in text, path
