"""Files of the UCR archive's form are read, and no others are taken for them."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwaves import read_ucr
from lightwaves.datasets.labels import quoted


def read(text, tmp_path, **options):
    path = tmp_path / "set.csv"
    path.write_bytes(text.encode())
    return read_ucr(path, **options)


@pytest.mark.parametrize(
    "text",
    [
        "1\t.5\t?\t2\n-1\t1\t2\t3\n",
        "1,.5,?,2\n-1,1,2,3\n",
        "1;.5;?;2\n-1;1;2;3\n",
        "1, .5, NaN, 2\r\n-1, 1, 2, 3",
        "  1.0000000e+00  5.0e-01 NaN  2\n -1.0000000e+00  1 2 3\n",
        "# about\n%\n\n'1',.5,?,2\n  # between\n\"-1\",1,2,3\n",
    ],
    ids=["tabs", "commas", "semicolons", "spaces behind commas", "columns", "quotes and comments"],
)
def test_a_file_is_read_whatever_separates_its_fields(text, tmp_path):
    X, y = read(text, tmp_path)
    np.testing.assert_array_equal(X, [[[0.5, np.nan, 2]], [[1, 2, 3]]])
    assert X.dtype == np.float32
    assert y.tolist() == ["1", "-1"]
    assert read(text, tmp_path, dtype="float64")[0].dtype == np.float64


@pytest.mark.parametrize("text", ["a,1,2,NaN\nb,1,?,?\n", "a,1,2\nb,1\n", "a,1,2\nb,1,NaN\n"])
def test_shorter_series_come_as_a_list_however_they_are_padded(text, tmp_path):
    X, _ = read(text, tmp_path)
    assert [x.tolist() for x in X] == [[[1, 2]], [[1]]]


def test_padding_of_all_cases_is_cut(tmp_path):
    X, _ = read("a,1,2,NaN\nb,3,4,?\n", tmp_path)
    assert X.tolist() == [[[1, 2]], [[3, 4]]]


@pytest.mark.parametrize(
    ("field", "label"),
    [("1.0", "1"), ("01", "1"), ("-0", "0"), ("walk up", "walk up"), ("'walk, up'", "walk, up"), ("'#1'", "#1"),
     ("'?'", "?"), ("'01'", "01"), ("it's", "it's")],
)  # fmt: skip
def test_whole_numbers_have_one_form_and_words_are_kept(field, label, tmp_path):
    assert read(f"{field},1,2\n", tmp_path)[1].tolist() == [label]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=10))
def test_a_label_in_quotes_keeps_every_character(tmp_path_factory, label):
    path = tmp_path_factory.mktemp("ucr", numbered=True) / "set.tsv"
    path.write_text(f"{quoted(label)}\t1\t2\n", encoding="utf-8")
    assert read_ucr(path)[1].tolist() == [label]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("time,value\n1,2\n", 1, "expected a class and then numbers, found 'time,value'. If this line names columns"),
        ("0,1,2,3\n1,5,5,5\n", 1, "expected a class and then numbers, found '0,1,2,3'. If this line names columns"),
        ("\u00a0\n", 1, "expected a class, ' ' and values"),
        ("1,2\n1,x\n", 2, "channel 0, time point 0: 'x' is not a finite number"),
        ("0.5,0.6,1\n", 1, "the class '0.5' is not a whole number: the class must come first in a line"),
        ("1;0,5;0,6\n", 1, "';' and ',' both stand in the line"),
        ("1;2;3\n1;0,5;3\n", 2, "',' among values that ';' separates: decimals need a point"),
        ("1,2\t3\n", 1, "'\\t' and ',' both stand in the line"),
        ("\t1\t2\n", 1, "the class is missing"),
        (",1,2\n", 1, "the class is missing"),
        ("?,1,2\n", 1, "the class is missing"),
        ("NaN,1,2\n", 1, "the class is missing"),
        ("'',1,2\n", 1, "the class is missing"),
        ("a,1\nb,1,\n", 2, "channel 0, time point 1: '' is not a finite number"),
        ("a\t1\nb\t1\t\n", 2, "channel 0, time point 1: '' is not a finite number"),
        ("a\n", 1, "expected a class, ' ' and values, found 'a'"),
        ("a,1\nb\n", 2, "expected a class, ',' and values, found 'b'"),
        ("a,1\nb,NaN,?\n", 2, "all values of the case are missing"),
        ("b 1.5\t2\n1 ?\t3\n", 2, "the class '1 ?' is several numbers"),
        ("#1,2,3\n", 1, "a line begins with '#': put a space behind it in a comment, quotes around it in a class"),
        ("a,1\n'b,1\n", 2, "the quotes do not end where the class ends"),
        ("a,1\n'b'c,1\n", 2, "expected a class, ',' and values"),
        ("a,1\nb,-1e400\n", 2, "channel 0, time point 0: a value is too large for float64"),
        ("", 1, "the file holds no case"),
    ],
)
def test_another_form_is_refused_with_file_and_line(text, line, what, tmp_path):
    with pytest.raises(ValueError, match=rf"set\.csv, line {line}: {re.escape(what)}"):
        read(text, tmp_path)


@pytest.mark.parametrize("head", ["class,0,1,2", "y,1,2,3"])
def test_a_line_of_names_before_classes_that_are_numbers_is_refused(head, tmp_path):
    (tmp_path / "set.csv").write_text(f"{head}\n1,5,2,7\n2,5,2,8\n")
    with pytest.raises(ValueError, match="the first line of the file names columns"):
        read_ucr(tmp_path / "set.csv")


@pytest.mark.parametrize("separator", [",", "\t", " "])
def test_a_last_line_that_was_cut_off_is_no_shorter_series(separator, tmp_path):
    text = "a,1,2,3\nb,4,5,6\na,7,8,9\nb,1,2".replace(",", separator)
    with pytest.raises(ValueError, match=r"set\.csv, line 4: 2 values, but 3 in all lines before.* cut off"):
        read(text, tmp_path)
    X, _ = read(text + "\n", tmp_path)
    assert [x.shape[1] for x in X] == [3, 3, 3, 2]
    X, _ = read(text.replace("a", f"a{separator}0", 1), tmp_path)  # lengths differ anyway
    assert [x.shape[1] for x in X] == [4, 3, 3, 2]


@pytest.mark.parametrize("names", [range(5), np.arange(5) / 50, range(2, 7), [1, 2, 5, 10, 20]])
@pytest.mark.parametrize("classes", [["walk", "run"], [1, 2]])
def test_a_first_line_that_pandas_wrote_is_no_case(names, classes, tmp_path):
    """Once, a class called label came out where classes are words, or the columns were other numbers than 0, 1, 2."""
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(4, 5)), columns=names)
    frame.insert(0, "label", classes * 2)
    frame.to_csv(tmp_path / "names.csv", index=False)
    with pytest.raises(ValueError, match=r"names.csv, line [12]: the first line .* names? columns"):
        read_ucr(tmp_path / "names.csv")
    frame.to_csv(tmp_path / "cases.csv", index=False, header=False)
    assert read_ucr(tmp_path / "cases.csv")[1].tolist() == list(map(str, classes * 2))


@pytest.mark.parametrize(
    "text",
    [
        "a,1,2,3\nb,4,5,7\n",
        "a,1,2,3\nb,4,5,6\nb,4,9,6\n",
        "a,1,2,3\nb,4,5,9\na,4,9,6\nb,1,1,1\n",
        "a,1,2\nb,3,1\nb,1,5\n",
    ],
)
def test_a_first_case_that_ascends_evenly_is_a_case_unless_it_is_alone_in_that(text, tmp_path):
    (tmp_path / "few.csv").write_text(text)
    assert len(read_ucr(tmp_path / "few.csv")[0]) == text.count("\n")


def test_one_bad_value_in_the_first_line_is_no_line_of_names(tmp_path):
    with pytest.raises(ValueError, match=r"set\.csv, line 1: channel 0, time point 2: 'NA' is not a finite number"):
        read("a,1,2,NA,4\nb,1,2,3,4\n", tmp_path)


def lines_of(n_cases, n_times):
    """Cases of the UCR archive's form, a text for each value."""
    values = np.random.default_rng(0).normal(size=(n_cases, n_times)).round(3)
    return [[str(i % 2 + 1), *map(str, of_case)] for i, of_case in enumerate(values.tolist())]


