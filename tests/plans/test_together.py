"""Plans side by side: one plan, whose columns are those of its parts in any order."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from own_banks import PANEL, SMALL, PieceMeans, X, offered

from lightwaves import MiniRocket, MultiRocket, WaveletScattering
from lightwaves.banks.candidates import joined
from lightwaves.parallel import threads
from lightwaves.plans import Together


@pytest.fixture(scope="module")
def parts():
    wavelets, pieces = offered(SMALL), offered(PieceMeans(5))
    rng = np.random.default_rng(0)
    return [
        wavelets.plan(np.sort(rng.choice(len(wavelets), 40, replace=False))),
        pieces[rng.permutation(30)[:15]],
        offered(WaveletScattering(levels=(1, 2), max_dilation=1)).plan(np.arange(500, 520)),
    ]


ROWS = {
    "all": slice(None),
    "backwards": slice(None, None, -1),
    "some": slice(30, 60, 4),
    "shuffled": np.random.default_rng(1).permutation(75),
    "a few": np.array([70, 2, 41, 3]),
    "a list": [5, 50, 7],
    "a mask": np.random.default_rng(2).random(75) < 0.3,
    "one part": np.arange(54, 39, -2),
    "one row": [74],
    "repeated": np.array([44, 3, 44, 3, 3, 60]),
    "none": np.array([], int),
    "a number": [41],  # what 41 alone means as well
}


@pytest.mark.parametrize("n_jobs", [1, 2, 5])  # also more threads than features
@pytest.mark.parametrize("rows", ROWS)
def test_rows_of_plans_side_by_side_are_their_columns(rows, n_jobs, parts, monkeypatch):
    monkeypatch.setattr(threads, "FEW", 0)
    whole = Together.of(parts)
    Z = np.hstack([part.apply(PANEL) for part in parts])
    plan = whole[ROWS[rows]]
    expected = Z[:, ROWS[rows]]
    assert len(plan) == expected.shape[1]
    np.testing.assert_array_equal(plan.apply(PANEL, n_jobs=n_jobs), expected)
    np.testing.assert_array_equal(plan.rows(PANEL, cases=np.array([7, 1, 30]))[:-1, :3].T, expected[[7, 1, 30]])
    for i in (0, 39):
        one = plan.apply_one(X[i])
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, np.concatenate([part.apply_one(X[i]) for part in parts])[ROWS[rows]])
        np.testing.assert_allclose(one, expected[i], rtol=1e-5, atol=1e-6)
    names = [name for part in parts for name in part.feature_names()]
    assert plan.feature_names() == np.array(names)[ROWS[rows]].tolist()


def test_one_case_is_not_shared_between_threads(parts, monkeypatch):
    """To start one takes longer than all of its features do."""
    plan = Together.of(parts)[::-1]
    expected = plan.apply(PANEL.of_cases(np.array([3])))
    monkeypatch.setattr(threads, "ThreadPoolExecutor", None)
    np.testing.assert_array_equal(plan.apply(PANEL.of_cases(np.array([3])), n_jobs=4), expected)


def test_features_take_no_room_for_threads_that_no_machine_has(parts, monkeypatch):
    """Once, they were looked at in as many pieces as a file said."""
    monkeypatch.setattr(threads, "FEW", 0)
    plan = Together.of(parts)[::-1]
    np.testing.assert_array_equal(plan.apply(PANEL, n_jobs=10**12), plan.apply(PANEL))


@pytest.mark.parametrize("rows", [name for name in ROWS if name != "repeated"])
def test_rows_of_plans_side_by_side_read_their_channels_and_cost_their_convolutions(rows, parts):
    plan = Together.of(parts)[ROWS[rows]]
    places = np.arange(75)[ROWS[rows]]
    channel = np.concatenate([part.channel for part in parts])[places]
    feature, read = plan.reads
    assert sorted(zip(feature.tolist(), read.tolist(), strict=True)) == list(enumerate(channel.tolist()))
    assert plan.channels.tolist() == sorted(set(channel.tolist()))

    used = [part[np.sort(places[(places >= s) & (places < s + len(part))]) - s]
            for part, s in zip(parts, (0, 40, 55), strict=True)]  # fmt: skip
    costs = [part.cost(64) for part in used]
    cost = plan.cost(64)
    assert (cost.n_features, cost.n_channels) == (len(places), len(plan.channels))
    assert cost.n_convolutions == sum(c.n_convolutions for c in costs)
    assert cost.n_multiply_adds == sum(c.n_multiply_adds for c in costs)
    which, multiply_adds = plan.convolutions(64)
    assert sorted(set(which.tolist())) == list(range(len(multiply_adds)))
    alone = np.concatenate([w[k] for k, w in (part.convolutions(64) for part in used)])
    np.testing.assert_array_equal(multiply_adds[which], alone[np.argsort(np.argsort(places))])


def test_repeated_rows_of_plans_side_by_side_read_their_channels(parts):
    feature, read = Together.of(parts)[[44, 3, 44]].reads
    channel = np.concatenate([part.channel for part in parts])[[44, 3, 44]]
    assert sorted(zip(feature.tolist(), read.tolist(), strict=True)) == list(enumerate(channel.tolist()))


def test_rows_of_rows_are_rows(parts):
    whole = Together.of(parts)
    once, twice = whole[[60, 3, 44, 2, 41]][[4, 0, 1]], whole[[41, 60, 3]]
    assert once == twice
    assert once[[0]] == whole[[41]]
    assert [len(part) for part in once.parts] == [1, 1, 1], "what is not needed is not kept"
    assert whole[[41]].parts == (parts[1][[1]],)


def test_plans_side_by_side_are_equal_when_all_is_and_survive_a_pickle(parts):
    whole = Together.of(parts)
    assert whole == Together.of(list(parts))
    assert whole[::2] == whole[::2]
    assert whole != whole[::-1]
    assert whole != Together.of([parts[0], parts[1][::-1], parts[2]])
    assert whole != Together.of(parts[:2])
    assert whole != parts[0]
    assert whole != replace(whole, channel_names=tuple("abcdef"))
    for rows in (slice(None, None, 3), [3, 3, 70], []):
        assert pickle.loads(pickle.dumps(whole[rows])) == whole[rows]
    copy = pickle.loads(pickle.dumps(whole[::3]))
    np.testing.assert_array_equal(copy.apply(PANEL), whole[::3].apply(PANEL))


def test_parts_without_rows_are_left_out_and_one_alone_stays_what_it_is(parts):
    assert Together.of([parts[0][:0], parts[1], parts[2][:0]]) is parts[1]
    assert Together.of([parts[0], parts[1][:0], parts[2]]).parts == (parts[0], parts[2])
    assert len(Together.of([parts[0][:0], parts[1][:0]])) == 0
    assert Together.of([parts[0][:0], parts[1]]).shift is parts[1].shift


def test_plans_side_by_side_are_joined_like_others(parts):
    whole = Together.of(parts)
    for rows in ([whole[:50], whole[50:]], [whole, whole[::-1]], [whole[[3]], whole[[60, 41]], whole[:2]]):
        one = joined(rows)
        np.testing.assert_array_equal(one.apply(PANEL), np.hstack([some.apply(PANEL) for some in rows]))
        np.testing.assert_array_equal(one.costs_alone(90), np.concatenate([some.costs_alone(90) for some in rows]))


def test_a_name_that_several_parts_give_ends_in_the_number_of_the_part():
    mini, multi = (bank(n_features=672, random_state=0).fit(X[:, :1]).plan_ for bank in (MiniRocket, MultiRocket))
    whole = Together.of([mini, multi])
    names = whole.feature_names()
    assert len(set(names)) == len(names)
    shared = set(mini.feature_names()) & set(multi.feature_names())
    assert shared
    assert {f"{name}~{part}" for name in shared for part in (1, 2)} < set(names)
    assert whole[: len(mini)].feature_names() == mini.feature_names(), "alone, none is ambiguous"


@pytest.mark.parametrize(
    "order", [np.arange(1, 76), np.arange(74), np.zeros(75, int), np.arange(75) - 1, np.array([], int)], ids=len
)
def test_a_wrong_order_is_refused(order, parts):
    whole = Together.of(parts)
    whole.check()
    whole[::-1].check()
    with pytest.raises(ValueError, match=r"order must (name each of the 75 columns|be (an array|from 0 to 74))"):
        replace(whole, order=order).check()


def test_what_is_wrong_with_a_part_is_said(parts):
    Together.of(parts).check()
    with pytest.raises(ValueError, match="channel must be from 0 to 5"):
        Together.of([parts[0], replace(parts[1], channel=parts[1].channel + 3)]).check()
    with pytest.raises(ValueError, match="kernel must be from 0 to 83"):
        Together.of([replace(parts[0], kernel=parts[0].kernel + 84), parts[1]]).check()
    with pytest.raises(ValueError, match=r"piece has shape \(14,\) instead of \(15,\), like channel"):
        Together.of([parts[0], replace(parts[1], piece=parts[1].piece[1:])]).check()
    with pytest.raises(ValueError, match=r"scale must be from .*, but holds 0"):
        replace(Together.of(parts), parts=(replace(parts[0], scale=np.zeros(6)), *parts[1:])).check()
    with pytest.raises(ValueError, match="order must name"):
        replace(Together.of(parts), parts=()).check()


def test_one_row_of_a_plan_is_a_plan_of_one_row(parts):
    for plan in (*parts, Together.of(parts)):
        for row in (3, np.int64(3), -1):
            assert plan[row] == plan[[row]]
            assert plan[row].apply(PANEL).shape == (PANEL.n_cases, 1)
        with pytest.raises(IndexError):
            plan[len(plan)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": np.full(6, 0.5)}, r"part 1 standardises .*: its shift differs"),
        ({"scale": np.full(6, 0.5)}, r"part 1 standardises .*: its scale differs"),
        ({"shift": np.zeros(7), "scale": np.ones(7)}, "part 1 has 7 channels, but the plan 6"),
        ({"channel_names": tuple("abcdef")}, r"part 1 names its channels \('a', 'b', .*, but the plan \('u', "),
    ],
)
def test_plans_of_other_channels_are_not_put_side_by_side(change, message, parts):
    named = replace(parts[0], channel_names=tuple("uvwxyz"))
    with pytest.raises(ValueError, match=message):
        Together.of([named, replace(parts[1], **change)])
    with pytest.raises(ValueError, match=message):
        replace(Together.of([named, parts[1]]), parts=(named, replace(parts[1], **change))).check()


def test_plans_side_by_side_have_the_names_and_the_length_that_one_of_them_has(parts):
    names = tuple("uvwxyz")
    longer = replace(parts[1], channel_names=names, n_timepoints=parts[0].n_timepoints + 7)
    whole = Together.of([parts[0], longer])
    assert (whole.channel_names, whole.n_timepoints) == (names, longer.n_timepoints)
    assert {name[0] for name in whole.feature_names()} <= set(names), "and not ch0, ch1, ..."


def test_no_plans_cannot_be_put_side_by_side():
    with pytest.raises(ValueError, match="parts is empty: give at least one plan"):
        Together.of([])
