"""Features of some cases are those of all, whichever cases these are."""

import numpy as np
import pytest

from lightwaves import Intervals, MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering
from lightwaves.panel import Panel, as_panel
from lightwaves.panel.ragged import RaggedPanel

BANKS = [
    WaveletScattering(max_dilation=2),
    Rocket(40, random_state=0),
    MiniRocket(168, random_state=0),
    MultiRocket(672, random_state=0),
    Prism(400, random_state=0),
    Intervals(depth=3),
    MorletScattering(J=2, Q=1),
]


@pytest.mark.parametrize("bank", BANKS, ids=lambda bank: type(bank).__name__)
@pytest.mark.parametrize("lengths", [(29, 22, 17, 20), (70, 9, 3, 5)], ids=["padded", "each in its array"])
def test_the_longest_case_of_all_changes_nothing_in_others(bank, lengths):
    if isinstance(bank, MorletScattering):
        pytest.importorskip("kymatio")
    rng = np.random.default_rng(0)
    series = [rng.standard_normal((3, lengths[i % 4] if i % 20 < 12 else 6)) for i in range(60)]
    plan, panel = bank.fit(series).plan_, as_panel(series)
    assert type(panel) is (Panel if lengths[0] < 30 else RaggedPanel)
    whole = plan.rows(panel)[:-1, :60]
    for cases in (np.arange(1, 60, 2), np.arange(12, 20), np.array([33, 1, 6]), np.array([5])):
        assert panel.lengths[cases].max() < panel.n_timepoints == lengths[0]
        for n_jobs in (1, 3):
            np.testing.assert_array_equal(
                plan.rows(panel, cases=cases, n_jobs=n_jobs)[:-1, : len(cases)], whole[:, cases]
            )
