"""A stream in C hands out the windows that `Stream` decides on, and touches nothing that is not its own."""

import subprocess

import numpy as np
import pytest
from compiled import ADDRESSES, CPP, PLENTY, STREAM_DRIVER, STRICT, build, tool
from lengths import OTHER_LENGTHS
from wide import sweep

from lightwaves import LightWaveSClassifier, LightWaveSRegressor, Stream
from lightwaves.export import to_c

pytestmark = [pytest.mark.slow, OTHER_LENGTHS]


@pytest.fixture(scope="module")
def samples():
    """A walk of three channels, of which a model reads two."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((3, 150)).cumsum(axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def models(samples):
    """A classifier and a regressor on windows of 24 samples."""
    X = np.stack([samples[:, i : i + 24] for i in range(0, 120, 2)])
    X[:, 1] = 0
    numbers = X[:, 0, -1] - X[:, 0, 0]
    how = {"n_features": 20, "search_candidates": 300, "random_state": 0}
    return LightWaveSClassifier(**how).fit(X, numbers > 0), LightWaveSRegressor(**how).fit(X, numbers)


def pushed(folder, model, samples, hop, anew=-1, **how):
    """The sample and the decision of each window, (n_windows, 2), as C has them."""
    return pushed_into(build(folder, driver=STREAM_DRIVER, **how), model, samples, hop, anew)


def pushed_into(program, model, samples, hop, anew=-1):
    """The same, of a program that was built."""
    read = np.ascontiguousarray(samples[model.plan_.channels].T, np.float32)
    command = [str(program), str(hop), str(anew)]
    done = subprocess.run(command, input=read.tobytes(), capture_output=True, timeout=PLENTY)
    assert (done.returncode, done.stderr) == (0, b"")
    return np.array([line.split() for line in done.stdout.decode().splitlines()], np.float64).reshape(-1, 2)


@pytest.mark.parametrize("n_timepoints", sweep([7, 40], [1, 24]))
def test_windows_and_decisions_are_those_of_a_stream(n_timepoints, models, samples, tmp_path):
    model, _ = models
    to_c(model, tmp_path / "model.c", n_timepoints=n_timepoints, stream=True)
    program = build(tmp_path, driver=STREAM_DRIVER)
    for hop in (1, 2, 5, 24, 41, 200):
        decisions = Stream(model, n_timepoints, hop).push(samples)
        expected = [(d.sample, np.searchsorted(model.classes_, d.label)) for d in decisions]
        assert pushed_into(program, model, samples, hop).tolist() == [list(map(float, pair)) for pair in expected]


def test_a_stream_begins_anew(models, samples, tmp_path):
    model, _ = models
    to_c(model, tmp_path / "model.c", stream=True)
    stream, before, behind = Stream(model, hop=3), samples[:, :50], samples[:, 50:]
    decided = stream.push(before)
    stream.reset()
    expected = [(d.sample, d.label) for d in decided] + [(50 + d.sample, d.label) for d in stream.push(behind)]
    said = pushed(tmp_path, model, samples, 3, anew=50)
    assert [(int(sample), model.classes_[int(number)]) for sample, number in said] == expected


def test_a_regressor_has_a_stream_too(models, samples, tmp_path):
    _, model = models
    exported = to_c(model, tmp_path / "model.c", stream=True)
    assert exported.stream_bytes == 24 + 4 * 24 * len(model.plan_.channels)
    said, decisions = pushed(tmp_path, model, samples, 4), Stream(model, hop=4).push(samples)
    assert said[:, 0].tolist() == [d.sample for d in decisions]
    np.testing.assert_allclose(said[:, 1], [d.label for d in decisions], rtol=1e-5, atol=1e-5)


def test_integers_have_a_stream_too(models, samples, tmp_path):
    model, _ = models
    X = np.stack([samples[:, i : i + 24] for i in range(0, 120, 2)])
    X[:, 1] = 0
    to_c(model, tmp_path / "model.c", dtype="int16", calibration=X, stream=True)
    said, decisions = pushed(tmp_path, model, samples, 4), Stream(model, hop=4).push(samples)
    assert said[:, 0].tolist() == [d.sample for d in decisions]
    assert np.mean(model.classes_[said[:, 1].astype(int)] == [d.label for d in decisions]) > 0.9


@pytest.mark.parametrize("compiler", sweep(["gcc", "clang++"], ["clang", "g++"]))
def test_it_compiles_without_a_warning(compiler, models, samples, tmp_path):
    model, _ = models
    tool(compiler)
    to_c(model, tmp_path / "model.c", stream=True)
    flags = CPP if "++" in compiler else (*STRICT, "-O2")
    assert len(pushed(tmp_path, model, samples, 10, compiler=compiler, flags=flags)) == 13


def test_sanitizers_find_nothing_wherever_the_room_begins(models, samples, tmp_path):
    model, _ = models
    to_c(model, tmp_path / "model.c", stream=True)
    for unaligned in sweep([1, 7], [0]):
        assert len(pushed(tmp_path, model, samples, 10, compiler="gcc", flags=ADDRESSES, unaligned=unaligned)) == 13


def test_without_a_stream_nothing_is_said_of_one(models, tmp_path):
    exported = to_c(models[0], tmp_path / "model.c")
    assert exported.stream_bytes == 0
    for file in (exported.source, exported.header):
        assert not {"model_push", "STREAM"} & set(file.read_text().replace("(", " ").split())


def test_whether_there_is_a_stream_is_true_or_false(models, tmp_path):
    with pytest.raises(TypeError, match="stream must be"):
        to_c(models[0], tmp_path / "model.c", stream="yes")