@pytest.mark.parametrize(
    "damage", [lambda line: line[:-1], lambda line: line + line, lambda line: line[: len(line) // 2]]
)
@pytest.mark.parametrize("place", [0, 4, 18])
def test_the_one_line_of_another_length_is_told(damage, place, tmp_path):
    """Once, a lost end of line made a case of twice the length, and a broken line a further class, without a word."""
    lines = lines_of(20, 10)
    lines[place] = damage(lines[place])
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, lines)) + "\n")
    with pytest.warns(UserWarning, match=rf"line {place + 1}: .* time points, but 10 in 19 of 20 cases"):
        read_ucr(tmp_path / "a.csv")


def test_series_of_many_lengths_are_taken_as_they_are(tmp_path):
    lines = [line[: 6 + i % 5] for i, line in enumerate(lines_of(20, 10))]
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, lines)) + "\n")
    assert {len(x[0]) for x in read_ucr(tmp_path / "a.csv")[0]} == {5, 6, 7, 8, 9}


def test_decimal_commas_are_no_separators(tmp_path):
    """Once, each number became two time points."""
    values = np.random.default_rng(0).normal(0, 20, size=(20, 10))
    for n_digits in (1, 2, 3):
        lines = [[str(i % 2), *(f"{value:.{n_digits}f}" for value in of_case)] for i, of_case in enumerate(values)]
        (tmp_path / "a.csv").write_text("\n".join(",".join(line).replace(".", ",") for line in lines) + "\n")
        with pytest.raises(ValueError, match=r"line \d+: each second number looks like the decimals of the one before"):
            read_ucr(tmp_path / "a.csv")
    for whole in ("{}", "{:03d}", "1{:03d}"):
        rows = [[str(i % 2 + 1), *(whole.format(i * t % 130) for t in range(10))] for i in range(20)]
        (tmp_path / "a.csv").write_text("\n".join(map(",".join, rows)) + "\n")
        assert len(read_ucr(tmp_path / "a.csv")[0][3, 0]) == 10
    counts = np.random.default_rng(0).poisson(4, size=(20, 10)).clip(0, 9)
    counts[3, 4] = counts[7, 0] = 12
    (tmp_path / "a.csv").write_text("\n".join(f"{i % 2},{','.join(map(str, row))}" for i, row in enumerate(counts)))
    np.testing.assert_array_equal(read_ucr(tmp_path / "a.csv")[0][:, 0], counts)


