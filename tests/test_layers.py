"""The layers: modules import downwards only, heavy packages only where they are needed, and all is described."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import lightwaves

ROOT = Path(lightwaves.__file__).parent
LAYERS = (  # each may import from those above it only
    {"_version", "archive", "docstrings", "entries", "files", "later", "loops", "loops.cache", "sharing"},
    {"validation"},
    {"numpy_files"},
    {"loops.jit"},
    {"loops.lanes"},
    {"loops.gaps", "loops.intervals", "loops.narrowing", "loops.statistics", "loops.wavelet"},
    {"loops.attribution", "loops.moving", "loops.pooling", "loops.rocket"},
    {"containers", "containers.arrays"},
    {"containers.long", "containers.stored"},
    {"containers.frames"},
    {"containers.cases"},
    {"containers.padding"},
    {"containers.values"},
    {"panel.precision", "parallel", "parallel.comm", "parallel.lock", "parallel.progress", "parallel.threads"},
    {"panel.panel", "parallel.checkpoint"},
    {"panel.ragged", "panel.stored"},
    {"panel.held"},
    {"panel.reading"},
    {"panel"},
    {"parallel.crew", "series"},
    {"plans.plan", "plans.ragged"},
    {"plans.together"},
    {"plans"},
    {"plans.kernels", "plans.lanes"},
    {"plans.wavelet_layout"},
    {"plans.intervals", "plans.morlet", "plans.pooled", "plans.rocket", "plans.wavelet"},
    {"banks.candidates"},
    {"banks.bank", "banks.biases"},
    {"banks.intervals", "banks.minirocket", "banks.morlet", "banks.rocket", "banks.wavelet"},
    {"banks.multirocket", "banks.prism"},
    {"banks"},
    {"selection", "selection.calibration", "selection.discriminant", "selection.relevance", "selection.tiles"},
    {"selection.products"},
    {"selection.detachment", "selection.sums"},
    {
        "search",
        "search.fill_values",
        "search.folds",
        "search.gathering",
        "search.merits",
        "search.offers",
        "search.roles",
        "search.shared_ridge",
    },
    {"search.block_moments", "search.cross_fitting"},
    {"search.honest_choice", "search.moments", "search.shares"},
    {"search.passes", "search.screening", "search.survey"},
    {"search.found", "search.last_choice"},
    {"search.search"},
    {"estimators.descriptions", "estimators.training", "estimators.weights"},
    {"estimators.agreement"},
    {"estimators.doubts", "estimators.shards"},
    {"estimators.heads"},
    {"estimators.ridge"},
    {"estimators.kernel", "estimators.regression"},
    {"estimators.kernel_regression"},
    {"estimators.judging", "estimators.transformer"},
    {"estimators.learning"},
    {"estimators.classifier", "estimators.regressor", "estimators.selector"},
    {"estimators.predicting"},
    {"estimators"},
    # leaves, from here on: no room above needs them
    {"datasets.embedded", "datasets.lengths", "datasets.synthetic"},
    {"datasets.tables"},
    {"persistence.checks", "persistence.learnt", "streaming.layout"},
    {"persistence.parts"},
    {"persistence.model"},
    {"persistence.format_3"},
    {"persistence.files"},
    {"persistence"},
    {"inspection.card", "inspection.names", "streaming.moving"},
    {"streaming.stream"},
    {"streaming"},
    {"inspection.attribution", "inspection.drawing"},
    {"inspection.explanation"},
    {"inspection.cases", "inspection.predictions"},
    {"inspection.channels", "inspection.features"},
    {"inspection.plots", "inspection.report"},
    {"datasets.precision", "datasets.text", "datasets.values", "datasets.windowing"},
    {"datasets.labels", "datasets.timestamps"},
    {"datasets.cases", "datasets.ts_head"},
    {"datasets.arff", "datasets.ts", "datasets.ts_writer", "datasets.ucr"},
    {"datasets.by_ending"},
    {"datasets", "inspection"},
    {
        "export.features",
        "export.fixed",
        "export.onnx_graph",
        "export.rounding",
        "export.sizes",
        "export.text",
    },
    {"export.head", "export.integers", "export.pooled", "export.rocket", "export.wavelet"},
    {"export.fixed_head", "export.fixed_pooled", "export.fixed_rocket"},
    {"export.fixed_kernel"},
    {"export.kinds"},
    {"export.c", "export.onnx_features"},
    {"export.onnx_model"},
    {"export"},
    {"adapted"},
    {"aeon", "sktime"},
    {"cli.arguments", "cli.job", "cli.tables", "cli.terminal"},
    {"cli.cases"},
    {"cli.commands"},
    {"cli.program"},
    {"cli"},
    {"cli.__main__"},
    {""},  # the package itself: what it offers
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
ONLY_IN_FUNCTIONS = {
    "aeon", "jax", "kymatio", "matplotlib", "mpi4py", "onnx", "pandas", "polars", "sktime", "torch", "tqdm"
}  # fmt: skip
ADAPTERS = {"aeon", "sktime"}  # each is for users of the library that it is named after


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


@cache
def tree_of(name):
    """A module, parsed once for all that is asked about it."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports_of(name, module_level_only=False):
    """The absolute names that a module imports, each with all that stands before its dots."""
    package = ["lightwaves", *name.split(".")] if name else ["lightwaves"]
    if MODULES[name].name != "__init__.py":
        package.pop()
    pending, found = list(tree_of(name).body), []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}".removeprefix("lightwaves.")
                found.append(f"lightwaves.{inner}" if inner in MODULES else origin)
        elif not (module_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
    return found


def test_every_module_has_its_layer():
    assert set(MODULES) == set(LEVEL)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_lower_layers(name):
    own = {i.partition(".")[2] for i in imports_of(name) if i.split(".")[0] == "lightwaves"}
    assert own <= set(LEVEL), "a module that is not there"
    assert not {other for other in own if LEVEL[other] >= LEVEL[name]}


def test_the_reader_of_imports_sees_them():
    assert {"lightwaves.panel", "lightwaves.banks", "numpy"} <= set(imports_of("search.search"))
    assert {"lightwaves.banks", "lightwaves.inspection.plots"} <= set(imports_of("")) | set(imports_of("__main__"))
    assert "lightwaves.loops.statistics" in set(imports_of("selection.relevance"))
    drawing = "inspection.drawing"
    assert "matplotlib.figure" in set(imports_of(drawing)) - set(imports_of(drawing, module_level_only=True))


@pytest.mark.parametrize("name", MODULES)
def test_the_compiler_is_imported_by_the_loops_alone(name):
    tops = {i.split(".")[0] for i in imports_of(name)}
    assert name.startswith("loops") or not tops & {"numba", "llvmlite"}


@pytest.mark.parametrize("name", MODULES)
def test_optional_packages_are_imported_where_they_are_used(name):
    assert not {i.split(".")[0] for i in imports_of(name, module_level_only=True)} & ONLY_IN_FUNCTIONS - (
        ADAPTERS & {name}
    )
    if name != "cli.job":  # the program, which nobody can give one
        assert "mpi4py" not in {i.split(".")[0] for i in imports_of(name)}, "a communicator is an argument"


@pytest.mark.slow
def test_importing_the_package_imports_nothing_optional_on_its_own():
    code = (
        "import sys, numba, joblib, scipy.optimize, sklearn.feature_selection, sklearn.linear_model\n"
        "before = set(sys.modules)\n"
        "import lightwaves; [getattr(lightwaves, name) for name in lightwaves.__all__]\n"
        f"print(sorted({ONLY_IN_FUNCTIONS} & (set(sys.modules) - before)), 'numba' in before)"
    )
    assert printed_by(code) == ["[] True"]


def printed_by(code):
    """The lines that a program prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def is_overload(node):
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


def public_parts(node):
    """A module, class or function and all public classes and functions in it, not those inside functions."""
    yield node
    if not isinstance(node, ast.FunctionDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef | ast.ClassDef) and not (
                inner.name.startswith("_") or is_overload(inner)
            ):
                yield from public_parts(inner)


@pytest.mark.parametrize("name", MODULES)
def test_every_public_part_is_described(name):
    parts = list(public_parts(tree_of(name)))
    assert not [getattr(part, "name", "the module") for part in parts if not ast.get_docstring(part)]


def test_what_the_package_offers_is_there():
    assert sorted(lightwaves.__all__) == lightwaves.__all__
    for name in lightwaves.__all__:
        assert getattr(lightwaves, name) is not None


@pytest.mark.slow
def test_what_a_fit_does_not_need_is_imported_when_somebody_asks_for_it():
    told = printed_by(
        "import sys, lightwaves\n"
        "leaves = ('datasets', 'export', 'inspection', 'persistence', 'streaming', 'banks.intervals', 'banks.morlet')\n"
        "leaves += ('estimators.regressor', 'estimators.selector')\n"
        "print([name for name in leaves if f'lightwaves.{name}' in sys.modules])\n"
        "print([name for name in lightwaves.__all__ if name not in dir(lightwaves) or not hasattr(lightwaves, name)])\n"
        "print(lightwaves.export.__name__, lightwaves.Stream.__name__, hasattr(lightwaves, 'streams'))\n"
        "from lightwaves import banks, estimators\n"
        "print([name for room in (banks, estimators) for name in room.__all__ if name not in dir(room)])\n"
        "print(banks.Intervals.__name__, estimators.FeatureSelector.__name__, hasattr(banks, 'Interval'))\n"
        "print(lightwaves.datasets.__name__, [name for name in dir(lightwaves) if name in ('Any', 'import_module')])"
    )
    assert told == [
        "[]",
        "[]",
        "lightwaves.export Stream False",
        "[]",
        "Intervals FeatureSelector False",
        "lightwaves.datasets []",
    ]


def rooms_of(cell):
    """The names of rooms in a cell of the page's table."""
    return {name.rstrip("/") for name in re.findall(r"`([\w/]+)`", cell)}


def test_the_page_of_the_rooms_says_what_each_imports_and_names_every_module():
    page = (ROOT.parents[1] / "docs" / "development.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1:-1] for row in re.findall(r"^\| \d.*$", page, re.MULTILINE)]
    floor_of = {room: int(floor) for floor, rooms, _, _ in rows for room in rooms_of(rooms)}
    assert set(floor_of) == {name.partition(".")[0] for name in MODULES} - {"", "_version"}
    for floor, rooms, _, told in rows:
        names = [name for name in MODULES if name.partition(".")[0] in rooms_of(rooms)]
        own = [i.split(".")[1] for name in names for i in imports_of(name) if i.startswith("lightwaves.")]
        others = set(own) & set(floor_of) - rooms_of(rooms)
        if int(floor) < 4:
            assert others == rooms_of(told), rooms
        assert not {room for room in others if floor_of[room] > int(floor)}, rooms
    for room in ("estimators", "search", "selection"):
        modules = {name.partition(".")[2] for name in MODULES if name.startswith(f"{room}.")}
        assert not {module for module in modules if f"`{module}`" not in page}, room


def test_no_module_asks_for_what_python_will_no_longer_tell_it():
    """It is to tell neither from Python 3.15 on."""
    gone = re.compile("__(package|cached)__")
    assert not [name for name, path in MODULES.items() if gone.search(path.read_text(encoding="utf-8"))]
