"""What the pages show runs as it stands, and what they point to exists."""

import json
import re
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from jobs import run
from lengths import OTHER_LENGTHS

from lightwaves import load, load_basic_motions
from lightwaves.search import offers

ROOT = Path(__file__).parents[1]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]
GLOSSARY = ROOT / "docs" / "glossary.md"
JOB = "# train.py, run as: mpiexec"  # how a block begins that is a script for several processes
CODE = r"^```.*?^```$"
GENERATED = r"<!-- (.*?) -->.*?<!-- end \1 -->"
LINK = re.compile(r"(?<!\!)\[([^][]*)\]\(([^()\s]*)\)|!\[[^][]*\]\(([^()\s]*)\)")

of_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@dataclass(frozen=True)
class Block:
    """A fenced block: where its code begins, in which language it is, and what the comment before it says."""

    page: Path
    line: int
    language: str
    code: str
    remark: str

    def __str__(self):
        return f"{self.page.name}:{self.line} {self.remark}".rstrip()


def blocks_of(page):
    """The fenced blocks of a page."""
    blocks, remark, fence = [], "", None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if fence is None and line.startswith("```"):
            fence, language, code = number, line.removeprefix("```"), []
        elif line.startswith("```"):
            blocks.append(Block(page, fence + 1, language, "\n".join(code) + "\n", remark))
            fence, remark = None, ""
        elif fence is not None:
            code.append(line)
        elif line.strip():
            remark = line[5:-4] if line.startswith("<!-- ") and line.endswith(" -->") else ""
    assert fence is None, f"{page.name}:{fence} opens a block that nothing closes"
    return blocks


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
JOBS = [block for block in BLOCKS if block.code.startswith(JOB)]
FIRST = next((b for b in BLOCKS if b.page.name == "README.md" and b.language == "python"), None)


def has_its_own_test(block):
    """Whether another test runs a block, and looks at what it leaves."""
    return block is FIRST or block.remark == "example" or block in JOBS


