"""Features are laid on the cells of a series that made them, as the oracle lays them, whatever the plan."""

from dataclasses import dataclass

import numpy as np
import oracle
import pytest
from pooled import plan_of, random_plan
from wide import times

from lightwaves.banks import MorletScattering, Rocket, WaveletScattering
from lightwaves.inspection.attribution import _of_wavelet, parts_of
from lightwaves.panel import as_panel
from lightwaves.plans import Plan, Together
from lightwaves.plans.pooled import STATISTICS, PooledPlan
from lightwaves.plans.rocket import STATISTICS as OF_ROCKET
from lightwaves.plans.rocket import RocketPlan
from lightwaves.plans.wavelet import STATISTICS as OF_WAVELETS

pytestmark = pytest.mark.slow


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def laid(plan, X, references):
    """The parts of all features, (n_cases, n_parts, n_timepoints), and the features, (n_features, n_cases)."""
    panel = as_panel(X)
    values = plan.finite_rows(panel)[:-1, : panel.n_cases]
    columns = np.ascontiguousarray(values.T, np.float64)
    n_parts = len(plan.reads[0])
    out = np.full((panel.n_cases, n_parts, panel.n_timepoints), np.nan)
    x = panel.take(slice(None), plan.channels)
    parts_of(plan, np.arange(n_parts))(x, panel.lengths, plan.standard(False), references, columns, out)
    return out, values


def of_oracle(plan, x, j, reference, value):
    """The cells of each member of feature j."""
    x = (np.asarray(x, np.float64) - plan.shift[:, np.newaxis]) / plan.scale[:, np.newaxis]
    if isinstance(plan, PooledPlan):
        o = plan.output[j]
        of_output = slice(plan.n_members[:o].sum(), plan.n_members[: o + 1].sum())
        low = plan.kernel[o] >= 84
        weights = np.where(np.isin(np.arange(9), oracle.KERNELS[plan.kernel[o] % 84]), 2, 0 if low else -1)
        members = x[plan.member[of_output]] * plan.sign[of_output, np.newaxis]
        return oracle.attribute(
            members, np.tile(weights, (len(members), 1)), plan.dilation[o], STATISTICS[plan.statistic[j]], reference,
            value, bias=np.float64(plan.bias[j]), differences=bool(plan.differences[o]), centred=not low,
            skipped=0 if plan.padded[o] else 4 * plan.dilation[o], begin=plan.begin[j], end=plan.end[j],
        )  # fmt: skip
    if isinstance(plan, RocketPlan):
        k = plan.kernel[j]
        n_taps = plan.n_inputs * plan.length
        channels = plan.channel[plan.n_inputs[:k].sum() : plan.n_inputs[: k + 1].sum()]
        weights = plan.weight[n_taps[:k].sum() : n_taps[: k + 1].sum()].reshape(len(channels), -1).astype(np.float64)
        reach = plan.length[k] // 2 * plan.dilation[k]
        return oracle.attribute(
            x[channels], weights, plan.dilation[k], OF_ROCKET[plan.statistic[j]], reference, value,
            added=np.float64(plan.bias[k]), skipped=0 if plan.padded[k] else reach,
        )  # fmt: skip
    weights = np.where(np.isin(np.arange(9), oracle.KERNELS[plan.kernel[j]]), 2.0, -1.0)
    return oracle.attribute(
        x[[plan.channel[j]]], weights[np.newaxis], plan.dilation[j], OF_WAVELETS[plan.statistic[j]], reference, value,
        level=plan.level[j],
    )  # fmt: skip


def check(plan, X, references=None):
    """All parts are those of the oracle, and sum to the features less their references."""
    references = np.linspace(-1, 1, len(plan)) if references is None else references
    found, values = laid(plan, X, references)
    feature = plan.reads[0]
    for case, x in enumerate(X):
        for j in range(len(plan)):
            expected = of_oracle(plan, x, j, references[j], np.float64(values[j, case]))
            ours = found[case, feature == j]
            np.testing.assert_allclose(ours[:, : x.shape[1]], expected, rtol=1e-4, atol=2e-5)
            assert not ours[:, x.shape[1] :].any(), "after the end of a case"
            assert abs(ours.sum() - (values[j, case] - references[j])) < 1e-12


@pytest.mark.parametrize("n_timepoints", [1, 2, 9, 40])
def test_pooled_features_are_laid_as_the_oracle_lays_them(n_timepoints):
    X = np.random.default_rng(1).integers(-9, 10, (3, 4, n_timepoints)).astype(np.float32)
    check(random_plan(4, n_outputs=times(6, 12)), X)


