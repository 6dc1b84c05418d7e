"""Ranks that hold some of the cases each, as threads: the model is that of one process with all, to the bit."""

import re

import numpy as np
import pytest
from ranks import on_ranks
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB
from wide import WIDE, sweep

from lightwaves import LightWaveS, LightWaveSClassifier, LightWaveSRegressor, MiniRocket, Prism
from lightwaves.containers import stored as reading
from lightwaves.estimators import judging, transformer
from lightwaves.estimators.regression import RegressionHead
from lightwaves.panel import reading as panels
from lightwaves.panel.held import HeldCases
from lightwaves.parallel.comm import Counted, SerialComm
from lightwaves.search import block_moments, gathering, passes, roles

pytestmark = pytest.mark.slow

N = 420
RNG = np.random.default_rng(0)
Y = np.arange(N) % 3
X = RNG.standard_normal((N, 2, 40)).cumsum(axis=2).astype(np.float32)
X[:, 0] += 0.4 * Y[:, np.newaxis] * np.sin(np.arange(40))
GAPS = np.where(RNG.random(X.shape) < 0.1, np.nan, X)
RAGGED = [x[:, : 5 + 35 * (i % 7 == 0)] for i, x in enumerate(X)]
PADDED = [x[:, : 30 + i % 11] for i, x in enumerate(X)]
WEIGHTS = np.where(np.arange(N) % 5, 1.5, 0.0)
GAPS_OF_NONE = np.where(WEIGHTS[:, np.newaxis, np.newaxis] == 0, GAPS, X)
GROUPS = np.array([f"subject {i // 15:02d}" for i in range(N)])
NUMBERS = np.ptp(X[:, 0], axis=1).astype(np.float64) * 100 + 3000
OPTIONS = {"bank": MiniRocket(336), "n_features": 20, "search_candidates": 336, "random_state": 0}
SPLITS = {
    "one rank": [],
    "two unequal ranks": [100],
    "three ranks": [17, 333],
    "a rank without cases": [0, 200],
    "none in the middle": [200, 200],
}
CLASSIFIER, REGRESSOR, ALONE = LightWaveSClassifier, LightWaveSRegressor, LightWaveS
FITS = {
    "ridge": (CLASSIFIER, {}, X, Y, {}),
    "float64, far from 0": (CLASSIFIER, {}, X.astype(np.float64) * 1e-3 + 1e6, Y, {}),
    "int16": (CLASSIFIER, {}, (X * 100).astype(np.int16), Y, {}),
    "one channel as a table": (CLASSIFIER, {}, X[:, 0], Y, {}),
    "labels of several lengths": (CLASSIFIER, {}, X, np.array(["a", "bcd", "efghij"])[Y], {}),
    "objects as labels": (CLASSIFIER, {}, X, np.array(["a", "bcd", "efghij"], object)[Y], {}),
    "sorted by class": (CLASSIFIER, {}, X[np.argsort(Y)], np.sort(Y), {}),
    "weights, and gaps of none": (CLASSIFIER, {"missing": "zero"}, GAPS_OF_NONE, Y, {"sample_weight": WEIGHTS}),
    "weights of classes": (CLASSIFIER, {"class_weight": {0: 0.0, 1: 2.0, 2: 1.0}}, X, Y, {}),
    "groups": (CLASSIFIER, {}, X, Y, {"groups": GROUPS}),
    "gaps": (CLASSIFIER, {"missing": "interpolate"}, GAPS, Y, {}),
    "gaps of one rank": (CLASSIFIER, {"missing": "interpolate"}, np.concatenate([GAPS[:9], X[9:]]), Y, {}),
    "gaps might be there": (CLASSIFIER, {"missing": "zero"}, X, Y, {}),
    "lengths": (CLASSIFIER, {}, PADDED, Y, {}),
    "lengths and weights": (CLASSIFIER, {}, PADDED, Y, {"sample_weight": WEIGHTS}),
    "very unequal lengths": (CLASSIFIER, {}, RAGGED, Y, {"groups": GROUPS, "sample_weight": WEIGHTS}),
    "mRMR": (CLASSIFIER, {"selection": "mrmr"}, X, Y, {}),
    "a head of one's own": (CLASSIFIER, {"classifier": GaussianNB()}, X, Y, {}),
    "the best head": (CLASSIFIER, {"classifier": "auto"}, X, Y, {}),
    "few cases, all searched": (CLASSIFIER, {"search_cases": 1000}, X, Y, {}),
    "several lists of banks": (CLASSIFIER, {"bank": [[Prism(160)], [MiniRocket(336)]]}, X, Y, {}),
    "groups of channels": (CLASSIFIER, {"group_size": 1}, X, Y, {}),
    "threads": (CLASSIFIER, {"n_jobs": 2}, X, Y, {}),
    "regressor": (REGRESSOR, {"regressor": RegressionHead()}, X, NUMBERS, {"sample_weight": WEIGHTS}),
    "the best head of a regressor": (REGRESSOR, {}, X, NUMBERS, {"sample_weight": WEIGHTS}),
    "features alone": (ALONE, {}, X, Y, {}),
}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    """Hundreds of cases are dealt with as hundreds of thousands are."""
    monkeypatch.setattr(roles, "FIRST", 120)
    monkeypatch.setattr(judging, "MANY", 200)
    monkeypatch.setattr(passes, "BLOCK", 32)
    monkeypatch.setattr(passes, "PIECE", 100)
    monkeypatch.setattr(block_moments, "N_SHOWN", 50)
    monkeypatch.setattr(block_moments, "BLOCK", 1 << 12)
    monkeypatch.setattr(block_moments, "MANY_VALUES", 10_000)
    monkeypatch.setattr(gathering, "AT_ONCE", 1 << 14)


