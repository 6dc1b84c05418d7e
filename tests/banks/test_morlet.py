"""Morlet scattering: kymatio's own output pooled by hand, the same bits in any company, and what plans must say."""

import pickle
import re
import subprocess
import sys
import warnings
from dataclasses import replace

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import lightwaves.plans.morlet as module
import lightwaves.plans.plan
from lightwaves import LightWaveS, LightWaveSClassifier, MorletScattering, load, load_basic_motions, save
from lightwaves.banks.morlet import default_J
from lightwaves.panel import Panel, as_panel
from lightwaves.plans.morlet import STATISTICS, ScatteringPlan, padded_length

pytest.importorskip("kymatio")

POOLS = {"mean": np.mean, "max": np.max, "min": np.min}
AVERAGE = pytest.mark.parametrize("average", [True, False], ids=["average", "modulus"])
examples = settings(deadline=None, max_examples=15)
seeds = st.integers(0, 2**32 - 1)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def plan_of(n_channels=1, n_timepoints=30, **parameters):
    """The plan of all features."""
    parameters = {"J": 3, "Q": 2} | parameters
    return MorletScattering(**parameters).fit(np.zeros((1, n_channels, n_timepoints))).plan_


def frontend(J, n_timepoints, Q, order, average):
    """The class of kymatio, called as its documentation says."""
    from kymatio.scattering1d.frontend.numpy_frontend import ScatteringNumPy1D

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if average:
            return ScatteringNumPy1D(J, n_timepoints, Q=Q, max_order=order)
        return ScatteringNumPy1D(J, n_timepoints, Q=Q, max_order=order, T=0, out_type="list")


def mirrored(x, n_timepoints):
    """A series that goes back and forth over its own values until it is so long; the middle is as it was."""
    there_and_back = [*range(len(x)), *range(len(x) - 2, 0, -1)]
    before = max(0, n_timepoints - len(x)) // 2
    return np.array(
        [x[there_and_back[t % len(there_and_back)]] for t in range(-before, max(len(x), n_timepoints) - before)]
    )


def by_hand(case, J, Q, order, average):
    """The features of one case (n_channels, n_timepoints), one series after the other."""
    features = []
    for x in np.asarray(case, np.float64):
        x = mirrored(x, 2**J)
        for path in frontend(J, len(x), Q, order, average)(x):
            coefficients = path if average else path["coef"]
            features += [POOLS[name](coefficients) for name in STATISTICS]
    return np.array(features)


def agrees(z, expected):
    np.testing.assert_allclose(z, expected, rtol=1e-7, atol=1e-12)


# --- against kymatio ----------------------------------------------------------------------------------------


@AVERAGE
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("n_timepoints", "J", "Q"), [(16, 4, 1), (51, 3, 8), (100, 4, 8), (77, 2, 3), (8, 3, 1)])
def test_features_are_kymatios_pooled_over_time(n_timepoints, J, Q, order, average):
    x = noise(3, 2, n_timepoints, seed=n_timepoints)
    z = MorletScattering(J=J, Q=Q, order=order, average=average).fit_transform(x)
    agrees(z, [by_hand(case, J, Q, order, average) for case in x])


@pytest.mark.slow
@AVERAGE
@pytest.mark.parametrize("n_timepoints", [*range(1, 41), 100])
def test_every_length_will_do(n_timepoints, average):
    x = noise(2, 1, n_timepoints, seed=n_timepoints)
    for J in (None, 3):
        bank = MorletScattering(J=J, Q=1, average=average).fit(x)
        agrees(bank.transform(x), [by_hand(case, bank.plan_.J, 1, 2, average) for case in x])


@AVERAGE
def test_series_of_unequal_length_give_what_each_gives_by_hand(average):
    series = [noise(2, n, seed=n) for n in (30, 5, 17, 30, 1, 8, 64)]
    z = MorletScattering(J=3, Q=2, average=average).fit_transform(series)
    agrees(z, [by_hand(case, 3, 2, 2, average) for case in series])


