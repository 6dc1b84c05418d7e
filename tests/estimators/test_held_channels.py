"""Channels that lie apart, on ranks that are threads: the model is that of all channels in one place."""

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import Intervals, LightWaveSClassifier, Prism, WaveletScattering, channels_of_rank, load_basic_motions

X, Y = load_basic_motions("train")
BANKS = {
    "wavelets": WaveletScattering(levels=(1,), max_dilation=1),
    "intervals": [Intervals(depth=2), Intervals(n_features=150)],
    "two banks": [Prism(160), WaveletScattering(levels=(1,), max_dilation=1)],
}
SEARCHES = {
    "detachment": {"search_candidates": 200},
    "mRMR": {"selection": "mrmr"},
    "mRMR, frugal": {"selection": "mrmr", "frugality": 0.5},
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("bank", BANKS)
def test_channels_that_lie_apart_give_the_model_of_all(bank, search, size):
    parameters = {"bank": BANKS[bank], "n_features": 20, "group_size": 2, "random_state": 0, **SEARCHES[search]}
    alone = LightWaveSClassifier(**parameters).fit(X, Y)

    def of_rank(comm):
        mine = channels_of_rank(X.shape[1], 2, comm)
        return LightWaveSClassifier(**parameters).fit(X[:, mine], Y, channels=mine, comm=comm)

    for model in on_ranks(size, of_rank):
        assert model.plan_ == alone.plan_
        np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)
        np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))
