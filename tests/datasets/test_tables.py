"""Tables of readings become series: sorted, checked, and resampled by the stated rule, from pandas and from polars."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwaves import LightWaveSClassifier, from_table

KEYS = {"case": "trial", "time": "second", "label": "gait"}


def a_log(n_cases=3, n_times=6):
    """A table by case and time, of which each case is longer than the one before; values tell where they belong."""
    rows = [
        {"trial": f"t{c}", "second": t, "speed": c + t / 10, "turns": 100 * c + t, "gait": "run" if c % 2 else "walk"}
        for c in range(n_cases)
        for t in range(n_times + c)
    ]
    return pd.DataFrame(rows)


LOG = a_log()
SPEEDS = [[c + t / 10 for t in range(6 + c)] for c in range(3)]


def as_pandas(table):
    return table


def as_polars(table):
    return pytest.importorskip("polars").DataFrame({name: table[name].tolist() for name in table.columns})


def values(X):
    return [x.tolist() for x in X]


@pytest.mark.parametrize("package", [as_pandas, as_polars])
def test_rows_in_any_order_become_series_by_case_and_time(package):
    shuffled = pd.concat([LOG[:1], LOG[1:].sample(frac=1, random_state=0)])
    X, y, names = from_table(package(shuffled), **KEYS)
    order = [f"t{c}" for c in range(3)]
    place = [names.cases.tolist().index(case) for case in order]
    assert [values(X)[i][0] for i in place] == SPEEDS
    assert [values(X)[i][1] for i in place] == [[100 * c + t for t in range(6 + c)] for c in range(3)]
    assert [y[i] for i in place] == ["walk", "run", "walk"]
    assert names.cases.tolist() == list(dict.fromkeys(shuffled["trial"]))
    assert names.channels == ("speed", "turns")


@pytest.mark.parametrize("package", [as_pandas, as_polars])
def test_cases_of_one_length_are_an_array(package):
    X, y, names = from_table(package(LOG[LOG["second"] < 6]), **KEYS)
    assert X.shape == (3, 2, 6)
    assert (X.dtype, y.dtype.kind) == (np.float64, "U")
    X, y, _ = from_table(package(LOG), case="trial", time="second", channels=["turns"])
    assert y is None
    assert {x.dtype for x in X} == {np.dtype(np.int64)}
    assert names.channels == ("speed", "turns")


@pytest.mark.parametrize("dtype", ["float32", "int16", "int64", "uint8", "bool", "Int64", "Float32"])
def test_values_keep_their_dtype(dtype):
    X, _, _ = from_table(LOG.assign(turns=(LOG["turns"] % 2).astype(dtype)), **KEYS, channels=["turns"])
    assert X[0].dtype == np.dtype(dtype.lower())


def test_large_numbers_are_kept_exactly():
    X, _, _ = from_table(LOG.assign(turns=LOG["turns"] + 10**17), **KEYS, channels=["turns"])
    assert X[1][0].tolist() == [10**17 + 100 + t for t in range(7)]


@pytest.mark.parametrize("factor", [2, 3, 0.5])
@pytest.mark.parametrize(("n_other", "n_usual"), [(5, 1), (3, 2), (2, 2), (2, 3), (1, 5)])
def test_sampling_rates_that_differ_are_refused_whichever_is_more_frequent(n_other, n_usual, factor):
    """Once, a factor of 2 was accepted where the slower cases were not fewer."""
    steps = [factor] * n_other + [1] * n_usual
    table = pd.concat([pd.DataFrame({"c": c, "t": np.arange(9) * step, "v": 0.5}) for c, step in enumerate(steps)])
    with pytest.raises(ValueError, match=r"the times of case \d go from"):
        from_table(table, case="c", time="t")
    assert len(from_table(table[table["c"] < n_other], case="c", time="t")[0]) == n_other


@settings(deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.integers(2, 6), min_size=1, max_size=5),
    seed=st.integers(0, 2**32 - 1),
    start=st.sampled_from([0, -5, 1_700_000_000]),
    kind=st.sampled_from(["int64", "float64", "uint8", "datetime64[ms]", "timedelta64[s]"]),
)
def test_a_table_holds_what_it_was_made_of(lengths, seed, start, kind):
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=(2, n)) for n in lengths]
    time = np.concatenate([np.arange(n) for n in lengths]) + (0 if kind == "uint8" else start)
    table = pd.DataFrame(
        {
            "b": np.concatenate([x[1] for x in series]),
            "when": time.astype(np.int64).astype(kind),
            "a": np.concatenate([x[0] for x in series]),
            "key": np.repeat(np.arange(len(lengths)) * 7 % 5, lengths),
        }
    ).sample(frac=1, random_state=seed % 1000)
    X, _, names = from_table(table, case="key", time="when", channels=["a", "b"])
    for x, key in zip(X, names.cases, strict=True):
        original = next(i for i in range(len(lengths)) if i * 7 % 5 == key)
        np.testing.assert_array_equal(x, series[original])


def test_several_columns_can_be_the_key_of_a_case():
    table = LOG.assign(day=np.where(LOG["trial"] == "t2", 2, 1), trial=LOG["trial"].replace("t2", "t0"))
    X, y, names = from_table(table, case=["day", "trial"], time="second", label="gait")
    assert names.cases.tolist() == [(1, "t0"), (1, "t1"), (2, "t0")]
    assert [x.shape[1] for x in X] == [6, 7, 8]
    assert y.tolist() == ["walk", "run", "walk"]
    dated = table.assign(day=pd.to_datetime("2020-01-01") + pd.to_timedelta(table["day"], "D"))
    keys = from_table(dated, case=["day", "trial"], time="second", label="gait")[2].cases
    assert keys[2] == (np.datetime64("2020-01-03"), "t0")
    assert from_table(LOG, **KEYS | {"case": ["trial"]})[2].cases.tolist() == ["t0", "t1", "t2"]


def test_many_columns_of_many_values_can_be_the_key_of_a_case():
    """Once, the values of all columns, multiplied, had to be a number below 2**63."""
    names, numbers = list("abcdefgh"), np.repeat(np.arange(300), 2)
    table = pd.DataFrame(dict.fromkeys(names, numbers) | {"v": np.arange(600.0)})
    X, _, found = from_table(table, case=names, time=None, channels=["v"])
    assert found.cases.tolist() == [(number,) * 8 for number in range(300)]
    assert X.ravel().tolist() == list(range(600))


@pytest.mark.parametrize("package", [as_pandas, as_polars])
def test_a_table_with_a_row_for_each_channel_is_read_too(package):
    long = LOG.melt(id_vars=["trial", "second", "gait"], var_name="sensor", value_name="v")
    shuffled = pd.concat([long[:1], long[1:].sample(frac=1, random_state=0)])
    X, y, names = from_table(package(shuffled), **KEYS, channels="sensor", value="v")
    first = names.cases.tolist().index("t0")
    assert names.channels == ("speed", "turns")
    assert values(X)[first] == [SPEEDS[0], [0, 1, 2, 3, 4, 5]]
    assert y[first] == "walk"
    X, _, names = from_table(package(long.drop(index=2)), **KEYS, channels="sensor", value="v")
    assert np.isnan(X[0][0, 2]), "the other channel has this time"
    assert np.isnan(X[0]).sum() == 1


# --- times --------------------------------------------------------------------------------------------------


def dated(table, zone=None):
    return table.assign(second=pd.Timestamp("2024-03-31", tz=zone) + pd.to_timedelta(table["second"], unit="s"))


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Vienna"])
def test_dates_are_times_in_any_zone(zone):
    assert [x[0] for x in values(from_table(dated(LOG, zone), **KEYS)[0])] == SPEEDS


def test_dates_of_the_standard_library_are_times():
    days = LOG.assign(second=[datetime.date(2024, 2, 27) + datetime.timedelta(s) for s in LOG["second"].tolist()])
    assert [x[0] for x in values(from_table(days, **KEYS)[0])] == SPEEDS


def test_columns_of_polars_that_numpy_has_no_values_for_are_named():
    """Once, polars' own error came out, or one about shapes; decimals were said to be text."""
    polars = pytest.importorskip("polars", "1.18")
    table = as_polars(LOG)
    exact = table.with_columns(polars.col("second").cast(polars.Decimal(20, 6)))
    assert [x[0] for x in values(from_table(exact, **KEYS)[0])] == SPEEDS
    wide = table.with_columns(second=polars.int_range(len(table), dtype=polars.Int128) + 2**70)
    with pytest.raises(ValueError, match="column 'second' has integers of 128 bits: cast it"):
        from_table(wide, **KEYS)
    for several in (polars.struct("turns", "second"), polars.concat_list("turns", "second")):
        with pytest.raises(ValueError, match="column 'both' has several values in each row"):
            from_table(table.with_columns(both=several), **KEYS)