def test_series_of_unequal_length_are_laid_within_their_lengths():
    rng = np.random.default_rng(2)
    check(random_plan(2, n_outputs=8), [rng.integers(-9, 10, (2, n)).astype(np.float32) for n in (1, 7, 33, 16)])


def test_a_constant_series_is_shared_by_all_taps_alike():
    plan = random_plan(2, n_outputs=times(6, 16))
    check(plan, np.zeros((1, 2, 30), np.float32))
    check(plan, np.ones((1, 2, 30), np.float32))


@pytest.mark.parametrize("n_timepoints", [1, 2, 10, 41])
def test_wavelet_features_of_both_levels_are_laid_as_the_oracle_lays_them(n_timepoints):
    X = noise(2, 2, n_timepoints)
    whole = WaveletScattering(levels=(1, 2)).fit(X).plan_
    check(whole[np.random.default_rng(0).permutation(len(whole))[: times(100, 200)]], X)


def test_tables_of_one_output_are_of_the_types_that_many_have():
    """Once, one of them could not be written to, and the loop was compiled a second time for it."""
    plan = WaveletScattering().fit(noise(2, 1, 20)).plan_[:1]
    assert all(table.flags.writeable for table in _of_wavelet(plan))


@pytest.mark.parametrize("n_timepoints", [5, 40])
def test_rocket_features_are_laid_as_the_oracle_lays_them(n_timepoints):
    X = noise(2, 3, n_timepoints)
    check(Rocket(60, random_state=0).fit(X).plan_, X)


def test_parts_of_plans_together_stand_where_their_features_do():
    X = noise(2, 3, 30)
    plans = [Rocket(6, random_state=0).fit(X).plan_, random_plan(3, n_outputs=4), WaveletScattering().fit(X).plan_[:5]]
    together = Together.of(plans)
    together = together[np.random.default_rng(0).permutation(len(together))]
    references = np.linspace(0, 1, len(together))
    found, values = laid(together, X, references)
    sums = np.zeros(values.shape)
    np.add.at(sums, together.reads[0], found.sum(axis=2).T)
    np.testing.assert_allclose(sums, values - references[:, np.newaxis], atol=1e-12)
    for j in range(0, len(together), times(3, 1)):
        alone, _ = laid(together[[j]], X, references[[j]])
        np.testing.assert_array_equal(found[:, together.reads[0] == j], alone)


def test_a_single_value_is_found_where_it_stands():
    """A peak, a kernel with its weights of 2 in the middle, and the share above a bias that only the peak exceeds."""
    x = np.zeros((1, 2, 50), np.float32)
    x[0, 1, 23] = 5
    middle = oracle.KERNELS.index((3, 4, 5))
    plan = plan_of([(0, middle, 1, 1, (0, 1))], [(0, 0, 4.0, STATISTICS.index("ppv"))], n_channels=2)
    found, values = laid(plan, x, np.zeros(1))
    np.testing.assert_allclose(values, 3 / 50)
    assert found[0, 1].argmax() == 23
    assert found[0, 1, 23] > 0.7 * 3 / 50
    np.testing.assert_allclose(found[0, 0], 0, atol=1e-9)  # a channel that is constant
    np.testing.assert_allclose(found[0, 1].sum(), 3 / 50)


@dataclass(frozen=True, eq=False, kw_only=True)
class Means(Plan):
    """The means of some channels: a plan of which nothing is known but what it reads."""

    channel: np.ndarray
    ROWS = ("channel",)

    def compute(self, x, lengths):
        """The means."""
        return x.sum(axis=2)[:, np.searchsorted(self.channels, self.channel)] / lengths[:, np.newaxis]


def test_features_of_an_unknown_plan_are_laid_on_all_times_alike():
    plan = Means(channel=np.array([2, 0, 2]), shift=np.zeros(3), scale=np.ones(3), n_timepoints=8)
    X = [noise(3, 8), noise(3, 5)]
    found, values = laid(plan, X, np.zeros(3))
    np.testing.assert_allclose(found[0], np.repeat(values[:, :1] / 8, 8, axis=1))
    np.testing.assert_allclose(found[1, :, :5], np.repeat(values[:, 1:] / 5, 5, axis=1))
    assert not found[1, :, 5:].any()


def test_features_of_a_scattering_sum_to_themselves():
    pytest.importorskip("kymatio")
    X = noise(2, 2, 64)
    plan = MorletScattering(J=3).fit(X).plan_
    found, values = laid(plan, X, np.zeros(len(plan)))
    np.testing.assert_allclose(found.sum(axis=2).T, values, atol=1e-12)
