"""Channels that lie apart, on ranks that are threads: the model is that of all channels in one place."""

import functools

import numpy as np
import pandas as pd
import pytest
from ranks import on_ranks

from lightwaves import (
    Intervals,
    LightWaveS,
    LightWaveSClassifier,
    Prism,
    WaveletScattering,
    channels_of_rank,
    load,
    load_basic_motions,
    save,
)
from lightwaves.parallel.comm import SerialComm

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


def parameters_of(bank, search):
    """Of a model, by the names of its bank and its search."""
    return {"bank": BANKS[bank], "n_features": 20, "group_size": 2, "random_state": 0, **SEARCHES[search]}


@functools.cache
def model_of_all(bank, search):
    """The model of all channels in one place."""
    return LightWaveSClassifier(**parameters_of(bank, search)).fit(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("bank", BANKS)
def test_channels_that_lie_apart_give_the_model_of_all(bank, search, size):
    parameters, alone = parameters_of(bank, search), model_of_all(bank, search)

    def of_rank(comm):
        mine = channels_of_rank(X.shape[1], 2, comm)
        return LightWaveSClassifier(**parameters).fit(X[:, mine], Y, channels=mine, comm=comm)

    for model in on_ranks(size, of_rank):
        assert model.plan_ == alone.plan_
        np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)
        np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))


def test_channels_that_are_tables_are_no_table_together(tmp_path):
    parameters = {"bank": Prism(80), "n_features": 6, "group_size": 1, "honest": False, "random_state": 0}
    alone = LightWaveSClassifier(**parameters).fit(X[:, :2], Y)

    def of_rank(comm):
        table = pd.DataFrame(X[:, comm.rank], columns=[f"t{i}" for i in range(X.shape[2])])
        return LightWaveSClassifier(**parameters).fit(table, Y, channels=[comm.rank], comm=comm)

    for model in on_ranks(2, of_rank):
        assert model.n_features_in_ == alone.n_features_in_ == 2
        assert not hasattr(model, "feature_names_in_")
        save(model, tmp_path / "model")
        np.testing.assert_array_equal(load(tmp_path / "model").predict_proba(X[:, :2]), alone.predict_proba(X[:, :2]))


def test_one_channel_in_all_may_be_a_table():
    parameters = {"bank": Prism(80), "n_features": 6, "group_size": 1, "honest": False, "random_state": 0}
    table = pd.DataFrame(X[:, 0], columns=[f"t{i}" for i in range(X.shape[2])])
    model = LightWaveSClassifier(**parameters).fit(table, Y, channels=[0], comm=SerialComm())
    assert list(model.feature_names_in_) == list(table)
    assert (model.predict(table) == LightWaveSClassifier(**parameters).fit(table, Y).predict(table)).all()


def of_columns(labels):
    """What two ranks end with, that hold frames with columns of these labels each: their model, or its error."""
    parameters = {"bank": Prism(80), "n_features": 6, "group_size": 2, "honest": False, "random_state": 0}

    def of_rank(comm):
        mine = [0, 1] if comm.rank == 0 else [2, 3]
        frames = [pd.DataFrame(x[mine].T, columns=labels[comm.rank]) for x in X]
        frame = pd.concat(frames, keys=range(len(frames)))
        return LightWaveSClassifier(**parameters).fit(frame, Y, comm=comm, channels=mine)

    return on_ranks(2, of_rank)


def test_columns_that_count_the_channels_of_all_ranks_are_places_and_others_names():
    """Once, columns 3 and 2 were taken for 2 and 3 where another rank had columns 0 and 1."""
    counted = of_columns([[0, 1], [2, 3]])
    assert [model.channel_names_ for model in counted] == [None, None]
    assert counted[0].plan_ == counted[1].plan_
    assert [model.channel_names_ for model in of_columns([["a", "b"], [7, 9]])] == [("a", "b", "7", "9")] * 2
    for labels in ([[0, 1], [3, 2]], [[0, 1], ["c", "d"]]):
        for error in of_columns(labels):
            assert str(error).startswith("some ranks name their channels, as '")
            assert str(error).endswith("but rank 0 does not: let all do, or none.")


def test_a_value_that_cannot_be_used_is_named_by_the_number_that_all_ranks_give_its_channel():
    """Once, a rank counted its own channels from 0: channel 2 of all was called channel 0, which another rank holds."""
    x = np.random.default_rng(0).standard_normal((20, 6, 30))
    x[4, 2, 7] = np.nan
    held = ([0, 1], [2, 3, 4, 5])

    def fit(comm):
        mine = held[comm.rank]
        model = LightWaveS(n_features=5, search_candidates=50, group_size=2, random_state=0)
        return model.fit(x[:, mine], np.arange(20) % 2, comm=comm, channels=mine)

    for error in on_ranks(2, fit):
        assert "X contains NaN: case 4, channel 2, time point 7" in str(error)