def test_dates_of_polars_are_times():
    polars = pytest.importorskip("polars")
    table = as_polars(LOG).with_columns((polars.col("second") * 1000).cast(polars.Datetime("ms", "UTC")))
    assert [x[0] for x in values(from_table(table, **KEYS)[0])] == SPEEDS
    gap = table.filter(polars.col("turns") != 103)
    X, _, _ = from_table(gap, **KEYS, step=datetime.timedelta(seconds=1))
    assert np.isnan(X[1]).sum() == 2


def test_uneven_times_are_refused_with_their_place_and_the_remedies():
    message = (
        "the times of case 't1' go from 2 to 5, but most steps are 1. Pass step=... to put the readings onto even "
        "steps, with NaN where there is none; or, where only their order counts, sort the table and pass "
        "time=None."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        from_table(LOG[~LOG["turns"].isin([103, 104])], **KEYS)
    with pytest.raises(ValueError, match=r"from 2024-03-31T00:00:02\S* to \S*05\S*, but most steps are 1 s"):
        from_table(dated(LOG[~LOG["turns"].isin([103, 104])]), **KEYS)
    for jitter, fine in ((0.2, True), (0.6, False)):
        table = LOG.assign(second=LOG["second"] + jitter * (LOG["second"] == 3))
        if fine:
            from_table(table, **KEYS)
        else:
            with pytest.raises(ValueError, match=r"go from 2\.0 to 3\.6.*and \d+ others are uneven too"):
                from_table(table, **KEYS)


def test_without_a_time_rows_stand_in_order():
    table = LOG[::-1].drop(columns="second")
    X, _, names = from_table(table, **KEYS | {"time": None})
    assert names.cases.tolist() == ["t2", "t1", "t0"]
    assert values(X)[2][0] == SPEEDS[0][::-1]


def test_a_time_twice_is_refused_or_averaged():
    twice = pd.concat([LOG, LOG[2:4].assign(speed=5.0)])
    with pytest.raises(
        ValueError, match=r"case 't0' has 2 rows for time 2, and 1 other times have several\. Drop all but"
    ):
        from_table(twice, **KEYS)
    X, _, _ = from_table(twice, **KEYS, step=1)
    assert X[0][0].tolist() == [0, 0.1, (0.2 + 5) / 2, (0.3 + 5) / 2, 0.4, 0.5]


def test_resampling_follows_its_rule():
    """Each value is the mean of the readings within half a step; NaN where there is none."""
    time = [10.0, 10.4, 10.5, 11.4, 13.1, 13.9]
    table = pd.DataFrame({"c": "a", "t": time, "v": [1, 2, 4, 8, 16, 32], "w": [1, np.nan, 3, np.nan, 5, 6]})
    X, _, _ = from_table(table, case="c", time="t", step=1)
    np.testing.assert_array_equal(X[0], [[1.5, 6, np.nan, 16, 32], [1, 3, np.nan, 5, 6]])
    X, _, _ = from_table(table, case="c", time="t", step=100)
    np.testing.assert_array_equal(X[0], [[10.5], [3.75]])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), step=st.sampled_from([0.5, 1, 3]))