@pytest.mark.parametrize(
    ("n_timepoints", "J"), [(1, 1), (7, 1), (15, 1), (16, 2), (51, 3), (100, 4), (1023, 7), (1024, 8), (99999, 8)]
)
def test_the_default_window_is_an_eighth_to_a_quarter_of_the_longest_series(n_timepoints, J):
    assert default_J(n_timepoints) == J
    assert not 8 <= n_timepoints < 2048 or n_timepoints / 8 <= 2**J <= n_timepoints / 4


def test_the_longest_training_series_decides_and_later_ones_do_not():
    bank = MorletScattering(Q=1).fit([noise(1, 9), noise(1, 70)])
    assert (bank.plan_.J, bank.plan_.n_timepoints) == (4, 70)
    x = noise(2, 1, 300)
    agrees(bank.transform(x), [by_hand(case, 4, 1, 2, True) for case in x])


def test_channels_are_standardised():
    x = (noise(4, 2, 50) * [[[0.01], [30.0]]] + [[[1000.0], [-7.0]]]).astype(np.float32)
    shift, scale = (getattr(x, name)(axis=(0, 2), dtype=np.float64) for name in ("mean", "std"))
    z = replace(plan_of(2), shift=shift, scale=scale).apply(as_panel(x))
    expected = [by_hand(case, 3, 2, 2, True) for case in (x - shift[:, np.newaxis]) / scale[:, np.newaxis]]
    np.testing.assert_allclose(z, expected, rtol=1e-3, atol=1e-4)


def test_a_bank_does_not_standardise():
    x = noise(3, 1, 40)
    bank = MorletScattering(J=2, Q=1).fit(x)
    np.testing.assert_array_equal(bank.transform(4 * x), 4 * bank.transform(x))


# --- the same bits, whatever the way ------------------------------------------------------------------------


@pytest.mark.slow
@AVERAGE
@pytest.mark.parametrize("n_cases", [1, 2, 3, 7, 8, 9, 33])
def test_a_case_does_not_depend_on_its_company(n_cases, average):
    plan, x = plan_of(3, Q=8, average=average), noise(50, 3, 37)
    everything = plan.apply(as_panel(x))
    np.testing.assert_array_equal(plan.apply(as_panel(x[:n_cases])), everything[:n_cases])
    for i in range(n_cases):
        np.testing.assert_array_equal(plan.apply_one(x[i]), everything[i])


@pytest.fixture
def seen(monkeypatch):
    """The shapes of what kymatio is given, each with the order that is computed."""
    shapes, scattering = [], module.scattering

    def spy(J, Q, order, average, n_timepoints):
        def compute(series):
            shapes.append((*series.shape, order))
            return scattering(J, Q, order, average, n_timepoints)(series)

        compute.meta = lambda: scattering(J, Q, order, average, n_timepoints).meta()
        return compute

    monkeypatch.setattr(module, "scattering", spy)
    return shapes


def test_series_fill_the_lanes_of_vectors_whatever_their_number(seen):
    for n_cases in (1, 5, 8, 27):
        plan_of(3).apply(as_panel(noise(n_cases, 3, 20)))
    assert [n_series for n_series, *_ in seen] == [8, 16, 24, 88]


@pytest.mark.filterwarnings("ignore:X has 500 channels")
def test_few_series_are_computed_together_however_many_there_are(seen):
    plan_of(500, 60).apply(as_panel(noise(3, 500, 60)))
    plan_of(1, 1, J=9, Q=1).apply(as_panel(noise(100, 1, 1)))  # short series are extended
    assert all(n_series * n_timepoints <= module.BLOCK for n_series, n_timepoints, _ in seen)
    assert {n_timepoints for _, n_timepoints, _ in seen} == {60, 512}


