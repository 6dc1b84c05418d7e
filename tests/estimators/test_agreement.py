"""What ranks must have in common: who was given something else is named; who holds which channels changes nothing."""

import re

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveS, LightWaveSClassifier, MiniRocket, Prism, WaveletScattering, load_basic_motions
from lightwaves.panel import reading
from lightwaves.parallel.comm import SerialComm

pytestmark = pytest.mark.slow

X, Y = load_basic_motions("train")
X_TEST, _ = load_basic_motions("test")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


# --- what ranks were given ----------------------------------------------------------------------------------


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
    "kind of labels": lambda: (X, Y.astype(object)),
    "names of channels": lambda: ({f"sensor {i}": X[:, i] for i in range(6)}, Y),
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


def test_ranks_that_have_series_in_files_and_in_memory_all_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 0)
    np.save(tmp_path / "x.npy", X)
    errors = on_ranks(2, lambda comm: LightWaveS(BANK, 9).fit([tmp_path / "x.npy"] if comm.rank else X, Y, comm=comm))
    message = "All ranks must be given the same kind of X: rank 0 has series in memory, rank 1 has series in files."
    assert [str(error) for error in errors] == [message] * 2


def test_a_transformer_and_a_classifier_do_not_wait_for_each_other():
    kinds = (LightWaveS, LightWaveSClassifier)
    for order in (kinds, kinds[::-1]):
        errors = on_ranks(2, lambda comm, order=order: order[comm.rank](BANK, 9).fit(X, Y, comm=comm))
        assert all(str(error).startswith("All ranks must be given the same estimator: rank 0") for error in errors)


def test_ranks_may_have_text_of_different_room_and_names_of_another_kind():
    def fit(comm):
        names = np.array(list("abcdef")) if comm.rank else list("abcdef")
        return LightWaveS(BANK, 9, channel_names=names).fit(X, Y.astype("U12") if comm.rank else Y, comm=comm)

    models = on_ranks(2, fit)
    assert models[0].plan_ == models[1].plan_


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


# --- channels that are given by number ----------------------------------------------------------------------


IN_GROUPS = {"n_features": 20, "group_size": 2, "search_candidates": 600, "random_state": 0}


@pytest.mark.parametrize("selection", ["mrmr", "detach"])
@pytest.mark.parametrize("channels", [range(6), np.arange(6), np.arange(6, dtype=np.uint8), tuple(range(6))], ids=repr)
def test_one_process_that_holds_all_channels_fits_the_same_model(channels, selection):
    alone = LightWaveSClassifier(selection=selection, **IN_GROUPS).fit(X, Y)
    model = LightWaveSClassifier(selection=selection, **IN_GROUPS).fit(X, Y, comm=SerialComm(), channels=channels)
    assert model.plan_ == alone.plan_
    np.testing.assert_array_equal(model.feature_scores_, alone.feature_scores_)
    np.testing.assert_array_equal(model.predict_proba(X_TEST), alone.predict_proba(X_TEST))
    np.testing.assert_array_equal(model.channel_importances_, alone.channel_importances_)
    assert (model.n_channels_in_, model.n_features_in_) == (6, 6)
    assert model.channel_names_ is None


@pytest.mark.parametrize("names", [None, list("uvwxyz")])
def test_channels_by_number_may_come_by_name_too(names):
    series = {name: X[:, i] for i, name in enumerate("abcdef")}
    model = LightWaveSClassifier(channel_names=names, **IN_GROUPS)
    if names is None:
        model.fit(series, Y, comm=SerialComm(), channels=range(6))
    else:
        model.fit(X, Y, comm=SerialComm(), channels=range(6))
        series = {name: X[:, i] for i, name in enumerate(names)}
    assert model.channel_names_ == tuple(series)
    assert model.channel_names is names
    assert model.plan_ == LightWaveSClassifier(channel_names=list(series), **IN_GROUPS).fit(X, Y).plan_
    backwards = {name: series[name] for name in list(series)[::-1]}
    np.testing.assert_array_equal(model.predict_proba(backwards), model.predict_proba(X))


@pytest.mark.parametrize("bank", [None, Prism(900), [BANK, Prism(900)]], ids=repr)
@pytest.mark.parametrize("group_size", [6, 100])
def test_one_process_that_holds_all_channels_may_hold_them_in_one_group(group_size, bank):
    options = IN_GROUPS | {"group_size": group_size, "bank": bank}
    alone = LightWaveSClassifier(**options).fit(X, Y)
    model = LightWaveSClassifier(**options).fit(X, Y, comm=SerialComm(), channels=range(6))
    assert model.plan_ == alone.plan_
    np.testing.assert_array_equal(model.predict_proba(X_TEST), alone.predict_proba(X_TEST))