def test_a_block_says_that_it_is_python_or_for_a_shell_or_c():
    assert not [str(block) for block in BLOCKS if block.language not in ("python", "sh", "c")]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Port 8787 is already in use:UserWarning")  # of dask, and of whoever else runs here
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # which dask leaves, where that port is in use
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python" and not has_its_own_test(b)], ids=str)
def test_a_block_of_python_runs_alone_as_it_stands(block, tmp_path, monkeypatch):
    for package in block.remark.split()[1:] if block.remark.startswith("needs ") else ():
        pytest.importorskip(package, reason=f"{package} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(offers, "DETACHED_FROM", 1500)  # candidates, which take less time
    exec(compile(block.code, str(block), "exec"), {"__name__": "__main__"})


@pytest.mark.slow
def test_the_first_example_prints_what_its_comments_say(tmp_path, monkeypatch, capsys):
    """Once, its probabilities were those of an older head."""
    if FIRST is None:
        pytest.skip("the pages are not beside these tests")
    monkeypatch.chdir(tmp_path)
    exec(compile(FIRST.code, str(FIRST), "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out.splitlines()
    comments = re.findall(r"^print\(.*\)  # (.*)$", FIRST.code, re.MULTILINE)
    assert len(printed) == len(comments) == 5
    for line, comment in zip(printed, comments, strict=True):
        numbers = [float(number) for number in re.findall(r"\d+\.\d*", line)]
        for said in re.findall(r"\b\d\.\d+\b", comment):
            assert any(f"{number:.{len(said) - 2}f}" == said for number in numbers), (line, comment)


def the_block(remark):
    """The one block with that comment before it."""
    if not PAGES:
        pytest.skip("the pages are not beside these tests")
    (found,) = (block for block in BLOCKS if block.remark == remark)
    return found.code


@OTHER_LENGTHS
def test_the_bank_of_your_own_takes_part_in_a_search(capsys):
    names = {}
    exec(the_block("example"), names)
    assert names["spectra"].shape == (40, 48)
    assert "cycles" in capsys.readouterr().out
    kinds = {type(part).__name__ for part in names["model"].plan_.parts}
    assert kinds == {"SpectrumPlan", "KernelPlan"}
    series = [x[:, : 90 + i % 10] for i, x in enumerate(names["X"])]
    alone = np.concatenate([names["model"].transform([x]) for x in series])
    np.testing.assert_allclose(names["model"].transform(series), alone, rtol=1e-6)


ALL_IN_TURN = """
import json, sys
from mpi4py import MPI

for code, predicted in json.loads(sys.argv[1]):
    names = {"__name__": "__main__"}
    exec(code, names)
    print(MPI.COMM_WORLD.rank, (eval(predicted, names) == names["y"]).mean(), flush=True)
"""


@pytest.mark.slow
def test_the_scripts_for_many_machines_end_with_a_model_on_every_rank(tmp_path, monkeypatch):
    if not PAGES:
        pytest.skip("the pages are not beside these tests")
    assert {block.remark for block in JOBS} >= {"train", "held"}
    kept = "small.predict(load_basic_motions('train')[0][:, model.channels_])"
    scripts = [(block.code, kept if block.remark == "held" else "model.predict(X)") for block in JOBS]
    (tmp_path / "scripts.py").write_text(ALL_IN_TURN)
    monkeypatch.chdir(tmp_path)
    status, out, complaints = run(2, tmp_path / "scripts.py", json.dumps(scripts))  # one job: starting it takes longest
    assert status == 0, out + complaints
    assert sorted(line.split() for line in out.splitlines()) == [["0", "1.0"]] * len(JOBS) + [["1", "1.0"]] * len(JOBS)
    X, y = load_basic_motions("train")
    assert (load(tmp_path / "motions.npz").predict(X) == y).all()


def blanked(pattern, text, flags=0):
    """The text with spaces wherever the pattern matches: what is left stands where it stood."""
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=flags)


def without_code(page):
    """The text of a page with spaces in place of its fenced blocks."""
    return blanked(CODE, page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def prose_of(page):
    """The text of a page with spaces in place of code, of what scripts wrote, of comments and of headings."""
    text = without_code(page)
    for pattern, flags in (
        (GENERATED, re.DOTALL),
        (r"<!--.*?-->", re.DOTALL),
        (r"^#.*$", re.MULTILINE),
        (r"`[^`]+`", 0),
    ):
        text = blanked(pattern, text, flags)
    return text


def headings_of(page):
    """The headings of a page, outside code."""
    return re.findall(r"^#+ (.*)$", without_code(page), re.MULTILINE)


def anchors_of(page):
    """What links to the headings of a page end in."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings_of(page)}


@of_every_page
def test_what_a_page_links_to_exists(page):
    targets = [found[2] or found[3] for found in LINK.finditer(without_code(page))]
    assert targets
    for target in targets:
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file) if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors_of(there), target


def test_the_glossary_is_sorted_and_defines_the_terms_that_the_others_build_on():
    if not PAGES:
        pytest.skip("the pages are not beside these tests")
    _, *terms = headings_of(GLOSSARY)
    assert terms == sorted(terms, key=str.lower)
    assert set(terms) >= {
        "bank", "block", "candidate", "detachment", "dilation", "group", "head", "kernel", "mRMR", "plan", "ppv",
        "rank", "statistic", "window",
    }  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if page != GLOSSARY], ids=lambda page: page.name)
def test_a_page_links_a_term_to_the_glossary_where_it_first_uses_it(page):
    prose = prose_of(page)
    links = [
        (found.start(1), found.end(1), found[2].partition("#")[2])  # the term is all of the link's text
        for found in LINK.finditer(prose)
        if (found[2] or "").partition("#")[0].endswith("glossary.md")
    ]
    missing, terms = [], headings_of(GLOSSARY)[1:]
    for term in terms:
        longer = "|".join(re.escape(other[len(term) :]) for other in terms if other.startswith(f"{term} ")) or "(?!)"
        word = rf"(?<![\w-]){re.escape(term)}(?!{longer})(s|es)?(?![\w-])"  # no part of a longer term
        first = re.search(word, prose, re.IGNORECASE)
        if first is not None and (first.start(), first.end(), term.lower().replace(" ", "-")) not in links:
            missing.append(f"{page.name}:{prose.count(chr(10), 0, first.start()) + 1} {first[0]}")
    assert not missing


@of_every_page
def test_a_name_of_the_package_on_a_page_exists(page):
    for name in sorted(set(re.findall(r"\blightwaves(?:\.[A-Za-z_]\w*)+", page.read_text(encoding="utf-8")))):
        package, *parts = name.split(".")
        if parts[0] in ("aeon", "sktime") and find_spec(parts[0]) is None:  # adapters for these
            continue
        found = import_module(package)
        for part in parts:
            if not hasattr(found, part):
                import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)


@of_every_page
def test_a_file_that_a_page_names_exists(page):
    names = re.findall(r"\b(?:benchmarks|docs|src|tests)/[\w./-]*\w", page.read_text(encoding="utf-8"))
    assert not [name for name in names if not (ROOT / name).exists()]


def generated_of(page):
    """What scripts wrote on a page."""
    return "\n".join(found[0] for found in re.finditer(GENERATED, page.read_text(encoding="utf-8"), re.DOTALL))


@of_every_page
def test_an_accuracy_in_prose_stands_in_what_a_script_wrote_on_the_page(page):
    generated = generated_of(page)
    figures = re.findall(r"(?<![\w.])0?(\.\d{3,4})(?!\d)", prose_of(page))
    assert not [figure for figure in figures if figure not in generated]


MEASURE = re.compile(r"(?<![\w.,^-])(\d[\d,.]*)\s(%|(?:[kKMG]i?B|times|[mu]s|seconds|minutes|hours)\b)")
REASONED = {  # limits that the code has, targets, and products of sizes that stand beside them
    "algorithm.md": {"0.3 times", "19 times"},
    "deployment.md": {"0.5 %", "2 %", "99.5 %", "1 MB", "3 MB", "1.1 times", "64 times", "2 KiB"},
    "development.md": {"99 %"},
    "distributed.md": {
        "64 MiB", "256 MiB", "24 KB", "9 MB", "10 MB", "20 MB", "25 MB", "36 MB", "40 MB", "72 MB", "81 MB", "0.4 GB",
        "1 GB", "1.8 GB",
    },
    "guide.md": {"1 %"},
    "scale.md": {
        "64 MiB", "64 times", "10 MB", "20 MB", "30 MB", "50 MB", "114 MB", "200 MB",
        "0.5 GB", "2.4 GB", "8 GB", "50 GB",
    },
}  # fmt: skip


def measures_in(text):
    """The sizes, shares and times in a text, such as "2.4 GB"."""
    return {f"{number} {unit}" for number, unit in MEASURE.findall(text)}


@of_every_page
def test_a_size_a_share_or_a_time_in_prose_stands_in_what_a_script_wrote_or_follows_from_the_code(page):
    measures, reasoned = measures_in(prose_of(page)), REASONED.get(page.name, set())
    assert not measures - measures_in(generated_of(page)) - reasoned
    assert not reasoned - measures, "the page no longer says this"
