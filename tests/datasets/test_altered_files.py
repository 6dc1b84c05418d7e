"""Whatever a file holds, reading it ends soon: in cases that can be written again, or in an error that names a line."""

import gzip
import random
import re
import tracemalloc
import warnings
from time import process_time

import numpy as np
import pytest

from lightwaves import read, read_ts, write_ts

FILES = {
    ".ts": "# about\n@problemName tiny\n@timestamps false\n@missing false\n@univariate false\n@dimensions 2\n"
    "@equalLength true\n@seriesLength 3\n@classLabel true a 'b c' 1\n@data\n"
    "1,2.5,-3e1:4,?,6:a\n7,8,9:-1,.5,1e3:b c\n0,0,NaN:0,0,0:1.0\n",
    ".stamped.ts": "@timestamps true\n@equalLength false\n@targetLabel true\n@data\n"
    "(0,1),(1,2),(2,?):(0,4),(1,5),(2,6):1.5\n(0,1),(1,2):(0,3),(1,4):-2\n",
    ".arff": "% about\n@relation 'x'\n@attribute s relational\n@attribute t0 numeric\n@attribute t1 real\n@end s\n"
    "@attribute class {a,'b c'}\n@data\n'1,2\\n3,4',a\n\"5,?\\n7,8\",'b c'\n",
    ".one.arff": "@relation x\n@attribute t0 numeric\n@attribute t1 real\n@attribute c {1,2}\n@data\n1,2,1\n3,?,2.0\n",
    ".tsv": "1\t.5\t2\t3\n-1.0\t1\tNaN\t3\n2\t1\t2\tNaN\n",
    ".csv": "# about\nwalk,1,2,3\n'walk, up',4,5,?\n",
    ".txt": " 1.0000000e+00 5.0e-01 2\n 2 3 4\n",
}
ALPHABET = [
    *"0123456789.,:;?@'\"\\\n\r\t (){}#%eE+-naN_",
    "\0",
    "ä",
    "\u00a0",
    "\ufeff",
    "1e400",
    "nan",
    "true",
    "false",
    "@data",
]
N_ALTERED = 400  # of each file


def altered(text, rng):
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        place, width = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 1, 2, 10])
        what = rng.choice(["put", "put", "repeat", "move"])
        piece = rng.choice(ALPHABET) if what == "put" else text[place : place + width + 1] * rng.choice([1, 2, 50])
        place = rng.randrange(len(text) + 1) if what == "move" else place
        text = text[:place] + piece + text[place + width :]
    return text


def outcome(path):
    """X, y, and the text of an error."""
    try:
        return *read(path), ""
    except ValueError as error:
        return None, None, str(error)


def check_reads_or_names_its_line(path):
    """That a file gives cases that come back when they are written, or an error with its name and line."""
    X, y, error = outcome(path)
    if error:
        assert re.match(rf"{re.escape(str(path))}, line [1-9]\d*: .+\.$", error, re.DOTALL), error
        assert len(error) < len(str(path)) + 400
        return False
    assert len(X) > 0
    assert y is None or (len(y) == len(X) and y.dtype.kind in "Uf")
    assert len({x.shape[0] for x in X}) == 1
    assert not any(np.isinf(x).any() for x in X)
    again = path.with_name("again.ts")
    write_ts(X, y, again)
    X_again, y_again = read_ts(again, dtype=X[0].dtype)
    for x, x_again in zip(X, X_again, strict=True):
        np.testing.assert_array_equal(x, x_again)
    np.testing.assert_array_equal(y, y_again)
    return True


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*(is not known and left out|is missing, but the head|time points, but)")
@pytest.mark.parametrize("ending", FILES)
def test_altered_files_are_read_or_refused_with_their_line(ending, tmp_path):
    rng = random.Random(ending)
    path = tmp_path / f"set{ending}"
    n_read = 0
    for _ in range(N_ALTERED):
        path.write_bytes(altered(FILES[ending], rng).encode(rng.choice(["utf-8", "latin-1"]), errors="replace"))
        n_read += check_reads_or_names_its_line(path)
    assert 0.02 * N_ALTERED < n_read < 0.9 * N_ALTERED, "the alterations are too hard, or too soft"


@pytest.mark.filterwarnings("ignore:.*(is not known and left out|is missing, but the head)")
def test_altered_archives_are_read_or_refused_with_their_line(tmp_path):
    rng = random.Random(0)
    path = tmp_path / "set.ts.gz"
    for _ in range(N_ALTERED):
        packed = bytearray(gzip.compress(FILES[".ts"].encode(), mtime=0))
        for _ in range(rng.choice([0, 1, 1, 2])):
            packed[rng.randrange(2, len(packed))] = rng.randrange(256)
        path.write_bytes(packed[: rng.choice([len(packed), rng.randrange(2, len(packed))])])
        check_reads_or_names_its_line(path)


