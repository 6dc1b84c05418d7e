"""Detachment: which features go in each round, and that what it keeps is what a slow twin keeps."""

import numpy as np
import pytest
from features import coefficients_of, first_of, is_equal, kept, penalty_of, problem, rows_of, standard_of, targets_of
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from lightwaves import LightWaveS, Prism, WaveletScattering, load_basic_motions
from lightwaves.selection import detachment
from lightwaves.selection.detachment import FirstRidge, detach, first_ridge, rounds_of
from lightwaves.selection.products import PENALTIES, Targets, standardise

# --- the first ridge ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize(("n_cases", "n_features"), [(24, 90), (30, 31), (60, 12), (25, 25), (40, 1)])
def test_the_error_is_that_of_real_refits_and_the_one_that_scikit_learn_reports(n_cases, n_features, n_classes):
    z, y = problem(n_cases, n_features, n_classes)
    first, targets, standard = first_of(z, y), targets_of(y), standard_of(z)
    left_out = cross_val_predict(Ridge(alpha=first.penalty), standard, targets, cv=LeaveOneOut())
    np.testing.assert_array_equal(first.targets.values, targets)
    assert first.error == pytest.approx(((targets - left_out.reshape(targets.shape)) ** 2).mean(), rel=1e-6)
    assert first.error == pytest.approx(-RidgeCV(PENALTIES * n_features).fit(standard, targets).best_score_, rel=1e-6)


def test_the_error_tells_good_features_from_bad_ones():
    errors = [first_of(*problem(40, 90, noise=noise)).error for noise in (0.1, 1.0, 10.0)]
    assert sorted(errors) == errors
    assert errors[0] < 0.5 * errors[2]


def test_neither_the_order_of_the_features_nor_what_stands_behind_them_changes_the_error():
    z, y = problem(40, 90)
    assert first_of(z, y).error == first_of(z[:, ::-1], y).error
    rows = rows_of(z)
    rows[-1], rows[:, 40:] = 7, -1e30
    assert first_ridge(rows, 40, y).error == first_of(z, y).error


# --- the slow twin ------------------------------------------------------------------------------------------


def in_deviations(coefficients, targets):
    """Mean absolute coefficients, each in units of what its class's targets vary by: little, where a class is rare."""
    return (np.abs(coefficients) / targets.std(axis=0)).mean(axis=1)


def slow_detachment(z, y, n_features, which=None, costs=None, frugality=0, few=130):
    """Detachment as one would write it down: scikit-learn's ridge on the columns that are left, round by round."""
    standard = (z - z.mean(axis=0, dtype=np.float64)) / z.std(axis=0, dtype=np.float64)
    standard = np.rint(standard * 4096) / 4096
    targets, codes = targets_of(y), np.unique(y, return_inverse=True)[1]
    penalty = penalty_of(standard, targets)
    left, path, n_rounds_of_whole = list(range(z.shape[1])), [], 0
    while True:
        ridge = Ridge(alpha=penalty * (len(left) / z.shape[1]) ** 0.25)
        scores = cross_val_predict(ridge, standard[:, left], targets, cv=LeaveOneOut()).reshape(targets.shape)
        winners = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(int)
        path.append((len(left), (winners == codes).mean()))
        coefficients = coefficients_of(ridge.fit(standard[:, left], targets), targets.shape[1])
        importances = in_deviations(coefficients, targets)
        if len(left) <= n_features:
            return left, importances, penalty, path, n_rounds_of_whole
        n_left = max(n_features, min(len(left) - 1, int(0.8 * len(left))))
        worth = dict(zip(left, importances, strict=True))
        if which is not None:
            sharing = {c: [j for j in left if which[j] == c] for c in sorted({which[j] for j in left})}
            worth = {j: worth[j] / (costs[which[j]] / len(sharing[which[j]])) ** frugality for j in left}
            if len(sharing) > max(0.26 * n_left, few):
                half = np.median(list(worth.values()))
                value = {  # for each convolution, what its features are worth above the median, then as they are
                    c: tuple(-sum(max(worth[j] - t, 0) for j in sharing[c]) for t in (half, 0)) for c in sharing
                }
                whole = sorted(sharing, key=value.get)
                while sum(len(sharing[c]) for c in whole[:-1]) >= n_left:
                    whole.pop()
                for c in whole[::-1] if len(whole) == len(sharing) else ():
                    if value[c][0] == 0 and sum(len(sharing[other]) for other in whole if other != c) >= n_left:
                        whole.remove(c)
                if len(whole) < len(sharing):
                    left, n_rounds_of_whole = sorted(j for c in whole for j in sharing[c]), n_rounds_of_whole + 1
                    continue
        left = sorted(sorted(left, key=lambda j: -worth[j])[:n_left])


