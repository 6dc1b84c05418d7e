"""What ranks must have in common: who was given something else is named, on all ranks and before any work."""

import re

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveS, LightWaveSClassifier, MiniRocket, WaveletScattering, load_basic_motions

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


def test_ranks_may_each_have_a_generator_of_their_own_in_the_same_state():
    def fit(comm, seed):
        bank = MiniRocket(n_features=168, random_state=np.random.RandomState(seed))
        return LightWaveS(bank=bank, n_features=9).fit(X, Y, comm=comm).plan_

    alone = fit(None, 0)
    assert all(plan == alone for plan in on_ranks(3, lambda comm: fit(comm, 0)))
    assert {type(error) for error in on_ranks(3, lambda comm: fit(comm, comm.rank))} == {ValueError}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [[MiniRocket(84)], [BANK]]}),
        ({"bank": [[BANK], [MiniRocket(84)]]}, {"bank": [BANK, MiniRocket(84)]}),
        ({"screen_channels": True}, {"screen_channels": False}),
        ({"n_features": 9}, {"n_features": "auto"}),
        ({"frugality": 0.5}, {"frugality": 0.25}),
        ({"group_size": None}, {"group_size": 2}),
        ({"channel_names": list("abcdef")}, {"channel_names": list("abcdeg")}),
    ],
    ids=["bank", "bank", "screen_channels", "n_features", "frugality", "group_size", "channel_names"],
)
def test_ranks_that_want_different_things_all_say_so(one, two, request):
    def fit(comm):
        LightWaveS(**{"bank": BANK, "n_features": 9} | (one, two)[comm.rank]).fit(X, Y, comm=comm)

    what = request.node.callspec.id.rstrip("01")
    for error in on_ranks(2, fit):
        assert type(error) is ValueError
        assert str(error).startswith(f"All ranks must be given the same {what}: rank 0 has")


CHANGES = {
    "shape": lambda: (X[:, :, :-1], Y),
    "dtype": lambda: (X.astype(np.float64), Y),
    "lengths": lambda: ([x[:, : 100 if i else 90] for i, x in enumerate(X)], Y),
    "classes": lambda: (X, np.char.add(Y, "s")),
    "y": lambda: (X, Y[::-1]),
    "data": lambda: (np.where(np.arange(100) == 50, X[:, :1], X), Y),
    "use of channels": lambda: (X, Y, np.arange(6)),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("other", [0, 2])
def test_ranks_that_are_given_different_series_or_labels_all_say_what_differs(what, other):
    def fit(comm):
        series, labels, *channels = CHANGES[what]() if comm.rank == other else (X, Y)
        model = LightWaveS(BANK, 9, group_size=2)
        return model.fit(series, labels, comm=comm, channels=channels[0] if channels else None)

    message = f"All ranks must be given the same {what}: rank 0 has .*, rank {other or 1} has "
    for error in on_ranks(3, fit):
        assert type(error) is ValueError
        assert re.match(message, str(error))


def test_a_transformer_and_a_classifier_do_not_wait_for_each_other():
    kinds = (LightWaveS, LightWaveSClassifier)
    for order in (kinds, kinds[::-1]):
        errors = on_ranks(2, lambda comm, order=order: order[comm.rank](BANK, 9).fit(X, Y, comm=comm))
        assert all(str(error).startswith("All ranks must be given the same estimator: rank 0") for error in errors)


def test_ranks_that_differ_in_their_data_all_raise():
    x, y = np.random.default_rng(0).normal(size=(12, 2, 20)), np.arange(12) % 2

    def fit(comm):
        labels = y if comm.rank < 2 else 1 - y
        return LightWaveS(WaveletScattering(max_dilation=1), 3, random_state=0).fit(x, labels, comm=comm)

    errors = on_ranks(3, fit)
    assert [type(error) for error in errors] == [ValueError] * 3
    for error in errors:
        assert "the same y: rank 0 has" in str(error)
        assert "rank 2 has" in str(error)