MANY = 5_000
ROW = ",".join(["1"] * MANY)
HOSTILE = {
    "a long row among short ones.ts": "@data\n" + ROW + ":a\n" + "1:b\n" * MANY,
    "a long row among short ones.csv": "a," + ROW + "\n" + "b,1\n" * MANY,
    "a long channel among short ones.ts": "@equalLength false\n@data\n" + ROW + ":" + "1:" * MANY + "a\n",
    "many cases of uneven channels.ts": "@equalLength false\n@data\n" + ("1," * 500 + "1:" + "1:" * 500 + "a\n") * 50,
    "a long label.ts": "@data\n1:" + "x" * MANY + "\n" + "1:b\n" * MANY,
    "a long label.tsv": "x" * MANY + "\t1\n" + "1\t1\n" * MANY,
    "many classes.ts": "@classLabel true " + " ".join(f"c{i}" for i in range(MANY)) + "\n@data\n"
    + "".join(f"1:c{i}\n" for i in range(MANY)),
    "many classes of two words.ts": "@classLabel true " + " ".join(f"w c{i}" for i in range(MANY)) + "\n@data\n"
    + "".join(f"1:w c{i}\n" for i in range(MANY)),
    "many classes.arff": "@attribute t numeric\n@attribute c {" + ",".join(f"c{i}" for i in range(MANY)) + "}\n@data\n"
    + "".join(f"1,c{i}\n" for i in range(MANY)),
    "huge numbers in the head.ts": "@dimensions 999999999999\n@seriesLength 999999999999\n@data\n1:a\n",
    "many quotes.ts": "@classLabel true " + "'" * 4 * MANY + "\n@data\n1:a\n",
    "many quotes and backslashes.ts": "@classLabel true " + "\"'\\" * MANY + "\n@data\n1:" + "\"'\\" * MANY + "\n",
    "many quotes.arff": "@attribute t numeric\n@attribute c {" + "'a' " * MANY + "}\n@data\n1,a\n",
    "many blanks.ts": "@classLabel true a" + " " * 4 * MANY + ",b\n@data\n1:" + ": " * 2 * MANY + "'a'\n",
    "many brackets.ts": "@timestamps true\n@data\n" + "(" * 4 * MANY + "\n",
    "many keys.ts": "".join(f"@k{i} 1\n" for i in range(MANY)) + "@data\n1:a\n",
    "one long number.ts": "@data\n0." + "1" * 4 * MANY + ":a\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_memory_follows_the_size_of_the_file(name, tmp_path):
    path = tmp_path / name
    path.write_text(HOSTILE[name])
    size = path.stat().st_size
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = outcome(path)[2]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not error or re.match(rf"{re.escape(str(path))}, line [1-9]\d*: ", error)
    assert peak < (1 << 25) + 60 * size, f"{peak / 1e6:.0f} MB for a file of {size / 1e3:.0f} kB"


@pytest.mark.parametrize(
    "text", ["@data\n1:" + "1" * 300_000 + "x\n", "@data\n" + "1" * 300_000 + "x:a\n", "@data\n1:'" + "\\\\" * 300_000]
)
def test_time_follows_the_length_of_a_word(text, tmp_path):
    path = tmp_path / "set.ts"
    path.write_text(text)
    started = process_time()
    outcome(path)
    assert process_time() - started < 20, "a pattern that goes back over all digits takes minutes"


@pytest.mark.slow
def test_time_follows_the_number_of_channels(tmp_path):
    path = tmp_path / "set.ts"
    path.write_text("@timestamps true\n@data\n" + "(1,2):" * 200_000 + "a\n")
    started = process_time()
    assert read_ts(path, timestamps="ignore")[0].shape == (1, 200_000, 1)
    assert process_time() - started < 20, "a copy of the rest of the line for each channel takes minutes"


@pytest.mark.slow
def test_time_follows_the_number_of_classes(tmp_path):
    path = tmp_path / "set.ts"
    names = [f"walk c{i}" for i in range(50_000)]
    path.write_text(f"@classLabel true {' '.join(names)}\n@data\n" + "".join(f"1:{name}\n" for name in names))
    started = process_time()
    assert len(set(read(path)[1])) == len(names)
    assert process_time() - started < 20, "a look through all classes for each case takes minutes"