def test_resampling_is_what_a_loop_over_the_steps_finds(seed, step):
    rng = np.random.default_rng(seed)
    key, time, v = rng.integers(0, 3, 20), rng.integers(-8, 9, 20) / 4, rng.normal(size=20)
    X, _, names = from_table(pd.DataFrame({"c": key, "t": time, "v": v}), case="c", time="t", step=step)
    for x, case in zip(X, names.cases, strict=True):
        own = key == case
        nth = np.floor((time[own] - time[own].min()) / step + 0.5)
        assert x.shape[1] == nth.max() + 1
        for k, found in enumerate(x[0]):
            here = v[own][nth == k]
            np.testing.assert_allclose(found, here.mean() if len(here) else np.nan, rtol=1e-12)


@pytest.mark.parametrize(
    "step", [np.timedelta64(1, "s"), np.timedelta64(1000, "ms"), datetime.timedelta(seconds=1), pd.Timedelta("1s")]
)
def test_a_step_of_dates_is_a_span_of_time(step):
    X, _, _ = from_table(dated(LOG[LOG["turns"] != 3]), **KEYS, step=step)
    assert np.isnan(X[0][:, 3]).all()
    assert [x[0] for x in values(X)][1:] == SPEEDS[1:]


BAD_STEPS = {
    "a word": (True, "1s", TypeError, r"step must be a span of time.*numpy\.timedelta64\(1, 's'\), got '1s'"),
    "a number for dates": (True, 1, TypeError, "step must be a span of time"),
    "months": (True, np.timedelta64(1, "M"), TypeError, "step must be a span of time"),
    "no span": (True, np.timedelta64(0, "s"), ValueError, "step must be above 0"),
    "nothing": (True, np.timedelta64("NaT", "s"), ValueError, "step must be above 0"),
    "another unit": (
        True,
        np.timedelta64(1, "ns"),
        ValueError,
        r"makes 1\.8e\+10 time points of 21 rows.*are 1 s apart",
    ),
    "zero": (False, 0, ValueError, "step must be above 0"),
    "negative": (False, -1, ValueError, "step must be finite and at least 0"),
    "not a number": (False, np.nan, ValueError, "step must be finite"),
    "a span for numbers": (False, datetime.timedelta(1), TypeError, "step must be a number, as the times are numbers"),
    "tiny": (False, 1e-300, ValueError, r"makes 1\.8e\+301 time points of 21 rows: is it in the unit of the time"),
    "huge": (False, 1e9, ValueError, r"makes 3 time points of 21 rows: is it in the unit .* Most rows are 1\.0 apart"),
    "days": (True, np.timedelta64(9, "D"), ValueError, r"step=777600 s makes 3 time points of .* are 1 s apart"),
}


