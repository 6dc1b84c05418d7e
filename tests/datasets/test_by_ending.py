"""The ending of a name chooses the reader."""

import gzip

import pytest

from lightwaves import read

TEXTS = {
    ".ts": "@data\n1,2:a\n3,4:b\n",
    ".arff": "@relation x\n@attribute t0 numeric\n@attribute t1 numeric\n@attribute c {a,b}\n@data\n1,2,a\n3,4,b\n",
    ".csv": "a,1,2\nb,3,4\n",
    ".tsv": "a\t1\t2\nb\t3\t4\n",
    ".txt": "a 1 2\nb 3 4\n",
}


@pytest.mark.parametrize("ending", TEXTS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_gives_the_same_cases(ending, packed, tmp_path):
    text = TEXTS[ending].encode()
    path = tmp_path / f"Set_TRAIN{ending.upper() if packed else ending}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(text) if packed else text)
    for form in (path, str(path)):
        X, y = read(form, dtype="float64")
        assert X.tolist() == [[[1, 2]], [[3, 4]]]
        assert X.dtype == float
        assert y.tolist() == ["a", "b"]


@pytest.mark.parametrize("name", ["set.npz", "set", "set.gz", ".ts.zip"])
def test_another_ending_is_refused(name, tmp_path):
    with pytest.raises(
        ValueError, match=r"expected one of \.ts, \.arff, \.csv, \.tsv, \.txt, or one of them and '\.gz'"
    ):
        read(tmp_path / name)
