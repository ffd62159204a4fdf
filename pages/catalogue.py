"""The gettext catalogues: taken from the code, and held complete.

`python -m pages.catalogue update` after a sentence has changed, then fill in the empty `msgstr` of
`pages/locale/*/LC_MESSAGES/tenfold.po`; `python -m pages.catalogue check` lists what is left to do and ends with 1 when there is any.

Nothing else may import this module: Babel is a dependency of development only.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from pages.translation import DOMAIN, LANGUAGES, LOCALE

ROOT = Path(__file__).parents[1]
# The practice mall speaks English only, as the shop that it is; what its faults do is shown to people all the same.
FAULTS, SHOWN = "mall/faults.py", "hurts"
ROOMS = (
    "facts",
    "advisors",
    "collectors",
    "shadow",
    "proving",
    "pages",
    "loadtest",
    "dashboards",
    "tickets",
    "tenfold",
)
# `say` also takes messages that were made elsewhere; the other two are where sentences are made.
MAKERS = frozenset({"msg", "msg_n", "_"})
KEYWORDS = MAKERS | {"say"}
# The one whose second text is the plural of the first.
COUNTING = "msg_n"
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")

# Babel's own header carries the time of the run, and every update would be a change.
_HEADER = """\
# Sentences of Tenfold. Only msgstr is written by hand, the rest by: python -m pages.catalogue update
msgid ""
msgstr ""
"Project-Id-Version: {domain}\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals={nplurals}; plural={plural};\\n"

"""
_PLACE = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One template where it stands in the code.

    Attributes:
        template: The English text; None where it is no literal, so that nobody can translate it.
        path: Of the file, from the root of the repository.
        line: Where the call begins.
        many: The same for more than one, of a sentence that counts; the template is for one then.
    """

    template: str | None
    path: str
    line: int
    many: str | None = None

    @property
    def key(self) -> str | tuple[str, str]:
        """What the catalogue knows it by."""
        template = self.template or ""
        return template if self.many is None else (template, self.many)


def sentences(root: Path = ROOT) -> Iterator[Sentence]:
    """Every sentence of the code, file by file, from top to bottom."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            place = path.relative_to(root).as_posix()
            if path.suffix == ".py":
                yield from _in_python(path.read_text(encoding="utf-8"), place)
            elif path.suffix == ".j2":
                yield from _in_template(path.read_text(encoding="utf-8"), place)
    if (root / FAULTS).exists():
        yield from _of_faults((root / FAULTS).read_text(encoding="utf-8"))


def _in_python(source: str, place: str) -> Iterator[Sentence]:
    # Babel's own extraction glues the branches of a conditional together and passes over f-strings without a word.
    calls = (
        node
        for node in ast.walk(ast.parse(source, place))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS and node.args
    )
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id == COUNTING:
            one, many = (next(iter(_literals(each)), None) for each in call.args[:2])
            yield Sentence(None if many is None else one, place, call.lineno, many)
            continue
        for template in _literals(call.args[0]):
            if template is not None or (isinstance(call.func, ast.Name) and call.func.id in MAKERS):
                yield Sentence(template, place, call.lineno)


def _of_faults(source: str) -> Iterator[Sentence]:
    """What the practice mall's faults do, which `tenfold demo faults` lists."""
    calls = (node for node in ast.walk(ast.parse(source, FAULTS)) if isinstance(node, ast.Call))
    given = [keyword for call in calls for keyword in call.keywords if keyword.arg == SHOWN]
    for keyword in sorted(given, key=lambda each: each.value.lineno):
        for template in _literals(keyword.value):
            yield Sentence(template, FAULTS, keyword.value.lineno)


def _literals(argument: ast.expr) -> Iterator[str | None]:
    """The texts that an argument can be; None for one that is not written out."""
    if isinstance(argument, ast.IfExp):
        yield from _literals(argument.body)
        yield from _literals(argument.orelse)
    else:
        is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        yield str(argument.value) if isinstance(argument, ast.Constant) and is_text else None