@pytest.mark.parametrize("what", BAD_STEPS)
def test_a_step_that_makes_no_sense_is_refused(what):
    dates, step, error, message = BAD_STEPS[what]
    with pytest.raises(error, match=message):
        from_table(dated(LOG) if dates else LOG, **KEYS, step=step)


# --- what is refused ------------------------------------------------------------------------------------------


def without(column):
    return LOG.assign(**{column: LOG[column].where(LOG["second"] != 2)})


REFUSED = {
    "no such column": (LOG, {"time": "when"}, r"needs one column 'when', but there are \['trial', 'second'"),
    "no such channel": (LOG, {"channels": ["height"]}, r"needs one column 'height', but there are \[[^]]*\]\.$"),
    "a column in the index": (LOG.set_index("second"), {}, r"needs one column 'second'.*reset_index\(\)"),
    "two columns of a name": (pd.concat([LOG, LOG["second"]], axis=1), {}, "'second', but there are several"),
    "a case is missing": (without("trial"), {}, "case column 'trial' is missing in 3 rows, first in row 2"),
    "a time is missing": (without("second"), {}, "time column 'second' is missing or infinite in 3 rows"),
    "a date is missing": (
        dated(LOG).assign(second=dated(LOG)["second"].where(LOG["second"] != 2)),
        {},
        "'second' is missing",
    ),
    "an infinite time": (LOG.assign(second=LOG["second"] / (LOG["second"] != 0)), {}, "missing or infinite"),
    "a label is missing": (without("gait"), {}, "label column 'gait' is missing in 3 rows"),
    "times as text": (LOG.astype({"second": str}), {}, r"time column 'second' has dtype \w+.*pandas\.to_datetime"),
    "times of several zones": (
        LOG.assign(second=[pd.Timestamp(t, unit="s", tz=f"+0{1 + t % 2}:00") for t in LOG["second"]]).astype(
            {"second": object}
        ),
        {},
        r"time column 'second'.*utc=True",
    ),
    "times with a decimal comma": (
        LOG.assign(second=[f"{t},0" for t in LOG["second"]]),
        {},
        r"time column 'second' holds text, such as '\d,0'.*read_csv\(path, decimal=','\)",
    ),
    "values with a decimal comma": (
        LOG.assign(speed=["1", *["0,5"] * (len(LOG) - 1)]),
        {},
        r"such as '0,5'; .*read_csv\(path, decimal=','\)",
    ),
    "two labels": (
        LOG.assign(gait=np.where(LOG["second"] == 2, "rest", LOG["gait"])),
        {},
        "case 't0' has several labels, such as 'rest' and 'walk': a case needs one",
    ),
    "text among the channels": (LOG.assign(note="x"), {}, r"column 'note'.*channels=\[\.\.\.\]"),
    "dates among the channels": (LOG.assign(d=pd.Timestamp("2024")), {}, r"column 'd' has dtype datetime64"),
    "row numbers": (LOG.assign(**{"Unnamed: 0": range(21)}), {}, "column 'Unnamed: 0' has no name of its own"),
    "row numbers of a .parquet": (
        LOG.assign(__index_level_0__=range(21)),
        {},
        "'__index_level_0__' has no name of its",
    ),
    "a number as a name": (LOG.rename(columns={"speed": 3}), {}, "column 3 has no name of its own"),
    "one channel as text": (LOG, {"channels": "speed"}, r"channels must be a list of columns, such as \['speed'\]"),
    "a channel twice": (LOG, {"channels": ["speed", "speed"]}, "channels names a column twice"),
    "no channels": (LOG, {"channels": []}, "no column is left for the channels"),
    "no channels left": (LOG[["trial", "second", "gait"]], {}, "no column is left for the channels"),
    "value without channels": (LOG, {"value": "speed"}, "value needs channels, the one column"),
    "value without time": (LOG, {"value": "speed", "channels": "gait", "time": None}, "and time"),
    "step without time": (LOG, {"step": 1, "time": None}, "step needs time"),
    "no rows": (LOG[:0], {}, "the table has no rows"),
    "no frame": (LOG.to_dict("list"), {}, "table must be a DataFrame of pandas or polars, got dict"),
    "a frame of another package": (
        type("DataFrame", (), {"__module__": "dask.dataframe"})(),
        {},
        "table must be a DataFrame of pandas or polars, got dask.DataFrame",
    ),
    "no case": (LOG, {"case": None}, "case must be the name of a column, or a list"),
    "an empty key": (LOG, {"case": []}, "case must be the name of a column, or a list"),
    "a row for each case": (
        LOG.groupby("trial").first().reset_index(),
        {},
        "each of the 3 cases has one time point only",
    ),
    "a reading twice": (
        pd.concat([LOG.melt(["trial", "second", "gait"], var_name="s", value_name="v")] * 2),
        {"channels": "s", "value": "v"},
        "case 't0' has 2 rows for time 0",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_table_that_cannot_be_read_is_refused_with_the_remedy(what):
    table, changes, message = REFUSED[what]
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        from_table(table, **KEYS | changes)
    assert "np." not in str(caught.value)


def test_a_lazy_frame_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=re.escape("table is a LazyFrame: call .collect() first.")):
        from_table(as_polars(LOG).lazy(), **KEYS)


def test_what_a_table_gives_can_be_fitted():
    rng, log = np.random.default_rng(0), a_log(12, 40)
    log["speed"] = rng.normal(size=len(log)) + (log["gait"] == "run") * np.sin(log["second"])
    X, y, names = from_table(log[rng.random(len(log)) > 0.05], **KEYS, channels=["speed", "turns"], step=1)
    model = LightWaveSClassifier(
        n_features=5, search_candidates=200, missing="interpolate", channel_names=names.channels, random_state=0
    )
    assert model.fit(X, y).score(X, y) == 1
    assert model.channel_names_ == ("speed", "turns")


def test_a_span_of_time_is_no_step_of_times_that_are_numbers():
    table = pd.DataFrame({"case": 0, "time": np.arange(5), "ax": np.arange(5.0)})
    with pytest.raises(TypeError, match="step must be a number, as the times are numbers, got 1 s"):
        from_table(table, case="case", time="time", step=np.timedelta64(1, "s"))


def test_whole_times_that_lie_too_far_apart_to_subtract_are_refused():
    table = pd.DataFrame({"case": 0, "time": [-(2**62), 0, 2**62], "ax": np.arange(3.0)})
    for step in (None, 1):
        with pytest.raises(ValueError, match=r"goes from -4611686018427387904 to 4611686018427387904.*too far"):
            from_table(table, case="case", time="time", step=step)


def test_a_column_that_varies_in_no_case_is_named_unless_channels_are():
    table = LOG.assign(wear=LOG["trial"].str[1:].astype(int))
    keys = {name: column for name, column in KEYS.items() if name != "channels"}
    with pytest.warns(UserWarning, match=r"the columns \['wear'\] are taken for channels, .*: channels=\[\.\.\.\]\."):
        from_table(table, **keys)
    from_table(table, **keys, channels=["wear"])


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_keys_of_a_time_zone_say_what_the_clock_says_there(package):
    """Once, they were told in UTC, where a day is mostly the day before."""
    days = pd.date_range("2024-05-01", periods=3, tz="Europe/Berlin").repeat(5)
    table = pd.DataFrame({"day": days, "t": np.tile(np.arange(5), 3), "x": np.arange(15.0)})
    if package == "polars":
        polars = pytest.importorskip("polars")
        naive = polars.DataFrame({"day": [day.replace(tzinfo=None) for day in days.to_pydatetime()]})
        berlin = naive["day"].dt.replace_time_zone("Europe/Berlin")
        table = polars.DataFrame({"day": berlin, "t": table["t"].tolist(), "x": table["x"].tolist()})
    _, labels, names = from_table(table, case="day", time="t", label="day", channels=["x"])
    assert names.cases.tolist() == labels.tolist() == [f"2024-05-0{day}T00:00:00+02:00" for day in (1, 2, 3)]


def test_a_column_that_is_called_by_a_number_may_be_the_case():
    """Once, only text was taken for one column."""
    table = pd.DataFrame({0: np.repeat([7, 8], 5), "t": np.tile(np.arange(5), 2), "x": np.arange(10.0)})
    assert from_table(table, case=0, time="t")[2].cases.tolist() == [7, 8]


@pytest.mark.parametrize("how", [{"time": None}, {"time": "t"}, {"time": "t", "step": 0.5}])
def test_a_column_that_only_ascends_or_descends_in_each_case_is_told(how):
    table = of_lengths(*[30] * 4).assign(row=np.arange(120), left=np.arange(120, 0, -1) % 30 / 10)
    told = ["t"] * (how["time"] is None) + ["row"]
    first = "say time=...; else " if how["time"] is None else ""
    with pytest.warns(UserWarning, match=re.escape(f"columns {told} are taken for channels, but only ascend")) as seen:
        from_table(table, case="run", **how)
    assert f"If they are such, {first}name those of sensors: channels=[...]." in str(seen[0].message)
    with pytest.warns(UserWarning, match=re.escape("columns ['row'] are taken")):
        from_table(table.assign(row=-table["row"]), case="run", **how | {"time": "t"})
    from_table(table, case="run", channels=["row", "a"], **how)
    from_table(table[:90], case="run", **how)  # too few to tell


def test_names_that_numpy_would_make_one_are_refused():
    """Once, two classes that differ by a NUL at the end were one."""
    labels = ["walk"] * 5 + ["walk\0"] * 5
    table = pd.DataFrame({"c": [0] * 5 + [1] * 5, "t": [*range(5)] * 2, "gait": labels, "x": np.arange(10.0)})
    with pytest.raises(ValueError, match=r"label column 'gait' has 'walk.x00', whose last character, NUL"):
        from_table(table, case="c", time="t", label="gait")


def test_keys_of_a_time_zone_keep_their_nanoseconds():
    """Once, two cases of polars that lay less than a microsecond apart were one."""
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"k": [1, 1, 2, 2], "v": [1.0, 2.0, 3.0, 4.0]})
    table = table.with_columns(polars.col("k").cast(polars.Datetime("ns", "UTC")))
    cases = from_table(table, case="k", time=None)[2].cases
    assert [case.rstrip("0").partition("+")[0] for case in cases] == [
        "1970-01-01T00:00:00.000000001",
        "1970-01-01T00:00:00.000000002",
    ]