def is_what_the_twin_found(found, twin):
    chosen, importances, penalty, path, _ = twin
    assert found.chosen.tolist() == chosen
    assert found.penalty == penalty
    np.testing.assert_allclose(found.importances, importances, rtol=1e-5)
    assert found.path["n_features"].tolist() == [n for n, _ in path]
    np.testing.assert_allclose(found.path["score"], [score for _, score in path])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_cases", "n_features", "n_classes", "n_kept"),
    [(20, 70, 2, 30), (18, 60, 4, 7), (30, 25, 3, 4), (16, 17, 2, 1)],
)
def test_a_slow_twin_keeps_the_same_features_by_the_same_path(n_cases, n_features, n_classes, n_kept):
    z, y = problem(n_cases, n_features, n_classes)
    is_what_the_twin_found(kept(z, y, n_kept), slow_detachment(z, y, n_kept))


@pytest.mark.slow
@pytest.mark.parametrize(("few", "frugality"), [(3, 0), (8, 0.5)])
@pytest.mark.parametrize(
    ("n_cases", "n_features", "n_classes", "n_kept"), [(20, 70, 2, 30), (18, 60, 4, 7), (30, 25, 3, 4)]
)
def test_a_slow_twin_drops_the_same_convolutions(n_cases, n_features, n_classes, n_kept, few, frugality, monkeypatch):
    z, y = problem(n_cases, n_features, n_classes)
    rng = np.random.default_rng(few)
    which, costs = rng.integers(0, n_features // 2, n_features), 2.0 ** rng.integers(4, 9, n_features // 2)
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    twin = slow_detachment(z, y, n_kept, which.tolist(), costs.tolist(), frugality, few)
    is_what_the_twin_found(kept(z, y, n_kept, frugality=frugality, convolutions=(which, costs)), twin)
    assert 0 < twin[-1] < len(twin[3]) - 1, "rounds of either kind"


class Told:
    """A ridge whose importances are known, and which notes at what penalties it is fitted."""

    def __init__(self, worth):
        self.worth, self.left, self.fitted = worth, np.arange(len(worth)), []

    def fit(self, targets, penalty, scored):
        """What it was told, and half of the cases."""
        self.fitted.append((len(self.left), penalty))
        return self.worth[self.left], 0.5

    def without(self, dropped):
        """The others."""
        self.left = self.left[~dropped]
        return self


@pytest.mark.parametrize("n_kept", [7, 35, 40])
def test_the_algorithm_needs_no_more_of_a_ridge_than_importances_and_lowers_the_penalty_with_their_number(n_kept):
    worth, targets = np.random.default_rng(0).random(40), Targets.of(np.arange(6) % 2)
    ridge = Told(worth)
    found = detach(FirstRidge(ridge, 40, targets, 9.0, 0.1), n_kept)
    assert found.chosen.tolist() == sorted(np.argsort(-worth)[:n_kept])
    np.testing.assert_array_equal(found.importances, worth[found.chosen])
    assert found.penalty == 9
    assert found.path["score"].tolist() == [0.5] * len(found.path)
    assert [n for n, _ in ridge.fitted] == found.path["n_features"].tolist()
    assert [penalty for _, penalty in ridge.fitted] == [9.0 * (n / 40) ** 0.25 for n, _ in ridge.fitted]


def test_a_round_drops_a_fifth_and_at_least_one_and_the_last_round_no_more_than_it_may():
    z, y = problem(20, 60)
    n_left = kept(z, y, 3).path["n_features"].tolist()
    assert n_left[:4] == [60, 48, 38, 30]
    assert n_left[-4:] == [6, 4, 3] or n_left[-4:] == [7, 5, 4, 3]
    assert kept(z, y, 45).path["n_features"].tolist() == [60, 48, 45]


# --- what may not matter ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_kept", [150, 45, 12])
def test_permuting_the_features_permutes_the_choice(n_kept):
    z, y = problem(40, 200)
    order = np.random.default_rng(3).permutation(200)
    one, two = kept(z, y, n_kept), kept(z[:, order], y, n_kept)
    assert sorted(order[two.chosen]) == one.chosen.tolist()
    back = np.argsort(order[two.chosen])
    np.testing.assert_allclose(two.importances[back], one.importances, rtol=1e-10)
    np.testing.assert_array_equal(two.path, one.path)
    assert two.penalty == one.penalty
    if n_kept > 40:
        np.testing.assert_array_equal(two.importances[back], one.importances, "in the dual, to the last bit")


def test_neither_the_order_of_the_cases_nor_names_of_classes_change_the_choice():
    z, y = problem(30, 80)
    order = np.random.default_rng(3).permutation(30)
    one = kept(z, y, 20)
    for two in (kept(z[order], y[order], 20), kept(z, 3 * y + 1, 20)):
        np.testing.assert_array_equal(two.chosen, one.chosen)
        np.testing.assert_allclose(two.importances, one.importances, rtol=1e-5)


def test_shift_and_scale_of_features_change_nothing():
    rng = np.random.default_rng(0)
    z, y = np.rint(64 * problem(32, 90)[0] / problem(32, 90)[0].std(axis=0)), problem(32, 90)[1]
    changed = (z + rng.integers(-500, 500, 90)) * 2.0 ** rng.integers(-60, 60, 90)
    assert is_equal(kept(changed, y, 15), kept(z, y, 15))
    flipped = kept(-z, y, 15)
    np.testing.assert_array_equal(flipped.chosen, kept(z, y, 15).chosen)
    np.testing.assert_allclose(flipped.importances, kept(z, y, 15).importances, rtol=1e-10)


def test_what_stands_behind_the_cases_does_not_matter():
    z, y = problem(20, 50)
    rows = rows_of(z)
    rows[-1], rows[:, 20:] = 7, -1e30
    assert is_equal(detach(first_ridge(rows, 20, y), 9), kept(z, y, 9))


# --- hard cases ---------------------------------------------------------------------------------------------


def is_fine(found, n_kept, n_features):
    assert len(found.chosen) == len(found.importances) == n_kept
    assert (np.diff(found.chosen) > 0).all()
    assert 0 <= found.chosen[0] <= found.chosen[-1] < n_features
    assert np.isfinite(found.importances).all()
    assert (found.importances >= 0).all()
    assert found.path["n_features"][0] == n_features
    assert found.path["n_features"][-1] == n_kept
    assert ((found.path["score"] >= 0) & (found.path["score"] <= 1)).all()
    return found


@pytest.mark.parametrize("n_cases", [20, 100])
@pytest.mark.parametrize("value", [0, 0.1, 1 / 3, 1e6, -1e6, 12345.678, 1e30, 1e-30])
def test_constant_features_go_first(value, n_cases):
    z, y = problem(n_cases, 50)
    constant = [0, 7, 8, 30, 49]
    z[:, constant] = value
    rows = rows_of(z)
    standardise(rows, n_cases, 12)
    assert not rows[constant, :n_cases].any()
    found = is_fine(kept(z, y, 45), 45, 50)
    assert found.chosen.tolist() == np.setdiff1d(np.arange(50), constant).tolist()
    assert (found.importances > 0).all()


def test_a_feature_that_is_constant_but_for_rounding_is_constant():
    z, y = problem(20, 20)
    z[:, 4] = np.float32(1e6) + np.arange(20) % 2 * np.spacing(np.float32(1e6))
    assert 4 not in kept(z, y, 18).chosen
    z[:, 4] = 1e6 + 64 * (y == 1)
    assert 4 in kept(z, y, 18).chosen


@pytest.mark.parametrize("n_features", [5, 40])
def test_constant_features_alone_are_no_reason_to_fail(n_features):
    found = is_fine(kept(np.full((12, n_features), 1e6), np.arange(12) % 3, 3), 3, n_features)
    assert found.chosen.tolist() == [0, 1, 2], "ties to the lowest"
    assert not found.importances.any()


def test_copies_are_equally_important_and_the_first_of_them_stays():
    z, y = problem(20, 60)
    found = is_fine(kept(np.hstack([z, z]), y, 61), 61, 120)
    first, second = found.chosen[found.chosen < 60], found.chosen[found.chosen >= 60] - 60
    assert len(second)
    assert np.isin(second, first).all()
    importance = dict(zip(found.chosen.tolist(), found.importances.tolist(), strict=True))
    assert all(importance[j] == importance[j + 60] for j in second.tolist())
    same = is_fine(kept(np.repeat(z[:, :1], 30, axis=1), y, 4), 4, 30)
    assert np.ptp(same.importances) < 1e-12


@pytest.mark.parametrize("n_wanted", [30, 31, 500])
@pytest.mark.parametrize("n_cases", [20, 60])
def test_all_are_kept_where_there_are_no_more(n_wanted, n_cases):
    z, y = problem(n_cases, 30)
    found = is_fine(kept(z, y, n_wanted), 30, 30)
    assert found.chosen.tolist() == list(range(30))
    assert len(found.path) == 1
    targets = targets_of(y)
    ridge = Ridge(alpha=found.penalty).fit(standard_of(z), targets)
    np.testing.assert_allclose(found.importances, in_deviations(ridge.coef_.T, targets), rtol=1e-5)
    assert found.penalty == first_of(z, y).ridge.best_penalty(Targets.of(y))[0]


@pytest.mark.parametrize("n_features", [1, 2, 3, 40])
def test_two_cases_are_enough(n_features):
    z = np.random.default_rng(0).standard_normal((2, n_features))
    found = is_fine(kept(z, np.array([0, 1]), 1), 1, n_features)
    assert found.importances[0] > 0


@pytest.mark.parametrize("n_features", [12, 80])
def test_a_class_may_have_a_single_case(n_features):
    z, _ = problem(25, n_features)
    y = np.array([2] + [0] * 12 + [1] * 12)
    is_fine(kept(z, y, 6), 6, n_features)
    is_fine(kept(z[:12], np.arange(12), 6), 6, n_features)
    is_fine(kept(z[:12], np.arange(12) > 10, 6), 6, n_features)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_cases", [20, 90])
def test_features_that_separate_the_classes_perfectly_stay(n_cases, n_classes):
    rng, y = np.random.default_rng(0), np.arange(n_cases) % n_classes
    z = rng.standard_normal((n_cases, 60))
    places = [5, 41, 50][: n_classes if n_classes > 2 else 1]
    for k, place in enumerate(places):
        z[:, place] = y == k
    found = is_fine(kept(z, y, len(places)), len(places), 60)
    assert found.chosen.tolist() == places
    assert found.path["score"][-1] == 1


@pytest.mark.parametrize("n_cases", [400, 800])
def test_a_rare_class_is_not_forgotten(n_cases):
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(3, int), 1 + np.arange(n_cases - 3) % 3]  # three cases of the rare class, many of the others
    z = rng.standard_normal((n_cases, 120))
    z[:, :12] += 1.5 * (y[:, np.newaxis] == 1 + np.arange(12) % 3)
    z[:, 30] = 0.05 * z[:, 30] + (y == 0)
    found = kept(z, y, 9)
    assert 30 in found.chosen
    assert (found.chosen < 12).sum() >= 6