def _in_template(source: str, place: str) -> Iterator[Sentence]:
    for line, function, text in extract_from_ast(Environment(autoescape=True).parse(source), ["say", COUNTING]):
        if function == COUNTING:
            one, many = (*text, None)[:2] if isinstance(text, tuple) else (None, None)
            yield Sentence(None if many is None else one, place, line, many)
        elif isinstance(text, str):
            yield Sentence(text, place, line)


def places(text: str) -> frozenset[str]:
    """The places of a template, such as `{name}`; a brace that stands alone is one too, since it cannot be filled in."""
    return frozenset(_PLACE.findall(text))


def catalogue_file(language: str, locale: Path = LOCALE) -> Path:
    """Where a language's translations are written by hand."""
    return locale / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(file: Path, language: str) -> Catalog:
    """The translations of a file; empty where there is none yet."""
    if not file.exists():
        return Catalog(locale=language, domain=DOMAIN)
    with file.open("rb") as text:
        return read_po(text, locale=language, domain=DOMAIN)


def updated(old: Catalog, found: Iterable[Sentence], language: str) -> bytes:
    """The text of a catalogue that holds what was found and nothing else; known translations stay.

    Args:
        old: The translations so far.
        found: The sentences of the code.
        language: Of the translations.
    """
    new = Catalog(locale=language, domain=DOMAIN)
    for sentence in found:
        if sentence.template:
            known = old.get(sentence.template)
            new.add(
                sentence.key,
                _string(known, counts=sentence.many is not None),
                locations=[(sentence.path, sentence.line)],
                flags=(known.flags & {"fuzzy"}) if known else (),
                user_comments=known.user_comments if known else (),
            )
    text = BytesIO()
    # A line number would make a change of every edit above the sentence; the file says enough.
    write_po(text, new, width=0, omit_header=True, include_lineno=False)
    header = _HEADER.format(domain=DOMAIN, language=language, nplurals=new.num_plurals, plural=new.plural_expr)
    return header.encode() + text.getvalue()


def _string(known: Message | None, *, counts: bool) -> str | tuple[str, ...]:
    """The translation so far, as a sentence of that kind has it."""
    if known is None:
        return ""
    translations = _translations(known)
    return translations if counts else translations[0]


def _translations(known: Message) -> tuple[str, ...]:
    """One, or one for each plural form of the language."""
    return (known.string,) if isinstance(known.string, str) else tuple(known.string or ("",))


def problems(catalogue: Catalog, found: Iterable[Sentence]) -> list[str]:
    """What keeps a catalogue from being complete and safe to fill in, one line each."""
    first: dict[str, Sentence] = {}
    lines = []
    for sentence in found:
        if sentence.template is None:
            lines.append(f"{sentence.path}:{sentence.line}: the sentence is no literal text")
        elif sentence.template:
            first.setdefault(sentence.template, sentence)
    for template, sentence in first.items():
        what = _problem(sentence.many or template, catalogue.get(template))
        if what:
            lines.append(f"{sentence.path}:{sentence.line}: {what}: {template!r}")
    return lines


def _problem(template: str, known: Message | None) -> str:
    if known is None:
        return "missing"
    translations = _translations(known)
    if not all(each.strip() for each in translations):
        return "not translated"
    if known.fuzzy:
        return "fuzzy"
    differing = sorted({place for each in translations for place in places(template) ^ places(each)})
    if differing:
        return f"placeholders differ ({', '.join(differing)})"
    # A bare percent sign before a letter is a placeholder of another kind to whoever compiles the catalogue.
    refused = known.check()
    return f"cannot be compiled ({refused[0]})" if refused else ""


def main(arguments: list[str]) -> int:
    """Updates or checks every catalogue; returns the exit code."""
    if arguments not in (["update"], ["check"]):
        sys.stderr.write("usage: python -m pages.catalogue update|check\n")
        return 2
    found = list(sentences())
    complaints = []
    for language in TRANSLATED:
        file = catalogue_file(language)
        if arguments == ["update"]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(updated(read(file, language), found, language))
        complaints += [f"{language}: {line}" for line in problems(read(file, language), found)]
    sys.stdout.write("".join(f"{line}\n" for line in complaints))
    return 1 if complaints and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
