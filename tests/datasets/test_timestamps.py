"""Time stamps must stand at regular steps, or be left out on request."""

import numpy as np
import pytest

from lightwaves import read_ts

HEAD = "@timestamps true\n@data\n"


def read(text, tmp_path, **options):
    path = tmp_path / "set.ts"
    path.write_text(text, encoding="utf-8")
    return read_ts(path, **options)


@pytest.mark.parametrize(
    "pairs",
    [
        "(0,1.5),(1,2.5),(2,?)",
        "( 0 , 1.5 ) , (1,2.5) ,(2, NaN)",
        "(2007-01-01 00:00:00,1.5),(2007-01-01 00:01:00,2.5),(2007-01-01 00:02:00,?)",
        "(2007-01-01T00:00:00Z,1.5),(2007-01-01T01:00:00+00:00,2.5),(2007-01-01T02:00:00Z,?)",
        "(2020-01-31,1.5),(2020-02-29,2.5),(2020-03-31,?)",
        "(0.03,1.5),(0.07,2.5),(0.10,?)",
        "(1600000000000,1.5),(1600000000020,2.5),(1600000000040,?)",
        "(-1,1.5),(-.5,2.5),(0,?)",
    ],
    ids=["numbers", "spaces", "dates", "zones", "months", "rounded", "epoch", "negative"],
)
def test_regular_stamps_are_left_out(pairs, tmp_path):
    X, y = read(f"{HEAD}{pairs}:{pairs}:a b\n", tmp_path)
    np.testing.assert_array_equal(X, [[[1.5, 2.5, np.nan]] * 2])
    assert y.tolist() == ["a b"]


@pytest.mark.parametrize(
    ("cases", "line", "what"),
    [
        ("(0,1),(1,2),(3,4):a", 3, "channel 0, time point 1: '1' is not at a regular step"),
        ("(0,1),(1,2):(0,1),(0,2):a", 3, "channel 1: the time stamps do not ascend"),
        ("(1,1),(0,2):a", 3, "channel 0: the time stamps do not ascend"),
        ("(0,1),(1,2):(5,1),(6,1):a", 3, "channel 1 begins at '5', channel 0 at '0'"),
        ("(0,1):(1,1):a", 3, "channel 1 begins at '1', channel 0 at '0'"),
        ("(0,1),(1,2):a\n(0,1),(2,2):a", 4, "channel 0: steps of 2, but 1 in the first case"),
        ("(noon,1):a", 3, "channel 0, time point 0: the time stamp 'noon' is neither a number nor a date"),
        ("(1e999,1):a", 3, "channel 0, time point 0: the time stamp '1e999' is neither"),
        ("(nan,1),(2,1):a", 3, "channel 0, time point 0: the time stamp 'nan' is neither"),
    ],
)
def test_other_stamps_are_refused_unless_they_are_to_be_ignored(cases, line, what, tmp_path):
    with pytest.raises(ValueError, match=rf"set\.ts, line {line}: {what}.*; read_ts with timestamps='ignore'"):
        read(f"{HEAD}{cases}\n", tmp_path)
    X, y = read(f"{HEAD}{cases}\n", tmp_path, timestamps="ignore")
    assert np.isfinite(X).all()
    assert set(y) == {"a"}


def test_every_single_gap_is_seen(tmp_path):
    for n in (3, 4, 10, 100):
        for gap in range(1, n - 1):
            pairs = ",".join(f"({t},1)" for t in range(n) if t != gap)
            if n == 3:
                pairs = f"(0,1),(1,1):a\n{pairs}"
            with pytest.raises(ValueError, match="timestamps='ignore'"):
                read(f"{HEAD}{pairs}:a\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("1,2:a", 3, r"expected '\(time,value\)', found '1,2:a'"),
        ("(0,1),(1,2),:a", 3, r"expected '\(time,value\)', found ':a'"),
        ("(0,1,2):a", 3, r"expected '\(time,value\)', found '\(0,1,2\):a'"),
        ("(0,1) (1,2):a", 3, r"expected ',' or ':' behind '\)', found '\('"),
        ("(0,x):a", 3, "channel 0, time point 0: 'x' is not a finite number"),
        ("(0,1),(1,2)", 3, "the class is missing"),
        ("(0,1),(1,2):", 3, "the class is missing"),
        ("(0,1):(b)", 3, r"expected '\(time,value\)', found '\(b\)'"),
    ],
)
def test_malformed_pairs_are_refused_with_their_line(text, line, what, tmp_path):
    for timestamps in ("regular", "ignore"):
        with pytest.raises(ValueError, match=rf"set\.ts, line {line}: {what}"):
            read(f"{HEAD}{text}\n", tmp_path, timestamps=timestamps)


def test_stamps_go_together_with_all_that_the_head_may_say(tmp_path):
    head = "@timestamps true\n@univariate true\n@classLabel true (b) 8:30\n@data\n"
    assert read(f"{head}(0,1),(1,2):(b)\n(0,1):8:30\n", tmp_path)[1].tolist() == ["(b)", "8:30"]
    head = "@timestamps true\n@classLabel false\n@data\n"
    X, y = read(f"{head}(0,1),(1,2):(0,3),(1,4)\n", tmp_path)
    assert X.tolist() == [[[1, 2], [3, 4]]]
    assert y is None
    with pytest.raises(ValueError, match="line 4: the head says that there is no class, found 'a'"):
        read(f"{head}(0,1),(1,2):a\n", tmp_path)
    head = "@timestamps true\n@equalLength false\n@targetLabel true\n@data\n"
    X, y = read(f"{head}(0,1),(1,2):(0,3):1.5\n", tmp_path)
    np.testing.assert_array_equal(X, [[[1, 2], [3, np.nan]]])
    assert y.tolist() == [1.5]


def test_another_rule_for_stamps_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"timestamps must be one of \('regular', 'ignore'\), got 'sorted'"):
        read(HEAD, tmp_path, timestamps="sorted")


def test_whole_numbers_that_float64_cannot_hold_are_told_apart(tmp_path):
    """Once, stamps in nanoseconds of the epoch, 100 from one to the next, were read as stamps that do not ascend."""
    first = 1700000000000000000
    pairs = ",".join(f"({first + 100 * time},{time})" for time in range(5))
    assert read(f"{HEAD}{pairs}:{pairs}:a\n", tmp_path)[0].shape == (1, 2, 5)
    with pytest.raises(ValueError, match="channel 0, time point 3: '1700000000000000350' is not at a regular step"):
        read(f"{HEAD}{pairs.replace(str(first + 300), str(first + 350))}:a\n", tmp_path)
    later = ",".join(f"({first + 100 * time + 50},{time})" for time in range(5))
    with pytest.raises(ValueError, match="channel 1 begins at '1700000000000000050'"):
        read(f"{HEAD}{pairs}:{later}:a\n", tmp_path)


@pytest.mark.filterwarnings("error")
def test_stamps_too_far_apart_for_a_step_are_refused_without_a_warning_of_numpy(tmp_path):
    with pytest.raises(ValueError, match="channel 0: the time stamps do not ascend"):
        read(f"{HEAD}(-1e308,1),(0,2),(1e308,3):a\n", tmp_path)
