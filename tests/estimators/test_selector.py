"""The selector: of a matrix it keeps what a search of the same candidates keeps."""

import numpy as np
import pytest

from lightwaves import FeatureSelector, LightWaveS, WaveletScattering, load_basic_motions
from lightwaves.selection import detachment

X, Y = load_basic_motions("train")
SMALL = WaveletScattering(levels=(1,), max_dilation=4)


@pytest.fixture(scope="module")
def matrix():
    return SMALL.fit_transform(X)


def test_a_selector_over_the_whole_bank_chooses_the_same():
    standard = (X - X.mean(axis=(0, 2), keepdims=True)) / X.std(axis=(0, 2), keepdims=True)
    bank = WaveletScattering(levels=(1,), max_dilation=2)
    model = LightWaveS(bank, 25, "mrmr", scale=False).fit(standard, Y)
    names = bank.fit(standard).get_feature_names_out()
    selector = FeatureSelector(n_features=25).fit(bank.transform(standard), Y)
    assert list(names[selector.get_support()]) == list(model.get_feature_names_out())


@pytest.mark.slow
@pytest.mark.parametrize("n_features", [5, 40, 200])
def test_a_selector_detaches_what_a_search_of_the_bank_detaches(n_features, matrix, monkeypatch):
    # A matrix does not say what is read off one convolution: there are few enough for single features.
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", len(matrix.T))
    model = LightWaveS(SMALL, n_features, "detach", scale=False).fit(X, Y)
    selector = FeatureSelector(n_features, method="detach").fit(matrix, Y)
    names = SMALL.fit(X).get_feature_names_out()
    assert names[selector.get_support()].tolist() == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(selector.selection_path_["n_features"], model.selection_path_["n_features"])
    np.testing.assert_allclose(selector.selection_path_["score"], model.selection_path_["score"])
    np.testing.assert_array_equal(selector.transform(matrix), model.transform(X))
    ranked = np.flatnonzero(selector.get_support())[np.argsort(-model.feature_scores_)]
    assert selector.ranking_.tolist() == ranked.tolist()
    np.testing.assert_allclose(selector.scores_, FeatureSelector().fit(matrix, Y).scores_)


@pytest.mark.slow
@pytest.mark.parametrize("n_candidates", [20, 100, 6047, 6048, 9999])
def test_a_selector_detaches_among_the_candidates_with_the_largest_f(n_candidates, matrix):
    selector = FeatureSelector(20, n_candidates, method="detach").fit(matrix, Y)
    assert len(selector.ranking_) == len(set(selector.ranking_.tolist())) == 20
    n_first = min(n_candidates, 6048)
    assert selector.selection_path_["n_features"][0] == n_first
    assert selector.scores_[selector.ranking_].min() >= np.sort(selector.scores_)[::-1][n_first - 1]
    if n_candidates <= 100:
        shortlist = np.sort(np.argsort(-selector.scores_, kind="stable")[:n_candidates])
        alone = FeatureSelector(20, method="detach").fit(matrix[:, shortlist], Y)
        assert sorted(shortlist[alone.ranking_]) == sorted(selector.ranking_)


def test_a_selector_ranks_detached_features_by_their_coefficients():
    Z = np.random.default_rng(0).standard_normal((300, 30))
    strength = {4: 4.0, 17: 2.0, 9: 1.0}
    y = sum(weight * Z[:, j] for j, weight in strength.items()) > 0
    selector = FeatureSelector(3, method="detach").fit(Z, y)
    assert selector.ranking_.tolist() == [4, 17, 9]
    assert selector.get_support(indices=True).tolist() == [4, 9, 17]


@pytest.mark.slow
def test_a_selector_keeps_as_many_as_auto_says(matrix):
    selector = FeatureSelector("auto", method="detach").fit(matrix, Y)
    path = selector.selection_path_
    kept = path["n_features"] == len(selector.ranking_)
    assert path["honest_score"][kept] > 0.8
    assert (np.isnan(path["honest_score"]) == (path["n_features"] > 1000)).all()
    few = FeatureSelector("auto", 7, method="detach").fit(matrix, Y)
    assert len(few.ranking_) == 7
    assert len(few.selection_path_) == 1
    assert not hasattr(few.set_params(n_features=7, method="mrmr").fit(matrix, Y), "selection_path_")


def test_cases_that_judge_take_no_part_in_the_shortlist():
    Z, y = np.random.default_rng(0).standard_normal((40, 400)), np.arange(40) % 2  # noise
    path = FeatureSelector("auto", 10, method="detach").fit(Z, y).selection_path_
    assert path["n_features"].tolist() == [10]
    assert path["score"] > 0.8
    assert path["honest_score"] < 0.7


def test_a_selector_that_detaches_warns_of_too_few_columns_and_keeps_all():
    with pytest.warns(UserWarning, match="n_features=500, but X has only 100; all are kept"):
        selector = FeatureSelector(method="detach").fit(X[:, 0], Y)
    assert selector.get_support().all()


