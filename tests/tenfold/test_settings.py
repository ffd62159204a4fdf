"""The configuration file: what it may say, and how a mistake in it is told."""

import re
from pathlib import Path

import pytest

from pages.translation import translator
from tenfold.exits import CommandError
from tenfold.settings import find_file, from_addresses, load
from tenfold.settings.rehearsal import LoadtestSection
from tenfold.settings.template import Answers, configuration_text
from tenfold.settings.units import parse_duration, parse_size

SECRET = "hunter2-s3cret"


def write(folder: Path, text: str) -> Path:
    path = folder / "tenfold.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path) -> CommandError:
    with pytest.raises(CommandError) as caught:
        load(path)
    return caught.value


def test_the_template_is_a_valid_configuration_that_says_what_was_answered(tmp_path: Path) -> None:
    answers = Answers(
        postgres=("postgresql://tenfold@db.example/mall?sslmode=require",),
        redis=("redis://cache.example:6379",),
        http=("https://shop.example/中文",),
    )
    settings = load(write(tmp_path, configuration_text(answers, translator("en"))))
    assert [each.dsn for each in settings.postgres] == list(answers.postgres)
    assert [each.url for each in settings.redis] == list(answers.redis)
    assert [each.url for each in settings.http] == list(answers.http)
    assert settings.promotion.multiplier == 10


def test_the_commented_lines_of_the_template_are_valid_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in ("TENFOLD_REHEARSAL_KEY", "TENFOLD_WECOM_KEY", "TENFOLD_PAYMENTS_TOKEN"):
        monkeypatch.setenv(secret, SECRET)
    text = configuration_text(Answers(postgres=("postgresql://db/mall",), http=("http://shop/",)), translator("en"))
    uncommented = "\n".join(
        line[2:] if line.startswith("# ") and ("=" in line or "[" in line) else line for line in text.splitlines()
    )
    uncommented = uncommented.replace("Tenfold's configuration.", "#")
    settings = load(write(tmp_path, uncommented))
    assert settings.host[0].node_exporter
    assert settings.ignore[0].until
    assert settings.audit.index_budget == 2 * 2**30
    assert settings.loadtest.targets[0].addresses
    assert settings.loadtest.key == SECRET
    assert set(settings.slo) == {"default", "GET /search", "journey"}
    assert settings.tickets is not None
    assert settings.tickets.allow_automatic == (settings.action[0].name,)
    assert settings.tickets.rotation[0].people == ("zhang", "li")
    assert settings.route[0].area == settings.action[0].when.areas[0] == "payments"
    assert SECRET in settings.notify[0].url
    assert settings.evidence.payments is not None
    assert ":since" in settings.evidence.payments
    assert settings.probe[0].name == "alipay"


def test_the_template_names_every_key_of_a_rehearsal_with_its_default() -> None:
    text = configuration_text(Answers(http=("http://shop/",)), translator("en"))
    named = set(re.findall(r"^# (\w+) = ", text.partition("# [loadtest]")[2].partition("# [serve]")[0], re.MULTILINE))
    assert set(LoadtestSection.model_fields) - named == {"database", "max_concurrency", "seed"}, "those that few need"
    lengths = dict(re.findall(r'^# (baseline|step|hold|confirm) = "(\w+)"', text, re.MULTILINE))
    assert {name: parse_duration(value) for name, value in lengths.items()} == {
        name: LoadtestSection.model_fields[name].default for name in lengths
    }


def test_a_new_configuration_allows_no_load(tmp_path: Path) -> None:
    settings = load(write(tmp_path, configuration_text(Answers(http=("http://shop/",)), translator("en"))))
    assert not settings.loadtest.targets
    assert settings.loadtest.ceiling is None


def test_an_unknown_key_names_the_nearest_one_and_its_line(tmp_path: Path) -> None:
    error = complaint(write(tmp_path, '[mall]\nname = "x"\n\n[promotion]\nmultipler = 10\n'))
    assert "tenfold.toml:5" in error.message
    assert "promotion.multipler" in error.message
    assert "multiplier" in error.remedy