@pytest.mark.parametrize("absent", ["?", "nan", "NAN", "-nan", "+NaN"])
def test_what_is_a_missing_value_is_no_class(absent, tmp_path):
    """Once, -nan was a class."""
    (tmp_path / "a.csv").write_text(f"1,1,2,3\n{absent},4,5,6\n")
    with pytest.raises(ValueError, match="line 2: the class is missing"):
        read_ucr(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "head",
    ["1,2,3,4,5,6,7,8,9,10", "2,3,4,5,6,7,8,9,10,11", "0.0,0.5,1.0,1.5,2.0,2.5,3.0,3.5,4.0,4.5", "10,9,8,7,6,5,4,3,2,1",
     "wave,100,90,80,70,60,50,40,30,20", "label,256,128,64,32,16,8,4,2,1"],
)  # fmt: skip
def test_a_first_line_that_counts_on_from_its_class_or_down_is_no_case(head, tmp_path):
    """Once, the names 1, 2, 3, ... of columns were read as a case of class 1."""
    body = "".join(",".join(line) + "\n" for line in lines_of(20, 9))
    for text in (body, body.replace("\n1,", "\na,").replace("\n2,", "\nb,").replace("1,", "a,", 1)):
        with pytest.raises(ValueError, match=r"set\.csv, line 1: the first line may name columns"):
            read(f"{head}\n{text}", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3,4,5\n1,5,2,1,7\n2,4,4,1,2\n1,3,2,2,1\n",
        "1,2,3,4,5,6,7\n1,5,2,1,7,7,6\n2,3,4,5,6,7,8\n1,3,2,2,1,2,5\n",
        "1,3,4,5,6,7,8\n1,5,2,1,7,7,6\n2,4,4,1,2,2,3\n1,3,2,2,1,2,5\n",
        "1,2,3,4,5,6,7\n1,5,2,1,7,7,6\n2,4,4,1,2,2,3\n",
        "0,0,0,0,0,0,0\n1,5,2,1,7,7,6\n1,4,4,1,2,2,3\n",
    ],
    ids=["few numbers", "another such case", "a class apart", "few cases", "all equal"],
)
def test_a_first_case_that_may_by_chance_count_on_from_its_class_is_a_case(text, tmp_path):
    assert len(read(text, tmp_path)[0]) == text.count("\n")


@pytest.mark.parametrize("text", ["1 2.5\t3\n2 3.5\t4\n", "1 0,5\n2 0,7\n", "1 2 3;4\n"])
def test_white_space_beside_another_separator_makes_no_class_of_numbers(text, tmp_path):
    """Once, the line "1 2.5<tab>3" was read as a class "1 2.5" with the one value 3."""
    with pytest.raises(ValueError, match=r"set\.csv, line 1: the class '1 \d.*' is several numbers: put the same sep"):
        read(text, tmp_path)
    assert read("'1 2'\t3\nwalk 2\t4\n", tmp_path)[1].tolist() == ["1 2", "walk 2"]