def test_channels_by_number_may_be_of_unequal_length_or_a_table():
    unequal = [x[:, : 60 + i] for i, x in enumerate(X)]
    alone = LightWaveSClassifier(**IN_GROUPS).fit(unequal, Y)
    model = LightWaveSClassifier(**IN_GROUPS).fit(unequal, Y, comm=SerialComm(), channels=range(6))
    assert model.plan_ == alone.plan_
    np.testing.assert_array_equal(model.predict_proba(unequal), alone.predict_proba(unequal))
    table = LightWaveSClassifier(**IN_GROUPS).fit(X[:, 0], Y, comm=SerialComm(), channels=[0])
    assert table.plan_ == LightWaveSClassifier(**IN_GROUPS).fit(X[:, 0], Y).plan_
    assert table.score(X[:, 0], Y) > 0.8


@pytest.mark.parametrize(
    ("channels", "error", "message"),
    [
        ([0, 1, 2, 3, 4], ValueError, "channels names 5 channels, but X holds 6"),
        (range(7), ValueError, "channels names 7 channels, but X holds 6"),
        ([], ValueError, "channels names 0 channels, but X holds 6"),
        ([0, 1, 2, 3, 5, 4], ValueError, r"channels must be ascending numbers from 0 on, got \[0, 1, 2, 3, 5, 4\]"),
        ([0, 1, 2, 3, 3, 4], ValueError, "channels must be ascending numbers from 0 on"),
        ([-1, 0, 1, 2, 3, 4], ValueError, "channels must be ascending numbers from 0 on"),
        (np.array([5, 4, 3, 2, 1, 0], np.uint8), ValueError, "channels must be ascending numbers from 0 on"),
        ([0, 1, 2, 3, 4, 5.0], TypeError, "channels must be a row of ints"),
        ([True] * 6, TypeError, "channels must be a row of ints"),
        (list("abcdef"), TypeError, "channels must be a row of ints, got "),
        (6, TypeError, "channels must be a row of ints, got 6"),
        (np.arange(6)[np.newaxis], TypeError, "channels must be a row of ints"),
        ([1, 2, 3, 4, 5, 6], ValueError, "channel 0 is held by no rank, but channel 6 is"),
        ([0, 1, 2, 4, 5, 6], ValueError, "channel 3 is held by no rank, but channel 6 is"),
    ],
)
def test_wrong_numbers_of_channels_are_refused_in_plain_words(channels, error, message):
    with pytest.raises(error, match=message):
        LightWaveS(**IN_GROUPS).fit(X, Y, comm=SerialComm(), channels=channels)


def test_no_channels_at_all_are_refused():
    with pytest.raises(ValueError, match="no rank holds a channel"):
        LightWaveS(**IN_GROUPS).fit(X[:, :0], Y, comm=SerialComm(), channels=[])
    with pytest.raises(ValueError, match=r"0 channel\(s\)"):
        LightWaveS(**IN_GROUPS).fit(X[:, :0], Y)


def test_channels_by_number_need_groups():
    for model in (LightWaveS(), LightWaveSClassifier()):
        with pytest.raises(ValueError, match="channels needs group_size"):
            model.fit(X, Y, comm=SerialComm(), channels=range(6))


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (list("abcde"), ValueError, "channel_names has 5 names, but "),
        (list("abcdefg"), ValueError, "channel_names has 7 names, but "),
        (list("abcdea"), ValueError, "channel_names must differ from each other"),
        ("abcdef", TypeError, "channel_names must be a sequence of strings"),
        ([0, 1, 2, 3, 4, 5], TypeError, "channel_names must be a sequence of strings"),
    ],
)
def test_wrong_names_of_channels_by_number_are_refused_like_others(names, error, message):
    for channels in (None, range(6)):
        with pytest.raises(error, match=message):
            LightWaveS(channel_names=names, **IN_GROUPS).fit(X, Y, comm=SerialComm(), channels=channels)


def test_channels_of_a_rank_need_the_other_ranks():
    """Once, the first rank of a job whose script forgot comm fitted a model of its own channels, in silence."""
    with pytest.raises(ValueError, match="channels says that other ranks have others: give comm too"):
        LightWaveSClassifier(**IN_GROUPS).fit(X[:, :4], Y, channels=range(4))
