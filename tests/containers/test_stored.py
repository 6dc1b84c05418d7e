"""Series that stay in files: read in blocks, the same model as of an array, and errors that say where."""

import gc
import os
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import LightWaveS, LightWaveSClassifier, MiniRocket, windows, write_ts
from lightwaves.containers import stored as reading
from lightwaves.containers.frames import check_order
from lightwaves.containers.stored import Chosen, Files, Stored, are_files, stays_stored
from lightwaves.estimators import transformer
from lightwaves.inspection import ReliabilityDisplay, channel_path, refit
from lightwaves.panel import as_panel
from lightwaves.panel import reading as module
from lightwaves.panel.stored import StoredPanel

RNG = np.random.default_rng(0)
Y = np.arange(200) % 2
X = RNG.standard_normal((200, 3, 24)).astype(np.float32)
X[:, 1] += 0.8 * Y[:, np.newaxis] * np.sin(np.arange(24))
SMALL = {"bank": MiniRocket(336), "n_features": 20, "search_candidates": 336, "random_state": 0}


class Source:
    """What gives slices along the cases, and no more."""

    def __init__(self, values):
        self.values, self.shape, self.dtype, self.taken = values, values.shape, values.dtype, []

    def __getitem__(self, cases):
        assert isinstance(cases, slice)
        self.taken.append(cases)
        return self.values[cases]