@pytest.mark.parametrize("block", [1, 700])
def test_neither_blocks_nor_threads_change_a_bit(block, monkeypatch):
    plan, panel = plan_of(2), as_panel([noise(2, 20 + i % 3, seed=i) for i in range(50)])
    expected = plan.apply(panel)
    monkeypatch.setattr(lightwaves.plans.plan, "BLOCK", block)
    monkeypatch.setattr(module, "BLOCK", block)
    for n_jobs in (1, 2):
        np.testing.assert_array_equal(plan.apply(panel, n_jobs=n_jobs), expected)


def test_threads_that_need_new_filters_at_once_leave_the_warnings_as_they_were():
    panel = as_panel([noise(1, 9 + i % 40, seed=i) for i in range(160)])
    plan = plan_of(J=2, Q=1)
    expected = plan.apply(panel)
    module.scattering.cache_clear()
    before = list(warnings.filters)
    np.testing.assert_array_equal(plan.apply(panel, n_jobs=4), expected)
    assert warnings.filters == before


@pytest.mark.slow
@AVERAGE
@examples
@given(seed=seeds, n_timepoints=st.integers(1, 40), garbage=st.sampled_from([1e30, -1e30, np.nan, np.inf]))
def test_what_stands_behind_the_end_of_a_case_never_matters(average, seed, n_timepoints, garbage):
    rng, plan = np.random.default_rng(seed), plan_of(2, average=average)
    lengths = rng.integers(1, n_timepoints + 1, 6).astype(np.int32)
    behind = np.arange(n_timepoints) >= lengths[:, np.newaxis, np.newaxis]
    x = np.where(behind, np.float32(garbage), noise(6, 2, n_timepoints, seed=seed))
    z = plan.apply(Panel(x, lengths))
    np.testing.assert_array_equal(plan.compute(x, lengths), z)
    for row, series, length in zip(z, x, lengths, strict=True):
        np.testing.assert_array_equal(row, plan.apply_one(series[:, :length]))


@AVERAGE
@examples
@given(seed=seeds, n_rows=st.integers(1, 60))
def test_row_j_computes_column_j_of_any_part_of_a_plan(average, seed, n_rows):
    plan, x = plan_of(3, average=average), noise(5, 3, 33)
    rows = np.random.default_rng(seed).choice(len(plan), n_rows, replace=False)
    np.testing.assert_array_equal(plan[rows].apply(as_panel(x)), plan.apply(as_panel(x))[:, rows])


@pytest.mark.parametrize("order", [1, 2])
def test_each_path_alone_gives_what_it_gives_among_all(order):
    plan, x = plan_of(order=order), noise(2, 1, 33)
    everything = plan.apply(as_panel(x))
    for path in range(plan.n_paths):
        rows = plan.path == path
        np.testing.assert_array_equal(plan[rows].apply(as_panel(x)), everything[:, rows])


def test_only_what_is_read_is_computed(seen):
    plan, x = plan_of(4, n_timepoints=20), noise(16, 4, 20)
    first = plan.path < len(frontend(3, 20, 2, 1, True).meta()["order"])
    for rows in (plan.channel == 2, first & (plan.channel != 1), first & (plan.channel == 0)):
        plan[rows].apply(as_panel(x))
    assert [(n_series, order) for n_series, _, order in seen] == [(16, 2), (48, 1), (16, 1)]


# --- names, cost, records -----------------------------------------------------------------------------------

NAME = re.compile(r"(?P<channel>.+)_S(?P<order>[012])(?P<wavelets>(_j\d+_xi[\d.e-]+)*)_(?P<statistic>[a-z]+)")
WAVELET = re.compile(r"_j(\d+)_xi([\d.e-]+)")


