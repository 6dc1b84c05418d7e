"""The embedded sets are what they say."""

import numpy as np
import pytest

from lightwaves import load_basic_motions, load_japanese_vowels


@pytest.mark.parametrize("split", ["train", "test"])
def test_basic_motions_are_forty_series_of_four_activities(split):
    X, y = load_basic_motions(split)
    assert X.shape == (40, 6, 100)
    assert X.dtype == np.float32
    assert np.isfinite(X).all()
    labels, counts = np.unique(y, return_counts=True)
    assert labels.tolist() == ["Badminton", "Running", "Standing", "Walking"]
    assert counts.tolist() == [10] * 4


@pytest.mark.parametrize(("split", "n_cases", "longest"), [("train", 270, 26), ("test", 370, 29)])
def test_japanese_vowels_are_series_of_unequal_length(split, n_cases, longest):
    X, y = load_japanese_vowels(split)
    assert len(X) == len(y) == n_cases
    assert {x.shape[0] for x in X} == {12}
    assert {x.dtype for x in X} == {np.dtype(np.float32)}
    lengths = [x.shape[1] for x in X]
    assert (min(lengths), max(lengths)) == (7, longest)
    assert all(np.isfinite(x).all() for x in X)
    assert sorted(set(y)) == list("123456789")


@pytest.mark.parametrize("load", [load_basic_motions, load_japanese_vowels])
def test_the_splits_differ_and_the_first_is_the_default(load):
    np.testing.assert_array_equal(load()[0][0], load("train")[0][0])
    assert not np.array_equal(load("train")[0][0], load("test")[0][0])


@pytest.mark.parametrize("load", [load_basic_motions, load_japanese_vowels])
def test_every_call_gives_arrays_of_its_own(load):
    load()[0][0][:] = 7
    assert not (load()[0][0] == 7).all()


@pytest.mark.parametrize(("split", "error"), [("all", ValueError), (None, TypeError)])
def test_another_split_is_refused(split, error):
    with pytest.raises(error, match=r"split must be one of \('train', 'test'\)"):
        load_basic_motions(split)