@pytest.fixture(autouse=True)
def nothing_is_read_whole(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(reading, "READ_AHEAD", 20 * X[0].nbytes)


@pytest.fixture
def files(tmp_path):
    paths = []
    for i, part in enumerate(np.split(X, [1, 70, 71])):
        paths.append(tmp_path / f"part{i}.npy")
        np.save(paths[-1], part)
    return paths


def in_dask(files, tmp_path):
    return pytest.importorskip("dask.array").from_array(X, chunks=(30, 3, 24))


def in_hdf5(files, tmp_path):
    file = pytest.importorskip("h5py").File(tmp_path / "x.h5", "w")
    return file.create_dataset("x", data=X, chunks=(16, 3, 24))


def in_zarr(files, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3")
    return zarr.create_array(str(tmp_path / "x.zarr"), data=X, chunks=(16, 3, 24))


KINDS = {
    "slices": lambda files, tmp_path: Source(X),
    "files": lambda files, tmp_path: [str(path) for path in files],
    "dask": in_dask,
    "HDF5": in_hdf5,
    "zarr": in_zarr,
}


@pytest.fixture(scope="module")
def alone():
    """The model of the array."""
    return LightWaveSClassifier(**SMALL).fit(X, Y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_a_model_is_that_of_the_array_wherever_the_series_are(kind, alone, files, tmp_path):
    series = KINDS[kind](files, tmp_path)
    assert isinstance(as_panel(series), StoredPanel)
    model = LightWaveSClassifier(**SMALL).fit(series, Y)
    assert model.plan_.feature_names() == alone.plan_.feature_names()
    np.testing.assert_allclose(model.decision_function(X), alone.decision_function(X), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(alone.transform(series), alone.transform(X))
    np.testing.assert_array_equal(alone.predict_proba(series), alone.predict_proba(X))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 199), max_size=50), st.integers(1, 40))
def test_any_cases_are_those_of_the_array(cases, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "READ_AHEAD", at_once * X[0].nbytes)
        series = Stored(Source(X))
        cases = np.array(cases, np.intp)
        np.testing.assert_array_equal(series.some(cases), X[cases])
        for case in cases[:5].tolist():
            np.testing.assert_array_equal(series[case : case + 7], X[case : case + 7])
        assert all(taken.stop - taken.start <= max(at_once + reading.GAP, 7) for taken in series.source.taken)


def test_a_block_that_has_been_read_is_not_read_again():
    series = Stored(Source(X))
    for first in range(0, 20, 4):
        series[first : first + 4]
    assert len(series.source.taken) == 1


@pytest.mark.parametrize("missing", ["error", "zero"])
def test_a_fit_reads_series_a_few_times_also_where_gaps_are_filled(missing):
    """Once, those with gaps were read again for each block of candidates."""
    x = X.copy()
    x[5, 2, 3] = np.nan if missing == "zero" else 0
    source = Source(x)
    model = LightWaveS(**SMALL, search_cases=len(X) // 2, missing=missing).fit(source, Y)
    n_read = sum(taken.stop - taken.start for taken in source.taken)
    assert n_read <= 4 * len(X), "to look at them, for means, and for the search"
    of_array = LightWaveS(**SMALL, search_cases=len(X) // 2, missing=missing).fit(x, Y)
    assert model.plan_.feature_names() == of_array.plan_.feature_names()


def test_cases_of_no_weight_leave_the_others_where_they_are(files, monkeypatch):
    """Once, all others were read into memory."""
    seen, counting = [], np.flatnonzero(np.arange(len(X)) % 5)

    def search(banks, panel, *_, **__):
        seen.append(panel)
        raise InterruptedError

    monkeypatch.setattr(transformer, "search", search)
    x = X.copy()
    x[5, 2, 3] = np.nan
    np.save(files[1], x[1:70])
    weights = np.where(np.isin(np.arange(len(X)), counting), 2.0, 0.0)
    with pytest.raises(InterruptedError):
        LightWaveSClassifier(missing="zero").fit(files, Y, sample_weight=weights)
    panel = seen[0]
    assert type(panel) is StoredPanel
    assert panel.complete, "the only gap is of a case of no weight"
    for some in (slice(0, 90), np.array([3, 70, 60]), slice(159, 160)):
        np.testing.assert_array_equal(panel.take(some, np.arange(3)), X[counting[some]])
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(panel)).take(some, np.arange(3)), X[counting[some]])
    assert panel.series.place(0) == f" (case 0 of {files[1]})"


def test_one_channel_in_two_dimensions_is_a_table():
    flat = X[:, 0]
    panel = as_panel(Source(flat))
    assert (panel.n_cases, panel.n_channels, panel.n_timepoints) == (200, 1, 24)
    model = LightWaveS(**SMALL).fit(Source(flat), Y)
    assert model.n_features_in_ == 24


def test_small_series_are_read_whole(monkeypatch, files):
    monkeypatch.setattr(module, "AT_ONCE", X.nbytes)
    for series in (Source(X), files):
        panel = as_panel(series)
        assert not isinstance(panel, StoredPanel)
        np.testing.assert_array_equal(panel.values, X)


def test_gaps_are_filled_as_in_an_array():
    gaps = X.copy()
    gaps[5, 1, 3:9] = np.nan
    options = SMALL | {"missing": "interpolate"}
    alone = LightWaveSClassifier(**options).fit(gaps, Y)
    model = LightWaveSClassifier(**options).fit(Source(gaps), Y)
    assert model.plan_.feature_names() == alone.plan_.feature_names()
    np.testing.assert_array_equal(alone.transform(Source(gaps)), alone.transform(gaps))


def test_files_can_be_sent_to_other_processes(files):
    series = Stored(Files(files))
    again = pickle.loads(pickle.dumps(series))
    np.testing.assert_array_equal(again.some(np.array([199, 0, 70])), X[[199, 0, 70]])


# --- what goes wrong ----------------------------------------------------------------------------------------


def test_a_value_that_is_none_is_named_with_its_file_and_case(files):
    part = np.load(files[1])
    part[4, 2, 7] = np.nan
    np.save(files[1], part)
    with pytest.raises(ValueError, match=r"case 5 \(case 4 of .*part1.npy\), channel 2, time point 7"):
        as_panel(files)


def test_a_file_of_another_shape_or_dtype_is_named(files):
    np.save(files[2], np.zeros((1, 2, 24), np.float32))
    with pytest.raises(ValueError, match=r"part2.npy holds float32 \(1, 2, 24\), but .*part0.npy float32 \(1, 3, 24\)"):
        as_panel(files)
    np.save(files[2], np.zeros((1, 3, 24)))
    with pytest.raises(ValueError, match=r"part2.npy holds float64"):
        as_panel(files)


def test_a_file_that_ends_early_or_is_none_is_named(files):
    whole = files[3].read_bytes()
    files[3].write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r"part3.npy cannot be read"):
        as_panel(files)
    with pytest.raises(ValueError, match=r"nowhere.npy cannot be read"):
        as_panel([*files[:3], "nowhere.npy"])