@pytest.mark.parametrize(("J", "Q", "order"), [(1, 1, 1), (2, 3, 2), (4, 8, 2), (8, 8, 2), (8, 64, 1), (11, 8, 1)])
def test_names_differ_and_say_what_kymatio_says_of_the_path(J, Q, order):
    bank = MorletScattering(J=J, Q=Q, order=order, channel_names=["left", "right_j1"]).fit(np.zeros((1, 2, 10)))
    names, meta = bank.get_feature_names_out(), frontend(J, 2**J, Q, order, True).meta()
    n_paths = len(meta["order"])
    assert len(set(names)) == len(names) == 2 * n_paths * len(STATISTICS)
    for row, name in enumerate(names):
        channel, path, statistic = np.unravel_index(row, (2, n_paths, len(STATISTICS)))
        parts = NAME.fullmatch(name)
        assert parts["channel"] == ["left", "right_j1"][channel]
        assert int(parts["order"]) == meta["order"][path]
        assert parts["statistic"] == STATISTICS[statistic]
        wavelets = WAVELET.findall(parts["wavelets"])
        assert len(wavelets) == meta["order"][path]
        for (j, xi), j_meta, xi_meta in zip(wavelets, meta["j"][path], meta["xi"][path], strict=False):
            assert int(j) == j_meta
            assert float(xi) == pytest.approx(xi_meta, rel=6e-4)


def test_names_of_some_rows_are_those_they_had():
    plan = plan_of(3)
    rows = [40, 3, 77, 3]
    assert plan[rows].feature_names() == [plan.feature_names()[j] for j in rows]
    assert plan.feature_names()[:4] == ["ch0_S0_mean", "ch0_S0_max", "ch0_S0_min", "ch0_S1_j0_xi0.35_mean"]


@AVERAGE
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_timepoints", [5, 100])
def test_the_cost_is_what_kymatio_does_to_one_series(n_timepoints, order, average, monkeypatch):
    from kymatio.scattering1d.backend.numpy_backend import NumpyBackend1D

    plan, work = plan_of(1, n_timepoints, J=4, Q=3, order=order, average=average), []

    def counted(name, multiply_adds):
        do = getattr(NumpyBackend1D, name)
        monkeypatch.setattr(
            NumpyBackend1D, name, lambda x, *more: work.append(multiply_adds(x.shape[-1])) or do(x, *more)
        )

    for name in ("rfft", "ifft", "irfft"):
        counted(name, lambda m: 2 * m * np.log2(m))
    for name in ("cdgmm", "modulus"):
        counted(name, lambda m: 2 * m)
    frontend(4, max(16, n_timepoints), 3, order, average)(np.zeros((1, max(16, n_timepoints))))
    assert plan.cost().n_multiply_adds == round(sum(work))
    assert plan.cost().n_multiply_adds > 0


@pytest.mark.parametrize("J", [1, 3, 6])
def test_the_length_that_kymatio_transforms_is_known_without_its_filters(J):
    for n_timepoints in (2**J, 2**J + 1, 100, 32 * 2**J + 1, 3000):
        if n_timepoints >= 2**J:
            low = frontend(J, n_timepoints, 1, 2, True).phi_f["levels"][0]
            assert padded_length(J, n_timepoints) == len(low)
    assert padded_length(J, 2**28 - 1) == 2**29


def test_the_cost_counts_all_paths_of_the_channels_that_are_read():
    plan = plan_of(3)
    whole, n_first = plan.cost(), np.count_nonzero(frontend(3, 30, 2, 2, True).meta()["order"] < 2)
    assert (whole.n_convolutions, whole.n_channels) == (3, 3)
    one = plan[(plan.channel == 1) & (plan.path >= n_first)].cost()
    assert (one.n_convolutions, one.n_channels) == (1, 1)
    assert 3 * one.n_multiply_adds == pytest.approx(whole.n_multiply_adds, abs=3)
    low = plan[plan.path < n_first].cost()
    assert low.n_multiply_adds < whole.n_multiply_adds
    assert plan.cost(500).n_multiply_adds > 4 * whole.n_multiply_adds


def test_each_feature_is_read_off_the_transform_of_its_channel_and_alone_would_cost_all_of_it():
    plan = plan_of(3)
    plan = plan[plan.channel != 1]
    which, multiply_adds = plan.convolutions(30)
    np.testing.assert_array_equal(np.array([0, 2])[which], plan.channel)
    last = plan[[-1]]
    assert plan.costs_alone(30)[-1] == last.costs_alone(30)[0] == multiply_adds[1]
    assert last.cost(30).n_multiply_adds == round(multiply_adds[1])