# --- whole convolutions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_cases", [30, 300])
def test_features_that_share_no_convolution_are_dropped_as_if_there_were_none(n_cases):
    z, y = problem(n_cases, 260)
    work = (np.random.default_rng(0).permutation(260), 2.0 ** np.random.default_rng(1).integers(0, 9, 260))
    assert is_equal(kept(z, y, 20, convolutions=work), kept(z, y, 20))


@pytest.mark.parametrize("few", [1, 200])
def test_frugality_compares_features_that_share_nothing_alike_however_many_they_are(few, monkeypatch):
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    work = (np.arange(5), np.array([8.0, 1, 1, 1, 1]))
    stays = detachment.strongest(np.arange(5), np.array([5.0, 4, 3, 2, 1]), 3, work, 1.0)
    assert np.flatnonzero(stays).tolist() == [1, 2, 3]


def test_while_there_are_few_convolutions_single_features_are_dropped():
    z, y = problem(30, 600)
    for n_convolutions, is_few in ((130, True), (140, True), (141, False)):  # 0.26 for each of the 540 that are kept
        work = (np.arange(600) % n_convolutions, np.ones(n_convolutions))
        assert is_equal(kept(z, y, 540, convolutions=work), kept(z, y, 540)) == is_few


@pytest.mark.parametrize(
    ("n_kept", "few", "frugality", "expected"),
    [
        (2, 2, 0, [0, 4]),  # the only two above the median, though another three are worth more together
        (3, 2, 0, [0, 4, 5, 6, 7]),  # where nothing is above it, by the sum; the two too many are for the next round
        (5, 2, 0, [0, 4, 5, 6, 7]),  # the convolution of three small ones goes
        (6, 2, 0, [0, 1, 4, 5, 6, 7]),  # no whole one can go: single features do
        (4, 4, 0, [0, 4, 5, 6]),  # four are few
        (1, 2, 0, [0]),
        (1, 2, 1, [5, 6, 7]),  # three share what one costs, and the first is dear
    ],
)
def test_whole_convolutions_go_of_which_least_is_above_the_median(n_kept, few, frugality, expected, monkeypatch):
    monkeypatch.setattr(detachment, "FEW_CONVOLUTIONS", few)
    left, importances = np.arange(10, 18), np.array([5.0, 1, 1, 1, 4, 3, 3, 3])  # of 18, ten are gone
    work = (np.r_[[4] * 10, 0, 1, 1, 1, 2, 3, 3, 3], np.array([10.0, 1, 1, 1, 1]))
    stays = detachment.strongest(left, importances, n_kept, work, frugality)
    assert np.flatnonzero(stays).tolist() == expected