@pytest.mark.parametrize("at_once", [0, 1 << 26], ids=["large", "small"])
def test_a_source_that_gives_less_than_it_says_is_refused(at_once, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    source = Source(X)
    source.shape = (230, 3, 24)
    with pytest.raises(ValueError, match=r"it ends early"):
        as_panel(source)


def test_a_source_of_text_or_of_an_unknown_size_is_refused():
    source = Source(X)
    source.dtype = np.dtype("U3")
    with pytest.raises(TypeError, match="real numbers are needed"):
        as_panel(source)
    source = Source(X)
    source.shape = (float("nan"), 3, 24)
    with pytest.raises(ValueError, match="its size is not known"):
        as_panel(source)


def test_what_numpy_holds_does_not_stay_where_it_is():
    assert not stays_stored(X)
    assert not stays_stored([X])
    assert not stays_stored(np.float32(1))
    assert not are_files([])
    assert stays_stored(Source(X))


def test_what_is_no_file_of_one_array_is_named(files, tmp_path):
    np.savez(tmp_path / "several.npz", X=X)
    with pytest.raises(ValueError, match=r"several.npz cannot be read .* it holds several arrays, .npz"):
        as_panel([tmp_path / "several.npz"])
    np.save(tmp_path / "one.npy", X[0, 0])
    with pytest.raises(ValueError, match=r"one.npy holds float32 \(24,\), but files hold series"):
        as_panel([tmp_path / "one.npy"])
    with pytest.raises(TypeError, match=r"pass a list of their paths"):
        as_panel(files[0])
    with pytest.raises(TypeError, match=r"pass a list of their paths"):
        as_panel(str(files[0]))


def test_a_file_without_cases_is_passed_over_but_not_if_all_are(files, tmp_path):
    np.save(tmp_path / "none.npy", X[:0])
    panel = as_panel([tmp_path / "none.npy", *files, tmp_path / "none.npy"])
    np.testing.assert_array_equal(panel.raw(slice(None), np.arange(3)), X)
    with pytest.raises(ValueError, match="no cases"):
        as_panel([tmp_path / "none.npy"])


def test_cases_that_cannot_be_read_are_named():
    class Broken(Source):
        def __getitem__(self, cases):
            if cases.stop > 100:
                raise ValueError("a chunk is damaged")
            return self.values[cases]

    with pytest.raises(OSError, match=r"cases \d+ to \d+ cannot be read. ValueError: a chunk is damaged"):
        as_panel(Broken(X))


@pytest.mark.parametrize("y", [Y[:-1], Y.tolist() * 2])
def test_more_or_fewer_labels_than_cases_are_an_error_before_anything_is_read(y):
    source = Source(X)
    with pytest.raises(ValueError, match=f"X has 200 cases, y has {len(y)}"):
        LightWaveSClassifier().fit(source, y)
    assert not source.taken


@pytest.mark.parametrize(
    "use",
    [
        lambda model, *given: model.partial_fit(*given),
        lambda model, *given: model.score(*given),
        lambda model, *given: refit(model, *given, channels=[0]),
        channel_path,
        lambda model, X, y: model.fit(X, Y, groups=y),
        lambda model, X, y: model.fit(X, Y, sample_weight=y),
        ReliabilityDisplay.from_estimator,
        lambda model, X, y: windows(X, 5, y=y),
        lambda model, X, y: write_ts(X, y, "never.ts"),
    ],
    ids=["partial_fit", "score", "refit", "channel_path", "groups", "weights", "display", "windows", "write_ts"],
)
def test_whatever_is_given_for_each_case_is_counted_before_anything_is_read(use, alone):
    """Once, only the labels of a fit were."""
    source = Source(X)
    with pytest.raises(ValueError, match=r"X has 200 cases, .* has 199"):
        use(alone, source, Y[:-1])
    assert not source.taken


def test_files_are_opened_once_to_count_their_cases(files, monkeypatch):
    opened, mapped = [], reading.mapped
    monkeypatch.setattr(reading, "mapped", lambda path: opened.append(path) or mapped(path))
    check_order(files, y=Y, sample_weight=Y, groups=Y)
    assert len(opened) == len(files)


class Lazy:
    """Labels that nobody has counted, as those of dask that were chosen."""

    shape, dtype = (np.nan,), Y.dtype

    def __len__(self):
        raise ValueError("chunks of unknown size")

    def __array__(self, dtype=None, copy=None):
        return Y.astype(dtype or Y.dtype)


def test_labels_that_nobody_has_counted_are_learnt():
    model = LightWaveSClassifier(n_features=5, search_candidates=50, honest=False, random_state=0).fit(X, Lazy())
    assert model.training_.class_counts.tolist() == np.bincount(Y).tolist()


def test_no_value_is_lost_where_a_source_gives_another_dtype_than_it_says():
    for values, dtype in ((X, np.int16), (X + 1j, np.float32)):
        source = Source(values)
        source.dtype = np.dtype(dtype)
        with pytest.raises((TypeError, ValueError), match=r"values would be lost|Complex data not supported"):
            as_panel(source).raw(slice(0, 5), np.arange(3))
    source = Source(X.astype(np.float64))
    source.dtype = np.dtype(np.float32)
    np.testing.assert_array_equal(as_panel(source).raw(slice(0, 5), np.arange(3)), X[:5])


def test_masked_values_of_a_source_are_refused():
    class Masked(Source):
        def __getitem__(self, cases):
            return np.ma.masked_greater(self.values[cases], 2)

    with pytest.raises(ValueError, match="has masked values"):
        as_panel(Masked(X))


def test_an_array_of_a_closed_file_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        series = file.create_dataset("x", data=X)
    with pytest.raises(ValueError, match="Is its file closed"):
        as_panel(series)


@pytest.mark.parametrize("at_once", [0, X.nbytes])
def test_each_file_is_opened_once_for_a_panel(files, monkeypatch, at_once):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    opened, load = [], np.load
    monkeypatch.setattr(np, "load", lambda path, **options: opened.append(path) or load(path, **options))
    as_panel(files)
    assert opened == [str(path) for path in files]


def test_more_files_than_may_be_open_are_read(files, monkeypatch):
    """With a descriptor for each, a thousand files were more than Linux allows a process by default."""
    monkeypatch.setattr(reading, "MOST_OPEN", 1)
    source = Files(files)
    for case in (0, 199, 0, 70):
        np.testing.assert_array_equal(source[case : case + 1], X[case : case + 1])
    np.testing.assert_array_equal(source[0:200], X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(source))[0:200], X)
    np.save(files[1], X[:5])
    with pytest.raises(OSError, match=r"part1.npy has changed since it was read first"):
        source[0:200]