def test_a_path_costs_the_same_in_any_plan_of_both_orders():
    plan = plan_of(3)
    which, multiply_adds = plan.convolutions(30)
    rows = [7, len(plan) - 1, 50]
    which_some, multiply_adds_some = plan[rows].convolutions(30)
    np.testing.assert_array_equal(multiply_adds_some[which_some], multiply_adds[which[rows]])


@pytest.mark.parametrize("way", ["pickle", "joblib", "memory map", "clone"])
def test_a_copy_computes_the_same_bits(way, tmp_path):
    x = noise(5, 2, 40)
    bank = MorletScattering(J=np.int64(2), Q=4, average=np.bool_(False)).fit(x)
    if way == "pickle":
        copy = pickle.loads(pickle.dumps(bank))
    elif way == "clone":
        copy = clone(bank).fit(x)
        assert not hasattr(clone(bank), "plan_")
    else:
        joblib.dump(bank, tmp_path / "bank")
        copy = joblib.load(tmp_path / "bank", mmap_mode="r" if way == "memory map" else None)
    assert copy.plan_ == bank.plan_
    np.testing.assert_array_equal(copy.transform(x), bank.transform(x))


def test_plans_of_other_scatterings_are_not_equal():
    plan = plan_of(2)
    assert plan == plan_of(2)
    for other in ({"J": 2}, {"Q": 3}, {"order": 1}, {"average": False}):
        assert plan != plan_of(2, **other)
    assert plan != replace(plan, average=False)


@AVERAGE
def test_a_saved_model_computes_the_same_bits(average, tmp_path):
    x, y = load_basic_motions("train")
    model = LightWaveS(bank=MorletScattering(J=3, average=average), n_features=20).fit(x, y)
    save(model, tmp_path / "model")
    copy = load(tmp_path / "model")
    assert isinstance(copy.plan_, ScatteringPlan)
    assert copy.plan_ == model.plan_
    x_test, _ = load_basic_motions("test")
    np.testing.assert_array_equal(copy.transform(x_test), model.transform(x_test))
    assert list(copy.get_feature_names_out()) == list(model.get_feature_names_out())


def test_a_classifier_tells_motions_apart():
    model = LightWaveSClassifier(bank=MorletScattering(J=3), selection="detach", n_features=30)
    model.fit(*load_basic_motions("train"))
    assert len(model.plan_) == 30
    assert model.score(*load_basic_motions("test")) > 0.8


def test_a_frugal_search_transforms_fewer_channels():
    x, y = load_basic_motions("train")
    model = LightWaveS(bank=MorletScattering(J=3, Q=2), n_features=20, selection="detach", random_state=0)
    frugal = clone(model).set_params(frugality=1.0).fit(x, y).plan_.cost()
    assert frugal.n_multiply_adds < model.fit(x, y).plan_.cost().n_multiply_adds
    assert frugal.n_channels < len(model.channels_)


