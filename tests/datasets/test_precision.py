"""Series are float32 unless that would blur them."""

from itertools import pairwise

import numpy as np
import pytest

from lightwaves import read_ts
from lightwaves.datasets import precision

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(4, 2, 50))
WALK = NOISE.cumsum(axis=2)


def is_enough(X):
    return precision.float32_is_enough(
        np.concatenate([np.ravel(x) for x in X]), np.array([np.shape(x)[1] for x in X]), len(X[0])
    )


def slowly_enough(X):
    """The rule, series by series."""

    def median_change(series):
        changes = sorted(abs(b - a) for a, b in pairwise(series) if abs(b - a) > 0)
        return changes[(len(changes) - 1) // 2] if changes else None

    def blurs(series, otherwise):
        errors = [abs(v - float(np.float32(v))) for v in series if v == v]
        median = median_change(series)
        return bool(errors) and max(errors) > (otherwise if median is None else 0.01 * median)

    within = [blurs(channel, np.inf) for x in X for channel in x.tolist()]
    between = [blurs([x[c, 0] for x in X], 0.01) for c in range(len(X[0]))]
    return not any(within + between)


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_the_rule_holds_for_every_series_whatever_is_looked_at_together(block, monkeypatch):
    monkeypatch.setattr(precision, "BLOCK", block)
    rng = np.random.default_rng(1)
    n_enough = 0
    for _ in range(200):
        n_channels = rng.integers(1, 3)
        scale, level = 10.0 ** rng.integers(-3, 3), 10.0 ** rng.integers(0, 10)
        X = [
            rng.normal(size=(n_channels, rng.integers(1, 9))).round(rng.integers(0, 4)) * scale + level
            for _ in range(rng.integers(1, 5))
        ]
        X = [np.where(rng.random(x.shape) < 0.1, np.nan, x) for x in X]
        assert is_enough(X) == slowly_enough(X)
        n_enough += is_enough(X)
    assert 40 < n_enough < 160, "one answer only tells little"


@pytest.mark.parametrize(
    "X",
    [
        NOISE,
        WALK,
        NOISE * 1e-6,
        NOISE * 1e30,
        NOISE + 1e4,
        np.sin(np.arange(20_000) / 3000)[np.newaxis, np.newaxis],
        np.round(NOISE * 1000) + 1e6,
        np.full((3, 1, 5), 0.1),
        np.where(NOISE > 1, np.nan, NOISE),
        np.full((2, 1, 3), np.nan),
    ],
    ids=["noise", "walk", "small", "large", "level", "smooth", "whole numbers", "constant", "missing", "all missing"],
)
def test_float32_is_enough_where_its_rounding_is_small_beside_the_changes(X):
    assert is_enough(X)


@pytest.mark.parametrize(
    "X",
    [
        NOISE + 1.6e9,
        NOISE + 1e7,
        np.concatenate([NOISE, NOISE + 1e8]),
        np.concatenate([NOISE, np.where(np.arange(50) == 3, 0, NOISE + 1e8)]),
        np.array([[[1600000000.123, 1600000001.123]]]),
        np.array([[[1.0, 2.0, 1600000000.123]]]),
        np.array([[[1600000000.123]]]),
        np.array([[[1600000000.1] * 3], [[1600000000.2] * 3]]),
        np.array([[[16777216.0, 16777217.0, 16777218.0]]]),
        NOISE * 1e39,
        NOISE * 1e-45,
    ],
    ids=[
        "epoch", "level", "one case", "one case with a zero", "two points", "a jump", "one value", "between cases",
        "whole numbers", "too large", "too small",
    ],
)  # fmt: skip
def test_float64_stays_where_float32_would_blur(X):
    assert not is_enough(X)


def test_a_file_keeps_what_it_says(tmp_path):
    path = tmp_path / "set.ts"
    path.write_text("@data\n1600000000.123,1600000001.123,1600000002.125:a\n")
    X, _ = read_ts(path)
    assert X.dtype == np.float64
    assert X.tolist() == [[[1600000000.123, 1600000001.123, 1600000002.125]]]
    assert read_ts(path, dtype=np.float32)[0].dtype == np.float32


def test_float64_is_kept_on_request(tmp_path):
    path = tmp_path / "set.ts"
    path.write_text("@data\n0.1,0.2:a\n0.3:b\n")
    for dtype in ("float64", float, np.dtype(float)):
        X, _ = read_ts(path, dtype=dtype)
        assert [x.tolist() for x in X] == [[[0.1, 0.2]], [[0.3]]]
    assert {x.dtype for x in read_ts(path)[0]} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("dtype", "error"), [("float16", ValueError), (int, ValueError), ("text", TypeError)])
def test_another_dtype_is_refused(dtype, error, tmp_path):
    with pytest.raises(error):
        read_ts(tmp_path / "nowhere.ts", dtype=dtype)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(("dtype", "value"), [("float32", "3.5e38"), ("float64", "1.8e308")])
def test_values_too_large_are_refused_negative_ones_too(sign, dtype, value, tmp_path):
    path = tmp_path / "set.ts"
    path.write_text(f"@data\n1,2:3,4:a\n1,2,3:4,5,{sign}{value}:a\n")
    with pytest.raises(ValueError, match=rf"line 3: channel 1, time point 2: a value is too large for {dtype}"):
        read_ts(path, dtype=dtype)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_values_are_read(sign, tmp_path):
    path = tmp_path / "set.ts"
    for dtype in (np.float32, np.float64):
        largest = sign * np.finfo(dtype).max
        for text in (repr(float(largest)), str(dtype(largest))):
            path.write_text(f"@data\n{text},1:a\n")
            assert read_ts(path, dtype=dtype)[0][0, 0, 0] == largest


def test_a_value_too_large_for_float32_is_float64_by_default(tmp_path):
    path = tmp_path / "set.ts"
    path.write_text("@data\n1,-1e39:a\n")
    assert read_ts(path)[0].tolist() == [[[1.0, -1e39]]]