def test_an_unknown_key_in_the_second_server_names_that_servers_line(tmp_path: Path) -> None:
    text = '[[postgres]]\nname = "a"\ndsn = ""\n\n[[postgres]]\nname = "b"\ndsn = ""\ndatabse = ["m"]\n'
    error = complaint(write(tmp_path, text))
    assert "tenfold.toml:8" in error.message
    assert "databases" in error.remedy


def test_an_unknown_section_is_told_with_the_sections_there_are(tmp_path: Path) -> None:
    error = complaint(write(tmp_path, "[zzz]\nname = 1\n"))
    assert "zzz" in error.message
    assert "promotion" in error.remedy


def test_broken_toml_names_line_and_key(tmp_path: Path) -> None:
    error = complaint(write(tmp_path, '[mall]\nname = "x"\nlang = zh\n'))
    assert "line 3" in error.message
    assert "lang" in error.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[promotion]\nmultiplier = -1\n", "promotion.multiplier"),
        ('[audit]\nwindow = "soon"\n', "audit.window"),
        ('[mall]\ntimezone = "Mars"\n', "mall.timezone"),
        ('[[postgres]]\nname = "a"\n', "postgres.dsn"),
    ],
)
def test_a_wrong_value_names_its_key(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in complaint(write(tmp_path, text)).message


def test_a_secret_comes_from_the_environment_and_its_absence_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, '[[redis]]\nname = "c"\nurl = "redis://:${CACHE_PASSWORD}@cache/0"\n')
    monkeypatch.setenv("CACHE_PASSWORD", "s3cret")
    assert load(path).redis[0].url == "redis://:s3cret@cache/0"
    monkeypatch.delenv("CACHE_PASSWORD")
    assert "CACHE_PASSWORD" in complaint(path).message


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tenfold.toml"
    path.write_bytes(b"\xff\xfe[mall]")
    assert "UTF-8" in complaint(path).message


def test_a_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.toml"):
        find_file(tmp_path / "nowhere.toml")


def test_the_environment_names_a_file_when_there_is_none_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None) is None
    (tmp_path / "etc").mkdir()
    elsewhere = write(tmp_path / "etc", "")
    monkeypatch.setenv("TENFOLD_CONFIG", str(elsewhere))
    assert find_file(None) == elsewhere


def test_addresses_need_no_file() -> None:
    settings = from_addresses(
        ["postgresql://ro:pw@db/mall", "host=db dbname=x", "redis://cache", "https://shop.example/"]
    )
    assert [each.name for each in settings.postgres] == ["mall", "x"]
    assert settings.redis[0].name == "cache"
    assert settings.http[0].name == "shop.example"


def test_an_address_of_no_known_kind_is_told_with_an_example_and_without_its_password() -> None:
    with pytest.raises(CommandError) as caught:
        from_addresses(["mysql://root:hush@db/mall"])
    assert "mysql" in caught.value.message
    assert "hush" not in caught.value.message
    assert "postgresql://" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "seconds"), [(5, 5), ("90", 90), ("30s", 30), ("10min", 600), ("1.5h", 5400), ("30d", 2_592_000)]
)
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "size"), [(5, 5), ("8kB", 8192), ("500MB", 500 * 2**20), ("2 GiB", 2 * 2**30)])
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "ten", "5 parsecs", None, True, [1]])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("address", "example"),
    [
        (f"postgresql://u:{SECRET}@127.0.0.1:54x2/mall", "postgresql://"),
        (f"postgresql://u:{SECRET}%zz@127.0.0.1/mall", "%40"),
        (f"postgresql://u:{SECRET}@127.0.0.1/mall?colour=red", "postgresql://"),
        (f"redis://:{SECRET}@[::1/0", "redis://"),
        (f"redis://:{SECRET}@127.0.0.1:70000/0", "redis://"),
        (f"redis://:{SECRET}@127.0.0.1/first", "redis://"),
        (f"redis://:{SECRET}@127.0.0.1?colour=red", "redis://"),
        (f"redis://:{SECRET[:3]}/{SECRET}@127.0.0.1", "redis://"),
        (f"http://u:{SECRET}@shop.example:8o/", "https://"),
        ("http://", "https://"),
        (f"mysql://root:{SECRET}@db/mall", "postgresql://"),
        ("mall", "postgresql://"),
    ],
)
def test_an_address_that_is_no_address_is_refused_without_its_password(address: str, example: str) -> None:
    with pytest.raises(CommandError) as caught:
        from_addresses([address])
    assert "not valid" in caught.value.message or "not an address" in caught.value.message
    assert example in caught.value.message + caught.value.remedy
    assert SECRET not in caught.value.message + caught.value.remedy