# --- errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"J": 0}, ValueError, "J must be at least 1"),
        ({"J": 17}, ValueError, "J must be at most 16"),
        ({"J": 2.0}, TypeError, "J must be an int"),
        ({"J": True}, TypeError, "J must be an int"),
        ({"Q": 0}, ValueError, "Q must be at least 1"),
        ({"Q": 65}, ValueError, "Q must be at most 64"),
        ({"Q": None}, TypeError, "Q must be an int"),
        ({"Q": (8, 1)}, TypeError, "Q must be an int"),
        ({"order": 0}, ValueError, "order must be at least 1"),
        ({"order": 3}, ValueError, "order must be at most 2"),
        ({"average": 1}, TypeError, "average must be True or False"),
    ],
    ids=str,
)
def test_parameters_that_make_no_sense_are_refused(parameters, error, message):
    bank = MorletScattering(**parameters)
    with pytest.raises(error, match=message):
        bank.fit(noise(3, 1, 20))
    with pytest.raises(error, match=message):
        LightWaveS(bank=bank).fit(noise(4, 1, 20), [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": np.zeros(3, np.int32)}, "path"),
        ({"path": 0.5}, "path must be an array int32"),
        ({"path": -1}, "path must be from 0"),
        ({"path": 10**6}, "path must be from 0"),
        ({"statistic": 3}, "statistic must be from 0 to 2"),
        ({"statistic": -1}, "statistic must be from 0 to 2"),
        ({"channel": 2}, "channel must be from 0 to 1"),
        ({"J": 17}, "J must be int from 1 to 16"),
        ({"J": 3.0}, "J must be int from 1 to 16"),
        ({"Q": 0}, "Q must be int from 1"),
        ({"Q": 10**9}, "Q must be int from 1"),
        ({"order": 3}, "order must be int from 1 to 2"),
        ({"order": True}, "order must be int from 1 to 2"),
        ({"average": 1}, "average must be bool"),
        ({"n_paths": 10**6}, "n_paths must be"),
        ({"n_paths": None}, "n_paths must be"),
        ({"scale": np.zeros(2)}, "scale must be from 5e-324 to"),
    ],
    ids=str,
)
def test_a_plan_whose_parts_do_not_fit_is_refused(change, message):
    plan = plan_of(2)
    plan.check()
    plan[:0].check()
    (name, value) = next(iter(change.items()))
    if name in plan.ROWS and np.ndim(value) == 0:
        row = np.array(getattr(plan, name), np.result_type(value, np.int32) if value != 10**6 else np.int32)
        row[5] = value
        value = row
    with pytest.raises(ValueError, match=message):
        replace(plan, **{name: value}).check()


@pytest.fixture
def without_kymatio(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "kymatio"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "kymatio", None)
    for cached in (module.scattering, module.meta):
        cached.cache_clear()


@pytest.mark.usefixtures("without_kymatio")
def test_without_kymatio_fitting_says_what_to_install_before_any_work(monkeypatch):
    monkeypatch.setattr(MorletScattering, "_fit_panel", lambda *_: pytest.fail("work was begun"))
    monkeypatch.setattr(LightWaveS, "_fit_panel", lambda *_: pytest.fail("work was begun"))
    for fit in (
        lambda: MorletScattering().fit(noise(3, 1, 20)),
        lambda: LightWaveS(bank=MorletScattering()).fit(noise(4, 1, 20), [0, 0, 1, 1]),
    ):
        with pytest.raises(ImportError, match=r"pip install 'lightwaves\[scattering\]'"):
            fit()


def test_without_kymatio_a_plan_can_be_checked_but_not_computed(request):
    plan = plan_of(2)
    request.getfixturevalue("without_kymatio")
    plan.check()
    for name in ("path", "statistic"):
        with pytest.raises(ValueError, match=f"{name} must be from 0"):
            replace(plan, **{name: getattr(plan, name) + np.int32(plan.n_paths)}).check()
    with pytest.raises(ImportError, match=r"pip install 'lightwaves\[scattering\]'"):
        plan.apply(as_panel(noise(3, 2, 20)))


@pytest.mark.slow
def test_neither_importing_nor_using_kymatio_warns_or_changes_how_warnings_are_shown():
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import sys, numpy as np, lightwaves; assert 'kymatio' not in sys.modules\n"
        "before = list(warnings.filters)\n"
        "for average in (True, False):\n"
        "    lightwaves.MorletScattering(J=4, average=average).fit_transform(np.ones((2, 1, 20)))\n"
        "assert 'kymatio' in sys.modules and warnings.filters == before"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_filters_are_made_also_where_numpy_raises_errors():
    module.scattering.cache_clear()
    with np.errstate(all="raise"):
        assert np.isfinite(MorletScattering(J=3, Q=2).fit_transform(noise(2, 1, 40))).all()