def of_lengths(*lengths):
    """A table of cases of these lengths, one behind the other."""
    return pd.concat(
        [pd.DataFrame({"run": f"r{i}", "t": range(n), "a": np.arange(n) % 7}) for i, n in enumerate(lengths)]
    )


@pytest.mark.parametrize("time", ["t", None])
def test_the_few_cases_that_alone_have_another_length_are_told(time):
    """Once, a table that had been cut at the end of a row was taken as it was."""
    whole = of_lengths(*[30] * 12)
    with pytest.warns(UserWarning, match="case 'r11': 12 time points, but 30 in 11 of 12 cases. If rows were lost"):
        X, _, _ = from_table(whole[:-18], case="run", time=time, channels=["a"])
    assert [x.shape[1] for x in X] == [30] * 11 + [12]


@pytest.mark.filterwarnings("error")
def test_cases_of_truly_unequal_lengths_are_taken_as_they_are():
    for lengths in ([30] * 12, range(20, 40), [30] * 8 + [12], [30] * 9 + [20] * 9, [30, 12]):
        from_table(of_lengths(*lengths), case="run", time="t")
    from_table(of_lengths(*[30] * 12, 12), case="run", time="t", step=1)


@pytest.mark.parametrize("alike", [6, 4])
def test_two_logs_that_call_their_cases_alike_are_told(alike):
    """Once, they became half as many cases of double length, without a word."""
    first, second = of_lengths(*[20] * 6).assign(log="x"), of_lengths(*[20] * alike).assign(log="y")
    table = pd.concat([first, second])
    with pytest.warns(
        UserWarning, match=rf"rows of {alike} of 6 cases stand in .* of the key: case=\[\"log\", \"run\"\]"
    ):
        X, _, _ = from_table(table, case="run", time=None, channels=["a"])
    assert X[0].shape == (1, 40)


