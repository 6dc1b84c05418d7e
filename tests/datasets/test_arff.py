"""WEKA's files are read as the archives use them, and refused where they say something else."""

import re

import numpy as np
import pytest

from lightwaves import read_arff

BAG = (
    "% about\n@relation 'x y'\n@attribute series relational\n  @attribute t0 numeric\n  @attribute t1 real\n"
    "@end series\n\n@attribute 'the class' {walk,'walk up', \"it\\'s\"}\n@data\n"
)
ONE = "@RELATION x\n@ATTRIBUTE t0 NUMERIC\n@attribute 't 1' Integer\n@attribute class{1,2}\n@DATA\n"


def read(text, tmp_path, **options):
    path = tmp_path / "set.arff"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_arff(path, **options)


def test_rows_of_a_bag_are_channels(tmp_path):
    cases = "'1,2\\n3,4',walk\n% between\n\"5,?\\n 7 , 8 \" , 'walk up'\n'9,9\\n9,9',\"it's\"\n'0,0\\n0,0',walk up\n"
    for text in (BAG + cases, (BAG + cases).replace("\n", "\r\n"), ("\ufeff" + BAG + cases)):
        X, y = read(text, tmp_path)
        np.testing.assert_array_equal(X, [[[1, 2], [3, 4]], [[5, np.nan], [7, 8]], [[9] * 2] * 2, [[0] * 2] * 2])
        assert X.dtype == np.float32
        assert y.tolist() == ["walk", "walk up", "it's", "walk up"]


def test_numeric_attributes_are_one_channel(tmp_path):
    X, y = read(ONE + "1,2,1\n?, 4 , 2.0\n", tmp_path, dtype="float64")
    np.testing.assert_array_equal(X, [[[1, 2]], [[np.nan, 4]]])
    assert X.dtype == np.float64
    assert y.tolist() == ["1", "2"]