def test_files_are_closed_as_soon_as_nobody_needs_them(files):
    """A service that predicts from files again and again had more and more of them open."""
    gc.disable()
    try:
        known = weakref.ref(Files(files))
        assert known() is None
    finally:
        gc.enable()


class OfOneThread(Source):
    """What gives wrong values, as a file does whose place another thread moves, if several threads read it at once."""

    def __init__(self, values):
        super().__init__(values)
        self.busy = Lock()

    def __getitem__(self, cases):
        assert self.busy.acquire(blocking=False)
        sleep(0.001)
        self.busy.release()
        return super().__getitem__(cases)


@pytest.mark.parametrize("chosen", [False, True])
def test_a_source_is_read_by_one_thread_at_a_time(chosen):
    series = Stored(OfOneThread(X))
    series = Chosen(series, np.arange(200)) if chosen else series
    wanted = [slice(0, 30), np.array([0, 50, 90]), slice(150, 180), np.array([20, 70, 199])]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda cases: series[cases] if isinstance(cases, slice) else series.some(cases), wanted)
        for cases, block in zip(wanted, found, strict=True):
            np.testing.assert_array_equal(block, X[cases])


class OfDask(Source):
    """What dask computes: while one task waits for it, others of the same worker begin, and must come so far, too."""

    def __init__(self, values, n_tasks):
        super().__init__(values)
        self.all_are_here = Barrier(n_tasks, timeout=20)

    def __dask_graph__(self):
        return None

    def __getitem__(self, cases):
        self.all_are_here.wait()
        return super().__getitem__(cases)


def test_tasks_of_dask_do_not_wait_for_each_other():
    """Once, one held the lock that others waited for, and could not go on before these ended: a fit hung for ever."""
    series = Stored(OfDask(X, 3))
    begins = (0, 60, 150)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda first: series[first : first + 10], begins))
    for first, block in zip(begins, found, strict=True):
        np.testing.assert_array_equal(block, X[first : first + 10])