@pytest.mark.filterwarnings("error")
def test_rows_that_are_interleaved_or_stand_together_say_nothing():
    runs = of_lengths(*[20] * 6)
    twice = pd.concat([runs, of_lengths(*[20] * 2)])
    several = pd.concat([runs, runs])
    for table in (runs, runs.sort_values("t", kind="stable"), several.sort_values("run", kind="stable")):
        from_table(table, case="run", time=None, channels=["a"])
    from_table(several.assign(log=np.repeat(["x", "y"], len(runs))), case=["log", "run"], time=None, channels=["a"])
    from_table(several.assign(t=np.tile(np.arange(20), 12) + 20 * (np.arange(240) >= 120)), case="run", time="t")
    from_table(twice, case="run", time=None, channels=["a"])


@pytest.mark.parametrize("package", [as_pandas, as_polars])
def test_a_case_that_passes_midnight_is_told_where_times_have_no_date(package):
    moments = pd.Timestamp("2024-05-01 23:59:50") + pd.to_timedelta(np.arange(40) * 5, unit="s")
    table = pd.DataFrame({"run": np.repeat(["a", "b"], 20), "at": moments, "a": np.arange(40) % 7})
    how = {"case": "run", "step": np.timedelta64(50, "s")}
    with pytest.warns(UserWarning, match=r"times of case 'a' go from 85 s to 86390 s.* the case passes midnight"):
        from_table(package(table.assign(at=table["at"].dt.time)), time="at", **how)
    from_table(package(table), time="at", **how)
    from_table(package(table[2:].assign(at=table["at"].dt.time[2:])), time="at", **how)