def part(values, some):
    """Some of the cases."""
    if values is None or isinstance(values, dict):
        return values and {name: part(of_cases, some) for name, of_cases in values.items()}
    return [values[i] for i in some] if isinstance(values, list) else values[some]


def on_shards(model, X, y, split, **given):
    """What ranks end with, each of which is given its own cases."""
    shards = np.split(np.arange(len(y)), split)

    def fit(comm):
        mine = shards[comm.rank]
        own = X[:0] if not len(mine) and not isinstance(X, list) else part(X, mine)
        own = np.empty((0, 2, 1), np.float32) if isinstance(own, list) and not own else own
        return clone(model).fit(own, part(y, mine), comm=comm, cases="mine", **part(given, mine))

    return on_ranks(len(shards), fit)


def learnt(model, X):
    """All that a model has learnt, and what it says of some cases."""
    found = {name: value for name, value in vars(model).items() if name.endswith("_") and not name.startswith("_")}
    heads = [found.pop(name) for name in ("classifier_", "regressor_") if name in found]
    of_heads = {name: value for head in heads for name, value in vars(head).items() if name.endswith("_")}
    training = vars(found.pop("training_"))
    said = {"transformed": model.transform(X), "importances": model.channel_importances_}
    if heads:
        said["predicted"] = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    return {name: as_text(value) for name, value in (found | of_heads | training | said).items()}


