"""What is to be learnt is there for every case, and of one kind."""

import warnings
from decimal import Decimal
from threading import Thread

import numpy as np
import pytest

from lightwaves.parallel.threads import one_blas_thread
from lightwaves.validation import (
    check_case_groups,
    check_labels,
    check_names_of_groups,
    check_numbers,
    kept_filters,
    own_filters,
    warn_caller,
)

TWO = np.arange(6) % 2


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["2020", "NaT"], "M8[Y]")[TWO],
        np.array([1, "NaT"], "m8[ns]")[TWO],
        np.array(["walk", None], object)[TWO],
        np.array(["walk", np.nan], object)[TWO],
        np.array([1, None], object)[TWO],
    ],
    ids=["date", "span of time", "None among text", "NaN among text", "None among numbers"],
)
def test_a_case_without_a_label_is_named(labels):
    with pytest.raises(ValueError, match="y has no label for case 1: leave out cases without a label"):
        check_labels(labels, 6)


def test_labels_of_two_kinds_are_refused_by_their_types():
    with pytest.raises(TypeError, match="y mixes labels of the types int, str: make them all text or all numbers"):
        check_labels(np.array(["walk", 1], object)[TWO], 6)


@pytest.mark.parametrize(
    ("labels", "way"),
    [([True, False], "bool"), ([1, 2], "int"), ([1, 2.0], "float"), ([Decimal(1), Decimal(2)], "str")],
)
def test_of_objects_it_is_said_what_holds_them_all(labels, way):
    """As text, 1 and 1.0 would be two classes."""
    with pytest.raises(ValueError, match=rf"such as y\.astype\({way}\)"):
        check_labels(np.array(labels, object)[TWO], 6)


@pytest.mark.parametrize("check", [check_labels, check_numbers])
def test_masked_values_are_no_labels_and_no_numbers(check):
    y = np.ma.array([1, 2, 3, 1, 2, 3], mask=[0, 0, 1, 0, 0, 0])
    with pytest.raises(ValueError, match="y has masked values: leave out the cases for which it has none"):
        check(y, 6)
    y.mask = False
    assert len(check(y, 6)) in (2, 6)


def test_dates_and_objects_of_one_kind_are_labels():
    for labels in (np.array(["2020", "2021"], "M8[Y]")[TWO], np.array(["a", "b"], object)[TWO]):
        classes, codes = check_labels(labels, 6)
        assert (classes[codes] == labels).all()


def test_nullable_ints_of_pandas_stay_ints():
    pandas = pytest.importorskip("pandas")
    y = pandas.Series([1, 2, 3] * 2, dtype="Int64")
    classes, codes = check_labels(y, 6)
    assert classes.dtype == np.int64
    assert classes[codes].tolist() == y.tolist()
    with pytest.raises(ValueError, match="y contains NaN or infinity: case 1"):
        check_labels(pandas.Series([1, None, 2] * 2, dtype="Int64"), 6)


def test_nullable_bools_of_pandas_stay_bools():
    pandas = pytest.importorskip("pandas")
    assert check_labels(pandas.array([True, False] * 3, dtype="boolean"), 6)[0].tolist() == [False, True]
    assert check_labels(pandas.array([True, False] * 3, dtype="boolean"), 6)[0].dtype == bool


def test_nullable_ints_and_bools_in_a_frame_of_one_column_stay_what_they_are():
    """As floats, these two ints are one."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"y": [2**60 + 1, 2**60 + 2] * 3}, dtype="Int64")
    assert check_labels(frame, 6)[0].tolist() == [2**60 + 1, 2**60 + 2]
    assert check_labels(frame == 2**60 + 1, 6)[0].dtype == bool


def test_bools_of_pandas_that_are_categories_or_sparse_stay_bools():
    """Once, predictions were 0.0 and 1.0."""
    pandas = pytest.importorskip("pandas")
    labels = [True, False] * 3
    for y in (pandas.Categorical(labels), pandas.Series(pandas.arrays.SparseArray(labels))):
        classes, codes = check_labels(y, 6)
        assert classes.dtype == bool
        assert classes[codes].tolist() == labels


@pytest.mark.parametrize("labels", [["walk", None], ["walk", np.nan], [None, np.nan, "run"]])
def test_a_list_without_a_label_for_a_case_is_no_list_of_text(labels):
    """Once, NumPy made the text of a list, and None and NaN were classes called None and nan."""
    with pytest.raises(ValueError, match="y has no label for case"):
        check_labels(labels * 3, 3 * len(labels))
    with pytest.raises(ValueError, match="groups has no value for case"):
        check_names_of_groups(labels * 3, 3 * len(labels))


@pytest.mark.parametrize("names", ["babcb", [2, 1, 2, 0, 2], [0, 1, 0, 2, 0]], ids=str)
def test_groups_are_numbered_as_they_come_whatever_they_are_called(names):
    assert check_case_groups(list(names), 5).tolist() == [0, 1, 0, 2, 0]


def test_a_list_of_text_and_numbers_is_refused():
    """Once, 1 and "1" were one class."""
    with pytest.raises(TypeError, match="y mixes labels of the types int, str"):
        check_labels(["walk", 1, "1"] * 2, 6)
    for labels in (
        ["walk", "run"] * 3,
        [1, 0] * 3,
        [True, False] * 3,
        list(np.array(["a", "b"] * 3)),
    ):
        classes, codes = check_labels(labels, 6)
        assert classes[codes].tolist() == list(labels)


def test_series_in_the_place_of_labels_are_told_of():
    """Once, the error was one of dimensions, and named no y."""
    for y in (np.zeros((6, 2, 5)), [np.zeros((2, n)) for n in (3, 4, 5)]):
        with pytest.raises(
            ValueError, match=r"y has (shape|series) .*Is it X\? train_test_split\(X, y\) returns X_train, X_test"
        ):
            check_labels(y, 6)


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="NumPy before 2.0 has no such text")
def test_text_of_any_length_is_labels():
    """Once, it was a TypeError about dtypes of NumPy."""
    kind = np.dtypes.StringDType(na_object=None)
    classes, codes = check_labels(np.array(["walk", "run"] * 3, kind), 6)
    assert classes[codes].tolist() == ["walk", "run"] * 3
    with pytest.raises(ValueError, match="y has no label for case 1"):
        check_labels(np.array(["walk", None, "run"], kind), 3)


def test_a_warning_names_the_line_that_called_also_through_a_decorator():
    within = {"__name__": "lightwaves.estimators.some", "warn_caller": warn_caller, "one_blas_thread": one_blas_thread}
    exec("@one_blas_thread()\ndef work():\n    warn_caller('seen')", within)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        within["work"]()
    assert caught[0].filename == __file__


def test_filters_that_another_thread_has_for_itself_do_not_stay():
    before, kept = list(warnings.filters), kept_filters()
    with own_filters():
        warnings.simplefilter("ignore")
        begins = Thread(target=kept.__enter__)
        begins.start()
        begins.join(0.05)  # it waits for the others
    begins.join()
    kept.__exit__(None, None, None)
    assert list(warnings.filters) == before