@pytest.mark.parametrize("method", ["mrmr", "detach"])
def test_a_selector_is_blind_to_units_and_to_columns_that_are_constant(method):
    rng, y = np.random.default_rng(0), np.arange(60) % 3
    Z = rng.standard_normal((60, 40)) + rng.standard_normal((3, 40))[y]
    Z[:, [0, 11]] = 1e6
    expected = FeatureSelector(10, method=method).fit(Z, y)
    moved = FeatureSelector(10, method=method).fit(1e9 + Z * 2.0 ** rng.integers(0, 20, 40), y)
    assert set(moved.ranking_) == set(expected.ranking_)
    assert not {0, 11} & set(expected.ranking_)


def test_a_selector_tells_of_classes_that_may_be_numbers():
    Z = np.random.default_rng(0).standard_normal((40, 10))
    with pytest.warns(UserWarning, match="y has 21 classes, more than half of the number of cases, 40"):
        FeatureSelector(3).fit(Z, np.arange(40) % 21)


def test_a_selector_with_too_few_columns_warns_and_keeps_all():
    with pytest.warns(UserWarning, match="n_features=500, but X has only 100; all are kept"):
        selector = FeatureSelector().fit(X[:, 0], Y)
    assert selector.get_support().all()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_features": 0}, ValueError, "n_features must be at least 1"),
        ({"n_features": "all"}, ValueError, "n_features must be an int or .auto., got .all."),
        ({"n_features": 5, "n_candidates": 4}, ValueError, "n_candidates must be at least 5, got 4"),
        ({"n_features": 5, "n_candidates": 9.0}, TypeError, "n_candidates must be an int"),
        ({"method": "luck"}, ValueError, "method must be one of"),
        ({"method": None}, TypeError, "method must be one of"),
        ({"n_features": "auto"}, ValueError, "n_features='auto' needs method='detach', not 'mrmr'"),
        ({"n_features": "all", "method": "detach"}, ValueError, "n_features must be an int or 'auto', got 'all'"),
        ({"n_features": 0, "method": "detach"}, ValueError, "n_features must be at least 1"),
        ({"n_features": 5, "n_candidates": 4, "method": "detach"}, ValueError, "n_candidates must be at least 5"),
        ({"n_features": "auto", "n_candidates": 0, "method": "detach"}, ValueError, "n_candidates must be at least 1"),
    ],
)
def test_a_wrong_parameter_of_the_selector_is_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        FeatureSelector(**parameters).fit(X[:, 0], Y)


@pytest.mark.parametrize("offset", [0, 1e8, -1e9, 1e11])
def test_columns_that_vary_by_little_beside_their_mean_are_told_apart(offset):
    """Once, a column that varies by less than a billionth of its mean counted as constant."""
    F = np.random.default_rng(0).standard_normal((200, 5))
    F[:, 4] = 0
    y = F[:, 3] > 0
    selector = FeatureSelector(n_features=1).fit(F + offset, y)
    assert selector.get_support(indices=True).tolist() == [3]
    assert selector.scores_[4] == 0
    rounded = FeatureSelector(n_features=1).fit(np.column_stack([F[:, 3] * 1e-16 + 1, F[:, 0]]), y)
    assert rounded.scores_[0] == 0, "it varies by rounding only"


@pytest.mark.parametrize("method", ["mrmr", "detach"])
def test_columns_of_any_size_are_chosen_alike(method):
    F, y = np.random.default_rng(0).standard_normal((40, 9)), np.arange(40) % 2
    F[:, 4] += y
    expected = FeatureSelector(3, method=method).fit(F, y)
    sizes = 2.0 ** np.array([1000, -1000, 600, -600, 1020, -500, 500, 0, 1])
    resized = FeatureSelector(3, method=method).fit(F * sizes, y)
    assert resized.ranking_.tolist() == expected.ranking_.tolist()
    np.testing.assert_allclose(resized.scores_, expected.scores_, rtol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [{"y": Y[:-1]}, {"sample_weight": -1.0}, {"groups": Y[:3]}, {"y": np.zeros(len(Y))}],
)
def test_a_selector_whose_next_fit_fails_is_what_it_was(arguments):
    selector = FeatureSelector(5, method="detach").fit(X[:, 0], Y)
    before = vars(selector).copy()
    with pytest.raises(ValueError, match=r"."):
        selector.fit(**{"X": X[:, 0, :50], "y": Y} | arguments)
    assert vars(selector) == before
    assert selector.transform(X[:, 0]).shape == (len(Y), 5)


class Unsized:
    """A matrix of which nobody knows how many cases it has, as one of dask whose rows were chosen."""

    shape, dtype = (np.nan, 3), np.dtype(float)

    def __getitem__(self, cases):
        raise NotImplementedError

    def __array__(self, dtype=None, copy=None):
        return np.random.default_rng(0).standard_normal((40, 3))


def test_a_matrix_whose_size_is_not_known_yet_is_read():
    assert FeatureSelector(2).fit(Unsized(), np.arange(40) % 2).n_features_in_ == 3