def as_text(value):
    """To the bit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, repr(value.tolist())
    return value if hasattr(value, "n_channels") else repr(value)  # a plan knows its equals


def raise_first(found):
    """No rank has failed."""
    for of_rank in found:
        if isinstance(of_rank, Exception):
            raise of_rank
    return found


EVERY = ("ridge", "gaps", "very unequal lengths")  # fits that are tried in all ways
WAYS = {(name, ("stay", "travel")[i // 4 % 2]) for i, name in enumerate(FITS)}
WAYS |= {(name, way) for name in EVERY for way in ("stay", "travel")}
OTHER_WAYS = {(name, way) for name in FITS for way in ("stay", "travel")} - WAYS


@pytest.mark.parametrize(("name", "way"), sweep(sorted(WAYS), sorted(OTHER_WAYS)))
def test_ranks_with_some_cases_each_end_with_the_model_of_one_process(name, way, monkeypatch):
    monkeypatch.setattr(block_moments, "MANY_VALUES", 10_000 if way == "stay" else 1 << 26)
    kind, options, x, y, given = FITS[name]
    model = kind(**OPTIONS | options)
    alone = learnt(clone(model).fit(x, y, **given), x[:9])
    every = name in EVERY and (way == "stay" or WIDE)
    for split in SPLITS if every else [list(SPLITS)[1 + list(FITS).index(name) % 4]]:
        for of_rank in raise_first(on_shards(model, x, y, SPLITS[split], **given)):
            assert learnt(of_rank, x[:9]) == alone


class Seen(Exception):
    """A rank has come to its search."""


@pytest.mark.parametrize("name", FITS)
def test_many_cases_stay_where_they_are(name, monkeypatch):
    kind, options, x, y, given = FITS[name]
    seen = []

    def search(banks, panel, *_, **__):
        seen.append(type(panel))
        raise Seen  # what a search makes of it is tested above

    monkeypatch.setattr(transformer, "search", search)
    found = on_shards(kind(**OPTIONS | options), x, y, [200], **given)
    assert [type(of_rank) for of_rank in found] == [Seen] * 2, found
    together = name == "very unequal lengths"  # such are measured all together
    assert [panel is HeldCases for panel in seen] == [not together] * 2


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weights"])
@pytest.mark.parametrize("kind", ["files", "source"])
def test_shards_may_stay_in_files(kind, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(panels, "AT_ONCE", 0)
    monkeypatch.setattr(reading, "READ_AHEAD", 1 << 12)
    monkeypatch.setattr(block_moments, "MANY_VALUES", 1 << 26)
    shards = np.split(np.arange(N), [100, 260])
    for i, mine in enumerate(shards):
        np.save(tmp_path / f"{i}.npy", X[mine])
    paths = [tmp_path / f"{i}.npy" for i in range(3)]
    alone = learnt(LightWaveSClassifier(**OPTIONS).fit(paths, Y, sample_weight=weights), X[:9])

    class Source:
        def __init__(self, values):
            self.values, self.shape, self.dtype = values, values.shape, values.dtype

        def __getitem__(self, cases):
            return self.values[cases]

    def fit(comm):
        mine = shards[comm.rank]
        own = paths[comm.rank : comm.rank + 1] if kind == "files" else Source(X[mine])
        options = {"sample_weight": part(weights, mine), "comm": comm, "cases": "mine"}
        return LightWaveSClassifier(**OPTIONS).fit(own, Y[mine], **options)

    for of_rank in raise_first(on_ranks(3, fit)):
        assert learnt(of_rank, X[:9]) == alone


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_the_dtype_of_a_rank_without_cases_does_not_matter(dtype):
    x = (X * 100).astype(dtype)
    alone = learnt(LightWaveSClassifier(**OPTIONS).fit(x, Y), x[:9])

    def fit(comm):
        own, y = ((np.empty((0, 2, 40)), []), (x, Y))[comm.rank]
        return LightWaveSClassifier(**OPTIONS).fit(own, y, comm=comm, cases="mine")

    for of_rank in raise_first(on_ranks(2, fit)):
        assert learnt(of_rank, x[:9]) == alone


def test_honest_figures_are_of_all_cases_in_the_order_of_the_ranks():
    alone = LightWaveSClassifier(**OPTIONS).fit(X, Y)
    for model in on_shards(LightWaveSClassifier(**OPTIONS), X, Y, [100]):
        assert model.honest_proba_.shape == (N, 3)
        np.testing.assert_array_equal(model.honest_proba_, alone.honest_proba_)


@pytest.mark.parametrize("many", [10_000, 1 << 26], ids=["stay", "travel"])
def test_what_travels_does_not_grow_with_the_cases_where_they_stay(many, monkeypatch):
    monkeypatch.setattr(block_moments, "MANY_VALUES", many)
    monkeypatch.setattr(judging, "MOST_JUDGING", 100)  # whose features travel
    monkeypatch.setattr(judging, "N_BASIS", 100)
    model = LightWaveSClassifier(**OPTIONS)

    def travels(n_cases):
        def fit(comm):
            counted, mine = Counted(comm), np.array_split(np.arange(n_cases), comm.size)[comm.rank]
            clone(model).fit(X[mine], Y[mine], comm=counted, cases="mine")
            return counted.n_bytes

        return sum(raise_first(on_ranks(2, fit)))

    more = travels(420) - travels(300)
    assert (more < 120 * 200) == (many == 10_000), "120 cases are 120 x 320 bytes"


@pytest.mark.parametrize("split", [[100], [0, 100]], ids=["", "a rank without cases"])
def test_fit_transform_returns_the_features_of_the_own_cases(split):
    """Once, the rank without cases raised an error behind the fit, and others did not."""
    alone = LightWaveS(**OPTIONS).fit_transform(X, Y)
    shards = np.split(np.arange(N), split)

    def fit(comm):
        mine = shards[comm.rank]
        return LightWaveS(**OPTIONS).fit_transform(X[mine], Y[mine], comm=comm, cases="mine")

    np.testing.assert_array_equal(np.concatenate(raise_first(on_ranks(len(shards), fit))), alone)


@pytest.mark.parametrize("many", [10_000, 1 << 26], ids=["stay", "travel"])
def test_a_checkpoint_serves_the_same_shards_again(many, tmp_path, monkeypatch):
    monkeypatch.setattr(block_moments, "MANY_VALUES", many)
    model = LightWaveSClassifier(**OPTIONS)
    alone = learnt(clone(model).fit(X, Y), X[:9])
    shards = np.split(np.arange(N), [100])

    def fit(comm, X=X):
        mine = shards[comm.rank]
        return clone(model).fit(X[mine], Y[mine], comm=comm, cases="mine", checkpoint=tmp_path / "folder")

    for _ in range(2):
        for of_rank in raise_first(on_ranks(2, fit)):
            assert learnt(of_rank, X[:9]) == alone
    other = X.copy()
    other[300, 0, 3] += 1
    for error in on_ranks(2, lambda comm: fit(comm, other)):
        assert "data" in str(error)


@pytest.mark.parametrize("first", [0, 2**53, 2**63])
def test_labels_with_and_without_a_sign_stay_integers(first):
    """NumPy makes floats of both together, which do not tell 2**53 from its successor."""
    labels = np.array([first, first + 1, first + 2], np.uint64)[np.arange(N) % 3]
    kinds = [np.uint64, np.int64 if first < 2**63 else np.uint64, np.uint64]
    shards = [slice(0, 100), slice(100, 250), slice(250, N)]

    def fit(comm):
        mine = shards[comm.rank]
        y, groups = labels[mine].astype(kinds[comm.rank]), (np.arange(N) // 5)[mine].astype(kinds[2 - comm.rank])
        return LightWaveSClassifier(**OPTIONS).fit(X[mine], y, groups=groups, comm=comm, cases="mine")

    for model in raise_first(on_ranks(3, fit)):
        assert model.classes_.tolist() == [first, first + 1, first + 2]


def test_labels_that_no_integers_hold_together_are_refused():
    labels = [np.where(Y[:210] == Y[0], -1, 1), np.where(Y[210:] == Y[0], np.uint64(2**64 - 1), np.uint64(1))]

    def fit(comm):
        mine = slice(210 * comm.rank, 210 * (comm.rank + 1))
        return LightWaveSClassifier(**OPTIONS).fit(X[mine], labels[comm.rank], comm=comm, cases="mine")

    for error in on_ranks(2, fit):
        assert str(error).startswith("labels are from below 0 to above 9223372036854775807, which no integers hold")


# --- mistakes -----------------------------------------------------------------------------------------------


def mistakes():
    """What the second of three ranks is given instead, and what all say."""
    mine = slice(100, 250)
    x, y = X[mine], Y[mine]
    nan = x.copy()
    nan[7, 1, 3] = np.nan
    return {
        "other channels": ({"X": x[:, :1]}, "the same number of channels: rank 0 has 2, rank 1 has 1"),
        "other time points": ({"X": x[:, :, :39]}, "the same number of time points: rank 0 has 40, rank 1 has 39"),
        "other dtype": ({"X": x.astype(np.float64)}, "the same dtype: rank 0 has float32, rank 1 has float64"),
        "a table": ({"X": x[:, 0]}, "number of channels: rank 0 has 2, rank 1 has 1"),
        "names": ({"X": {"a": x[:, 0], "b": x[:, 1]}}, "names of channels: rank 0 has None, rank 1 has ('a', 'b')"),
        "text as labels": ({"y": y.astype(str)}, "the same kind of labels: rank 0 has integers, rank 1 has text"),
        "no labels": ({"y": None}, "y to be passed"),
        "too few labels": ({"y": y[:-1]}, "X has 150 cases, y has 149"),
        "too many labels": ({"y": Y}, "X has 150 cases, y has 420"),
        "weights": ({"sample_weight": np.ones(150)}, "sample_weight, or None: rank 0 has None, rank 1 has weights"),
        "groups": ({"groups": y}, "groups, or None: rank 0 has None, rank 1 has groups"),
        "NaN": ({"X": nan}, "X contains NaN: case 7, channel 1, time point 3"),
        "all of X": ({"X": X, "y": Y, "cases": None}, "the same cases=: rank 0 has mine, rank 1 has None"),
        "another word": ({"cases": "own"}, "cases must be None or 'mine', got 'own'"),
        "channels too": ({"channels": [0]}, "cases='mine' and channels cannot be used together"),
        "None as X": ({"X": None}, "X has 0 dimension(s); expected (n_cases, n_channels, n_timepoints)"),
    }


@pytest.mark.parametrize("name", mistakes())
def test_a_mistake_of_one_rank_is_told_to_all(name):
    shards = [slice(0, 100), slice(100, 250), slice(250, N)]
    wrong, words = mistakes()[name]

    def fit(comm):
        mine = shards[comm.rank]
        given = {"X": X[mine], "y": Y[mine], "cases": "mine"} | (wrong if comm.rank == 1 else {})
        return LightWaveSClassifier(**OPTIONS).fit(**given, comm=comm)

    errors = on_ranks(3, fit)
    assert all(isinstance(error, ValueError | TypeError | RuntimeError) for error in errors), errors
    assert all(words in str(error) for error in errors), errors
    assert len({re.sub(r"^rank 1 failed: \w+: ", "", str(error)) for error in errors}) == 1


def test_mistakes_of_all_ranks_together_are_told_in_the_words_of_one_process():
    classifier = LightWaveSClassifier(**OPTIONS)
    for error in on_shards(classifier, X, Y * 0, [100]):
        assert "y has only one class, 0" in str(error)
    for error in on_shards(classifier, X, Y, [100], sample_weight=np.zeros(N)):
        assert "sample_weight is zero for all cases" in str(error)
    for error in on_shards(classifier, X, Y, [100], groups=np.zeros(N)):
        assert "groups has only one group" in str(error)
    for error in on_shards(classifier, X[:0], Y[:0], [0]):
        assert "no rank has a case" in str(error)
    for error in on_shards(classifier, X[:0], Y[:0], []):
        assert "no rank has a case" in str(error)


@pytest.mark.parametrize(("last", "what"), [(40, "columns"), (39, None)])
def test_frames_of_all_ranks_have_the_same_columns(last, what):
    pandas = pytest.importorskip("pandas")
    frames = [
        pandas.DataFrame(X[some, 0], columns=[f"time {i}" for i in (*range(39), end)])
        for some, end in ((slice(0, 100), 39), (slice(100, N), last))
    ]

    def fit(comm):
        y = (Y[:100], Y[100:])[comm.rank]
        return LightWaveS(**OPTIONS).fit(frames[comm.rank], y, comm=comm, cases="mine")

    for found in on_ranks(2, fit):
        assert what in str(found) if what else list(found.feature_names_in_) == list(frames[0].columns)


def test_cases_of_its_own_need_a_communicator():
    with pytest.raises(ValueError, match="cases says that other ranks have other cases: give comm"):
        LightWaveS().fit(X, Y, cases="mine")
    alone = LightWaveS(**OPTIONS).fit(X, Y)
    assert LightWaveS(**OPTIONS).fit(X, Y, comm=SerialComm(), cases="mine").plan_ == alone.plan_