def test_missing_values_at_the_end_are_padding(tmp_path):
    X, _ = read(BAG + "'1,2\\n3,?',walk\n'1,?\\n3,?',walk\n", tmp_path)
    np.testing.assert_array_equal(X[0], [[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(X[1], [[1], [3]])


@pytest.mark.parametrize(
    ("head", "case", "y"),
    [
        ("@attribute t numeric\n@attribute target numeric\n", "1,0.5", [0.5]),
        ("@attribute s relational\n@attribute t numeric\n@end s\n@attribute y numeric\n", "'1',-2", [-2]),
        ("@attribute t numeric\n@attribute s string\n", "1,'a b'", ["a b"]),
        ("@attribute s relational\n@attribute t numeric\n@end s\n", "'1'", None),
    ],
)
def test_the_last_attribute_says_what_y_is(head, case, y, tmp_path):
    X, labels = read(f"@relation x\n{head}@data\n{case}\n", tmp_path)
    assert X.tolist() == [[[1]]]
    assert labels is None if y is None else labels.tolist() == y


def test_latin_1_labels_stay_apart(tmp_path):
    text = "@relation x\n@attribute t numeric\n@attribute c {fär,für}\n@data\n1,fär\n2,für\n"
    assert read(text.encode("latin-1"), tmp_path)[1].tolist() == ["fär", "für"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (BAG + "'1,2\\n3',walk\n", 10, "1 time points, but the head says 2"),
        (BAG + "'1,2,3\\n4,5,6',walk\n", 10, "3 time points, but the head says 2"),
        (BAG + "'1,2',walk\n'1,2\\n3,4',walk\n", 11, "2 channels, but 1 in the first case"),
        (BAG + "'1,2\\n3,x',walk\n", 10, "channel 1, time point 1: 'x' is not a finite number"),
        (BAG + "'1,2\\n3,4',run\n", 10, "class 'run' is not among 'walk', 'walk up', \"it's\""),
        (BAG + "'1,2\\n3,4',?\n", 10, "the class is missing"),
        (BAG + "'1,2\\n3,4'\n", 10, "the class is missing"),
        (BAG + "'1,2\\n3,4' walk\n", 10, "the class is missing"),
        (BAG + "'1,2\\n3,4','walk\n", 10, "the quotes do not end where the class ends"),
        (BAG + "1,2,walk\n", 10, "expected series in quotes"),
        (BAG + "'1,2\n3,4',walk\n", 10, "expected series in quotes"),
        (BAG + "'?,?\\n?,?',walk\n", 10, "all values of the case are missing"),
        (BAG, 9, "the file holds no case"),
        (ONE + "1,1\n", 6, "1 time points, but the head says 2"),
        (ONE + "1,2,3,1\n", 6, "3 time points, but the head says 2"),
        (ONE + "{0 1, 2 1}\n", 6, "a sparse line is not read"),
        (ONE + "1,2,1,{3}\n", 6, "class '{3}' is not among '1', '2'"),
        (ONE + "1,-1e400,1\n", 6, "channel 0, time point 1: a value is too large for float64"),
        ("@attribute d date\n@data\n", 1, "an attribute of type 'date' is not read"),
        ("@attribute\n@data\n", 1, "expected a name and a type, found ''"),
        ("@attribute c {a}\n@attribute t numeric\n@data\n", 1, "attribute c is nominal: time points are numeric"),
        ("@attribute t numeric\n@attribute u numeric\n@data\n", 2, "the last attribute, u, is numeric"),
        ("@attribute t numeric\n@attribute s relational\n@attribute u numeric\n@end s\n@data\n", 2, "must come first"),
        ("@attribute s relational\n@attribute t string\n@end s\n@data\n", 2, "a relational attribute of string ones"),
        ("@attribute s relational\n@attribute t numeric\n@data\n", 3, "'@end' is missing"),
        ("@attribute s relational\n@end s\n@data\n", 3, "the file declares no time points"),
        ("@attribute t numeric\n@attribute c {}\n@data\n", 2, "a class without a name, or none at all"),
        ("@attribute t numeric\n@attribute c {a,''}\n@data\n", 2, "a class without a name, or none at all"),
        ("@relation x\n@data\n", 2, "the file declares no time points"),
        ("@attribute t numeric\n@attribute c {a}\n@data 1,a\n2,a\n", 3, "nothing may follow '@data', found '1,a'"),
        ("@relation x\n", 1, "the file ends without '@data'"),
        ("1,2,a\n", 1, "expected '@relation', '@attribute', '@end' or '@data', found '1,2,a'"),
        (
            "@attribute s relational\n@attribute t numeric\n@end s\n@data\n'1',a\n",
            5,
            "the head declares no class, found ',a'",
        ),
        (
            "@attribute t numeric\n@attribute target numeric\n@data\n1,high\n",
            4,
            "the target 'high' is not a finite number",
        ),
        ("@attribute t numeric\n@attribute s string\n@data\n1,''\n", 4, "the class is missing"),
        (
            "@attribute t numeric\n@attribute s string\n@data\n1,1\n2,1.0\n",
            5,
            "the classes '1' and '1.0' are one number, written in two ways",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_line(text, line, what, tmp_path):
    with pytest.raises(ValueError, match=rf"set\.arff, line {line}: .*{re.escape(what)}"):
        read(text, tmp_path)


@pytest.mark.parametrize("line", ["#.5,2,2", "%1,2,1"])
def test_a_damaged_first_character_makes_no_comment_of_a_case(line, tmp_path):
    """Once, such a line was read as a comment, and a case was lost without a word."""
    with pytest.raises(ValueError, match=r"set\.arff, line 7: a line begins with '[#%]'"):
        read(f"{ONE}1,2,1\n{line}\n", tmp_path)
    assert len(read(f"%about\n{ONE}1,2,1\n% {line}\n%\n%\n", tmp_path)[1]) == 1


def test_a_comment_behind_a_class_is_no_part_of_it(tmp_path):
    """Once, "a % one" was read as a class, where Weka reads "a"."""
    head = "@attribute t numeric\n@attribute c string\n@data\n"
    with pytest.raises(ValueError, match=r"set\.arff, line 4: a comment behind the class, found 'a % one': take"):
        read(f"{head}1,a % one\n", tmp_path)
    assert read(f"{head}1,'a % one'\n2,5%\n", tmp_path)[1].tolist() == ["a % one", "5%"]