def test_times_of_a_day_of_polars_keep_their_nanoseconds():
    polars = pytest.importorskip("polars")
    ns = [10**13 + 100 * t for t in (2, 0, 1, 3)]
    table = polars.DataFrame({"run": "r", "at": polars.Series(ns).cast(polars.Time), "a": [2, 0, 1, 3]})
    assert from_table(table, case="run", time="at")[0].tolist() == [[[0, 1, 2, 3]]]
    timeless = polars.concat([table, polars.DataFrame({"run": "r", "at": None, "a": 1}, table.schema)])
    with pytest.raises(ValueError, match="time column 'at' is missing or infinite in 1 rows, first in row 4"):
        from_table(timeless, case="run", time="at")


def test_keys_that_read_alike_are_refused():
    """Once, each case of a table that pandas had read in pieces was cut in two, 1 and "1"."""
    frame = pd.DataFrame({"case": pd.Series([1, "1", 2, "2"] * 2, dtype=object), "a": np.arange(8.0)})
    with pytest.raises(ValueError, match="case column 'case' has different values that read alike, such as 1 and '1'"):
        from_table(frame, case="case", time=None)


def test_zones_of_arrow_are_zones():
    """Once, the remedy for such a column of times returned the same column."""
    pytest.importorskip("pyarrow")
    when = pd.date_range("2024-01-01", periods=4, freq="1s", tz="Europe/Paris")
    frame = pd.DataFrame({"case": ["a", "a", "b", "b"], "when": when, "x": np.arange(4.0)})
    frame["when"] = frame["when"].astype("timestamp[ns, tz=Europe/Paris][pyarrow]")
    assert from_table(frame, case="case", time="when")[0].tolist() == [[[0, 1]], [[2, 3]]]