@pytest.mark.parametrize(("given", "said"), [("int64", "int8"), ("int64", "int16"), ("uint16", "int16"), ("f8", "f2")])
def test_wider_values_than_a_source_declares_are_refused(given, said):
    """Once, whole numbers wrapped without a word."""
    source = Source((100 * X).astype(given))
    source.dtype = np.dtype(said)
    with pytest.raises(TypeError, match=f"has dtype .*, but gives {np.dtype(given)} .* values would be lost"):
        as_panel(source).raw(slice(0, 5), np.arange(3))


def test_a_shape_may_be_a_list():
    source = Source(X)
    source.shape = list(X.shape)
    np.testing.assert_array_equal(as_panel(source).raw(slice(0, 5), np.arange(3)), X[:5])


def test_few_files_that_are_read_whole_are_named_too(tmp_path):
    """Once, only the number of the case among all was told."""
    x = X[:7].copy()
    x[2, 1, 3] = np.nan
    np.save(tmp_path / "gap.npy", x)
    message = r"case 9 \(case 2 of .*gap.npy\), channel 1, time point 3"
    np.save(tmp_path / "first.npy", X[:7])
    with pytest.raises(ValueError, match=message):
        as_panel([tmp_path / "first.npy", tmp_path / "gap.npy"])
    model = LightWaveS(n_features=50, search_candidates=50, random_state=0).fit(
        [tmp_path / "first.npy"], np.arange(7) % 2
    )
    with pytest.raises(ValueError, match=message):
        model.transform([tmp_path / "first.npy", tmp_path / "gap.npy"])


def test_series_of_variable_length_in_a_file_are_refused_with_what_is_needed(tmp_path):
    """Once, the error ended in two full stops, and did not say what to do."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        array = file.create_dataset("x", (4, 2), h5py.vlen_dtype(np.float64))
        for case, channel in np.ndindex(4, 2):
            array[case, channel] = np.arange(10.0 + case)
        with pytest.raises(ValueError, match=r"each cell of .* has a series.* It must be rectangular, .*_i\)\.$"):
            as_panel(array).raw(slice(0, 4), np.arange(2))


def test_a_file_that_is_cut_off_meanwhile_is_an_error_and_not_the_end_of_the_process(tmp_path):
    """Once, its memory was read where it was mapped: a bus error, without a word from Python."""
    paths = [tmp_path / f"{i}.npy" for i in range(2)]
    for path in paths:
        np.save(path, np.ones((2000, 3, 10), np.float32))
    files = Files(paths)
    np.testing.assert_array_equal(files[1990:2010], np.ones((20, 3, 10)))
    os.truncate(paths[1], 5000)
    assert files[:2000].shape == (2000, 3, 10)
    with pytest.raises(OSError, match=r"1\.npy has changed since it was read first: it ends early"):
        files[1990:2500]


def test_each_case_of_a_file_is_found_where_numbers_have_32_bits(tmp_path):
    """As NumPy 1 has them on Windows: products of cases and bytes were counted with them."""
    values = np.zeros((3000, 2, 125), np.float32)
    values[2500] = 7
    np.save(tmp_path / "file.npy", values)
    files = Files([tmp_path / "file.npy"])
    files.ends, files._sizes = files.ends.astype(np.int32), files._sizes.astype(np.int32)
    assert (files[2499:2502] == [[[0]], [[7]], [[0]]]).all()


@pytest.mark.parametrize("how", ["in its place", "by another"])
def test_a_file_that_is_written_again_meanwhile_is_an_error_and_no_mixture(how, tmp_path):
    paths = [tmp_path / f"{i}.npy" for i in range(2)]
    for path in paths:
        np.save(path, np.ones((20, 3, 10), np.float32))
    files = Files(paths)
    np.testing.assert_array_equal(files[15:25], np.ones((10, 3, 10)))
    new = paths[1] if how == "in its place" else tmp_path / "new.npy"
    np.save(new, np.zeros((20, 3, 10), np.float32))
    os.replace(new, paths[1])
    os.utime(paths[1], (1e9, 1e9))  # whatever the steps are by which files are dated here
    assert files[:20].shape == (20, 3, 10)
    with pytest.raises(OSError, match=r"1\.npy has changed since it was read first: it was written again"):
        files[15:25]