@pytest.mark.slow
@pytest.mark.parametrize("n_kept", [100, 500, 1000])
def test_what_is_kept_of_many_candidates_shares_convolutions(n_kept):
    X, y = load_basic_motions("train")
    model = LightWaveS(Prism(), n_kept, random_state=0).fit(X, y)
    assert (model.selection_path_["n_features"][0], len(model.plan_)) == (10_000, n_kept)
    assert model.plan_.cost().n_convolutions <= max(200, 0.4 * n_kept)


# --- how many -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_cases", "seed"), [(30, 0), (30, 1), (60, 2), (60, 3)])
def test_auto_goes_down_to_ten_and_tells_what_each_round_has_left(n_cases, seed):
    z, y = problem(n_cases, 90, noise=3.0, seed=seed)
    found = kept(z, y, "auto")
    assert found.path["n_features"][-1] == 10
    assert [len(chosen) for chosen, _ in found.rounds] == found.path["n_features"].tolist()
    for number in (0, 3, len(found.path) - 1):
        earlier, exactly = found.at(number), kept(z, y, int(found.path["n_features"][number]))
        np.testing.assert_array_equal(earlier.chosen, exactly.chosen)
        np.testing.assert_array_equal(earlier.importances, exactly.importances)
        np.testing.assert_array_equal(found.path[: len(exactly.path)], exactly.path)
        assert not exactly.rounds