def test_names_are_the_databases_and_hosts_and_never_the_same_twice() -> None:
    settings = from_addresses(
        [
            f"host=db password={SECRET} dbname=mall",
            "postgresql://db2/mall",
            "redis://cache",
            "rediss://cache:6380",
            "http://cache/",
        ]
    )
    assert [each.name for each in settings.postgres] == ["mall", "mall-2"]
    assert [each.name for each in settings.redis] == ["cache", "cache-2"]
    assert settings.http[0].name == "cache-3"


def test_a_password_with_a_slash_does_not_end_up_in_the_name() -> None:
    settings = from_addresses([f"postgresql://db:5432/{SECRET}@host/mall"])
    assert SECRET not in settings.postgres[0].name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[postgres]]\nname = "a"\ndsn = "garbage SECRET"\n', "tenfold.toml:3: postgres.dsn"),
        ('[[redis]]\nname = "a"\nurl = "cache:6379 SECRET"\n', "tenfold.toml:3: redis.url"),
        ('[[http]]\nname = "a"\nurl = "shop SECRET"\n', "tenfold.toml:3: http.url"),
        ('[[host]]\nname = "a"\nnode_exporter = "db:9100"\n', "tenfold.toml:3: host.node_exporter"),
        ('[[redis]]\nname = ""\nurl = "redis://cache"\n', "tenfold.toml:2: redis.name"),
        ("[audit]\nwindow = inf\n", "tenfold.toml:2: audit.window"),
        ('[audit]\nwindow = "2d"\n', "tenfold.toml:2: audit.window"),
    ],
)
def test_an_address_in_the_file_is_checked_before_anything_is_connected_to(
    tmp_path: Path, text: str, expected: str
) -> None:
    error = complaint(write(tmp_path, text.replace("SECRET", SECRET)))
    assert expected in error.message
    assert SECRET not in error.message + error.remedy


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    text = '[[postgres]]\nname = "main"\ndsn = ""\n[[redis]]\nname = "main"\nurl = "redis://cache"\n'
    assert "'main'" in complaint(write(tmp_path, text)).message


def test_a_machine_may_be_named_like_the_server_on_it(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[[postgres]]\nname = "main"\ndsn = ""\n[[host]]\nname = "main"\n'))
    assert settings.host[0].name == settings.postgres[0].name


def test_a_section_that_is_a_list_says_how_it_is_written(tmp_path: Path) -> None:
    error = complaint(write(tmp_path, '[postgres]\nname = "a"\ndsn = ""\n'))
    assert "tenfold.toml:1" in error.message
    assert "[[postgres]]" in error.remedy


def test_a_misspelt_key_is_told_rather_than_the_absence_of_the_right_one(tmp_path: Path) -> None:
    error = complaint(write(tmp_path, '[[postgres]]\nname = "a"\ndns = ""\n'))
    assert "unknown key postgres.dns" in error.message
    assert "dsn" in error.remedy


def test_the_template_gives_every_target_a_name_of_its_own(tmp_path: Path) -> None:
    answers = Answers(
        postgres=(f"host=localhost dbname=mall password={SECRET}",),
        redis=("redis://localhost",),
        http=("http://localhost/",),
    )
    settings = load(write(tmp_path, configuration_text(answers, translator("en"))))
    assert settings.postgres[0].name == "mall"
    assert settings.redis[0].name == "localhost"
    assert settings.http[0].name == "localhost-2"
