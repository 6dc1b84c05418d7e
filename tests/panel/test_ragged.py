"""Series of very unequal lengths: the same results as one by one, at costs that follow the sum of their lengths."""

import tracemalloc

import numpy as np
import pytest
from lengths import OTHER_LENGTHS

from lightwaves import Intervals, LightWaveSClassifier, MiniRocket, MultiRocket, Prism, Rocket, WaveletScattering
from lightwaves.panel import as_panel
from lightwaves.panel.ragged import RaggedPanel

BANKS = [
    Prism(160),
    Rocket(100),
    MiniRocket(168),
    MultiRocket(672),
    WaveletScattering(max_dilation=2),
    Intervals(),
]


def series(lengths, n_channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((n_channels, n)).astype(np.float32) for n in lengths]


LENGTHS = [20, 500, 21, 3, 19, 1, 40, 22, 5000, 20, 18, 17, 700, 20, 20, 33, 9, 20, 24, 23]


def test_only_very_unequal_lengths_are_kept_apart():
    assert isinstance(as_panel(series(LENGTHS)), RaggedPanel)
    assert not isinstance(as_panel(series([20, 30, 25])), RaggedPanel)
    assert not isinstance(as_panel(series([20] * 5)), RaggedPanel)


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: type(bank).__name__)
def test_a_case_is_worth_the_same_in_any_company(bank):
    x, y = series(LENGTHS), np.arange(len(LENGTHS)) % 2
    model = LightWaveSClassifier(bank, 30, search_candidates=200, random_state=0).fit(x, y)
    together = model.transform(x)
    alone = np.concatenate([model.transform([case]) for case in x])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, [model.plan_.apply_one(case) for case in x])
    np.testing.assert_array_equal(model.set_params(n_jobs=2).transform(x), together)


@pytest.mark.slow
def test_threads_do_not_change_a_model_of_very_unequal_lengths():
    x, y = series(LENGTHS, 12), np.arange(len(LENGTHS)) % 2
    one, two = (
        LightWaveSClassifier(n_features=20, search_candidates=300, random_state=0, n_jobs=n).fit(x, y) for n in (1, 2)
    )
    assert one.plan_ == two.plan_
    np.testing.assert_array_equal(one.predict_proba(x), two.predict_proba(x))


def test_groups_hold_every_case_once_and_waste_little():
    panel = as_panel(series(LENGTHS))
    groups = panel.by_length()
    assert sorted(np.concatenate(groups).tolist()) == list(range(len(LENGTHS)))
    for group in groups:
        assert panel.lengths[group].max() * len(group) <= 2 * panel.lengths[group].sum()


@pytest.mark.parametrize("some", [slice(None), np.array([5, 0, 8]), np.array([3])])
def test_what_is_taken_is_what_was_given(some):
    x = series(LENGTHS)
    block = as_panel(x).raw(some, np.array([0, 2]))
    taken = [x[i] for i in np.arange(len(x))[some]]
    assert block.shape == (len(taken), 2, max(case.shape[1] for case in taken))
    for row, case in zip(block, taken, strict=True):
        np.testing.assert_array_equal(row[:, : case.shape[1]], case[[0, 2]])


def test_moments_are_those_over_all_values():
    x = series(LENGTHS)
    mean, deviation = as_panel(x).moments(np.array([1, 2]))
    values = np.concatenate(x, axis=1)[1:].astype(np.float64)
    np.testing.assert_allclose(mean, values.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(deviation, values.std(axis=1), rtol=1e-12)


def test_a_value_that_is_missing_is_named_in_series_of_any_length():
    x = series(LENGTHS)
    x[8][1, 4321] = np.nan
    with pytest.raises(ValueError, match="contains NaN: case 8, channel 1, time point 4321"):
        as_panel(x)


@OTHER_LENGTHS
@pytest.mark.filterwarnings("ignore:The score of case")  # of the long one
def test_memory_follows_the_sum_of_the_lengths():
    x = series([*[20] * 1000, 60_000], 1)
    model = LightWaveSClassifier(Prism(80), 20, random_state=0).fit(x[:40], np.arange(40) % 2)
    model.predict(x[-2:])
    tracemalloc.start()
    model.predict(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * sum(case.nbytes for case in x)  # padded, the series alone would be 750 times that


def test_memory_of_a_fit_follows_the_sum_of_the_lengths():
    """Once, series were padded to the longest one to look for names of columns."""
    x = series([*[20] * 1000, 60_000], 1)
    bank = Prism(80, random_state=0)
    bank.fit(x[:40])
    tracemalloc.start()
    bank.fit(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * sum(case.nbytes for case in x)