def test_auto_of_fewer_than_ten_keeps_all():
    assert len(kept(*problem(20, 6), "auto").path) == 1


@pytest.mark.parametrize(("n_cases", "n_features"), [(20, 70), (40, 25)])
def test_rounds_that_nobody_scores_leave_the_same(n_cases, n_features):
    z, y = problem(n_cases, n_features)
    rounds = rounds_of(first_of(z, y), 7)
    assert [len(left) for left in rounds] == kept(z, y, 7).path["n_features"].tolist()
    np.testing.assert_array_equal(rounds[-1], kept(z, y, 7).chosen)


# --- frugality ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_cases", [16, 60])
def test_of_two_equally_good_features_the_cheaper_stays(n_cases):
    z, y = problem(n_cases, 30)
    twice = np.repeat(z, 2, axis=1)
    for cheap in (0, 1):
        work = (np.arange(60), np.where(np.arange(60) % 2 == cheap, 450.0, 900.0))
        for frugality in (0.01, 0.5):
            found = is_fine(kept(twice, y, 21, frugality=frugality, convolutions=work), 21, 60)
            pairs, n_copies = np.unique(found.chosen // 2, return_counts=True)
            assert (n_copies == 1).any()
            alone = found.chosen[np.isin(found.chosen // 2, pairs[n_copies == 1])]
            assert (alone % 2 == cheap).all()


def test_of_equally_good_features_those_stay_that_share_a_convolution():
    y, three = np.array([0, 1]), np.array([[0, 0, 0], [1, 1, 1]])
    work = (np.array([0, 1, 1]), np.array([900.0, 900.0]))
    assert kept(three, y, 2, frugality=0.1, convolutions=work).chosen.tolist() == [1, 2]
    assert kept(three, y, 2).chosen.tolist() == [0, 1]


def test_sharing_is_counted_among_the_features_that_are_left():
    y, copies = np.array([0, 0, 1, 1]), np.repeat([[0], [1], [2], [4]], 20, axis=1)
    # The last ten share one convolution, the others are pairs. Each of the ten is the cheaper at any time.
    which, multiply_adds = np.r_[np.arange(10) // 2 + 1, np.zeros(10, int)], np.full(6, 100.0)
    found = kept(copies, y, 10, frugality=1, convolutions=(which, multiply_adds))
    assert found.chosen.tolist() == list(range(10, 20))
    # Where one of a pair has gone, the other has become dear: it goes next, before any that is still in a pair.
    found = kept(copies[:, :10], y, 6, frugality=1, convolutions=(which[:10], multiply_adds))
    assert found.path["n_features"].tolist() == [10, 8, 6]
    assert found.chosen.tolist() == list(range(6))


@pytest.mark.parametrize("n_cases", [16, 60])
def test_without_frugality_costs_are_ignored(n_cases):
    z, y = problem(n_cases, 40)
    work = (np.arange(40), 10.0 ** np.arange(40))
    assert is_equal(kept(z, y, 9, frugality=0, convolutions=work), kept(z, y, 9))
    assert not is_equal(kept(z, y, 9, frugality=1, convolutions=work), kept(z, y, 9))
    assert kept(z, y, 9, frugality=1, convolutions=work).chosen.tolist() == list(range(9)), "tenfold cost decides"


@pytest.mark.parametrize("n_cases", [16, 60])
def test_equal_costs_change_nothing(n_cases):
    z, y = problem(n_cases, 40)
    work = (np.arange(40), np.full(40, 512.0))
    assert is_equal(kept(z, y, 9, frugality=1, convolutions=work), kept(z, y, 9))


@pytest.mark.slow
@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("n_features", [20, 60])
def test_frugal_models_cost_no_more(selection, n_features):
    X, y = load_basic_motions("train")

    def cost(frugality):
        bank = WaveletScattering(max_dilation=8)
        model = LightWaveS(bank, n_features, selection, frugality=frugality, search_candidates=8000, random_state=0)
        return model.fit(X, y).plan_.cost()

    lavish, frugal = cost(0), cost(1)
    assert frugal.n_multiply_adds <= lavish.n_multiply_adds
    assert frugal.n_convolutions <= lavish.n_convolutions
    if selection == "detach":
        assert frugal.n_multiply_adds < 0.8 * lavish.n_multiply_adds
        assert frugal.n_convolutions < 0.8 * lavish.n_convolutions
