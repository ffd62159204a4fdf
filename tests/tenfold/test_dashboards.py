"""`tenfold dashboards write`: what lies in the folder afterwards, in which language, and what is refused."""

import json
from pathlib import Path

import pytest

from dashboards.boards import BOARDS, documents
from dashboards.rules import files as rules
from dashboards.rules import objectives
from tenfold.settings.objectives import BOUNDS, SMALLEST_SHARE
from tests.tenfold.conftest import Program

STEMS = {board.stem for board in BOARDS} | {board.theirs[0] for board in BOARDS if board.theirs}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_boards_and_provisioning_are_written_and_named(tenfold: Program) -> None:
    ended = tenfold("dashboards", "write", "out", "--docs", "https://wiki.example/tenfold/")
    assert ended.code == 0
    assert ended.stderr == ""
    wanted = {f"grafana/dashboards/{stem}.json" for stem in STEMS} | {
        "grafana/provisioning/dashboards/tenfold.yaml",
        "grafana/provisioning/datasources/tenfold.yaml",
        "prometheus/prometheus.yml",
        "alertmanager/alertmanager.yml",
    }
    wanted |= {name for name in rules("en") if name.startswith("prometheus/rules/")}
    assert files(tenfold.folder / "out") == wanted
    assert set(ended.stdout.splitlines()) == {f"out/{name}" for name in wanted}
    for stem, document in documents("en", "https://wiki.example/tenfold").items():
        assert json.loads((tenfold.folder / f"out/grafana/dashboards/{stem}.json").read_text("utf-8")) == document


def test_the_language_is_the_one_that_was_asked_for_or_configured(tenfold: Program) -> None:
    assert tenfold("dashboards", "write", "out", "--lang", "zh").code == 0
    mall = json.loads((tenfold.folder / "out/grafana/dashboards/mall.json").read_text("utf-8"))
    assert mall == documents("zh")["mall"]
    (tenfold.folder / "tenfold.toml").write_text('[mall]\nname = "shop"\nlang = "zh"\n', encoding="utf-8")
    assert tenfold("dashboards", "write", "configured").code == 0
    assert json.loads((tenfold.folder / "configured/grafana/dashboards/mall.json").read_text("utf-8")) == mall


def test_prometheus_is_found_where_somebody_said(tenfold: Program) -> None:
    assert tenfold("dashboards", "write", "out", "--prometheus", "http://prometheus:9090").code == 0
    text = (tenfold.folder / "out/grafana/provisioning/datasources/tenfold.yaml").read_text("utf-8")
    assert "    url: http://prometheus:9090\n" in text


def test_rules_are_written_with_their_runbooks_and_the_service_that_is_configured(tenfold: Program) -> None:
    configuration = '[serve]\nlisten = "0.0.0.0:9999"\n'
    (tenfold.folder / "tenfold.toml").write_text(configuration, encoding="utf-8")
    assert tenfold("dashboards", "write", "out", "--docs", "https://wiki.example/tenfold").code == 0
    text = (tenfold.folder / "out/prometheus/rules/tenfold_payments.yml").read_text("utf-8")
    assert "https://wiki.example/tenfold/runbooks/PaymentsFail.md" in text
    assert "127.0.0.1:9999" in (tenfold.folder / "out/prometheus/prometheus.yml").read_text("utf-8")


def test_the_malls_own_promises_are_in_its_rules(tenfold: Program) -> None:
    promises = '[objectives]\npayments = "99%"\ncheckout_within = 1\n'
    (tenfold.folder / "tenfold.toml").write_text(promises, encoding="utf-8")
    assert tenfold("dashboards", "write", "out").code == 0
    payments = (tenfold.folder / "out/prometheus/rules/tenfold_payments.yml").read_text("utf-8")
    assert "* 0.01" in payments
    assert "* 0.02" not in payments
    assert 'le="1.0"' in (tenfold.folder / "out/prometheus/rules/tenfold_checkout.yml").read_text("utf-8")


@pytest.mark.parametrize(
    ("promise", "complaint"),
    [('payments = "80%"', "0.93"), ("payments = 1", "less than 1"), ("checkout_within = 0.3", "0.25")],
)
def test_a_promise_that_cannot_be_judged_is_refused(tenfold: Program, promise: str, complaint: str) -> None:
    (tenfold.folder / "tenfold.toml").write_text(f"[objectives]\n{promise}\n", encoding="utf-8")
    ended = tenfold("dashboards", "write", "out")
    assert ended.code == 2
    assert complaint in ended.stderr


def test_the_configuration_knows_the_same_bounds_as_the_rules() -> None:
    assert (BOUNDS, SMALLEST_SHARE) == (objectives.BOUNDS, 1 - objectives.LARGEST_BUDGET)


def test_without_documentation_the_reader_is_told(tenfold: Program) -> None:
    assert "--docs" in tenfold("dashboards", "write", "out").stderr
    assert tenfold("dashboards", "write", "out", "--quiet").stderr == ""


def test_other_files_stay_and_ours_are_written_anew(tenfold: Program) -> None:
    folder = tenfold.folder / "out/grafana/dashboards"
    folder.mkdir(parents=True)
    (folder / "theirs.json").write_text("{}", encoding="utf-8")
    (folder / "mall.json").write_text("old", encoding="utf-8")
    assert tenfold("dashboards", "write", "out").code == 0
    assert (folder / "theirs.json").read_text("utf-8") == "{}"
    assert json.loads((folder / "mall.json").read_text("utf-8"))["uid"] == "tenfold-mall"


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(tenfold: Program) -> None:
    (tenfold.folder / "file").write_text("mine", encoding="utf-8")
    ended = tenfold("dashboards", "write", "file")
    assert ended.code == 2
    assert ended.stdout == ""
    assert "file/" in ended.stderr
    assert "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tenfold.folder / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize("option", ["--prometheus", "--docs"])
@pytest.mark.parametrize("url", ["prometheus:9090", "ftp://a.example", "http://", "http://[", "http://a b"])
def test_an_address_that_leads_nowhere_is_refused(tenfold: Program, option: str, url: str) -> None:
    ended = tenfold("dashboards", "write", "out", option, url)
    assert ended.code == 2
    assert option in ended.stderr
    assert list(tenfold.folder.iterdir()) == []