@pytest.mark.parametrize("what", ["case", "label"])
def test_a_key_of_several_values_is_refused_with_its_column(what):
    table = pd.DataFrame({"case": "a", "label": "x", "v": [1.0, 2.0]}).assign(**{what: [["a", "b"]] * 2})
    with pytest.raises(TypeError, match=f"{what} column '{what}' holds what is no name .*make a text or a number"):
        from_table(table, case="case", label="label", time=None)


def test_missing_keys_among_objects_are_called_missing():
    """Once, with pandas 2, several NaN were different values that read alike."""
    frame = pd.DataFrame({"case": pd.Series([float("nan"), "a", float("nan"), "a"], dtype=object), "a": np.arange(4.0)})
    with pytest.raises(ValueError, match="case column 'case' is missing in 2 rows, first in row 0"):
        from_table(frame, case="case", time=None)


@pytest.mark.parametrize("step", [None, 1])
def test_a_column_that_names_a_channel_in_each_row_is_refused(step):
    """Once, it took room for as many values as the square of the rows."""
    frame = pd.DataFrame({"run": "r", "t": np.arange(6000), "sensor": np.arange(6000), "v": 1.0})
    with pytest.raises(ValueError, match="names 6000 channels, which makes 36000000 values of 6000 rows: does"):
        from_table(frame, case="run", time="t", channels="sensor", value="v", step=step)
    few = from_table(frame[:200], case="run", time="t", channels="sensor", value="v", step=step)[0]
    assert np.isfinite(few).sum() == 200


@pytest.mark.slow
def test_a_name_that_is_far_longer_than_the_others_is_refused():
    """Once, an array had room for the longest name in each case, which is the square of what the table holds."""
    runs = [str(run) for run in range(3000)]
    table = pd.DataFrame({"run": np.repeat(runs, 2), "state": np.repeat(["long" * 5000] + ["a"] * 2999, 2), "v": 1.0})
    with pytest.raises(ValueError, match=r"label column 'state' has 'longlong.*, which is so long, beside the others"):
        from_table(table, case="run", time=None, label="state", channels=["v"])
    with pytest.raises(ValueError, match=r"case column 'run' has 'longlong.*, which is so long, beside the others"):
        from_table(table.replace({"run": {"5": "long" * 5000}}), case="run", time=None, channels=["v"])
    few = from_table(table[:20], case="run", time=None, label="state", channels=["v"])[1]
    assert few.tolist() == ["long" * 5000] + ["a"] * 9
