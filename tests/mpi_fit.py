"""What the ranks of ``test_mpi.py`` do: fit in several groups and with several mistakes, and print what came of it.

Run as ``mpiexec -n 3 python -m mpi4py tests/mpi_fit.py``. Rank 0 prints one JSON object, which says for each
task what every rank ended with: the rows of a plan, or an error.
"""

import hashlib
import json
import pickle

import numpy as np

PAPER = {"selection": "mrmr"}
DETACHMENT = {"search_candidates": 400, "random_state": 0}


def series():
    """Three classes on two channels, in few enough values for ties."""
    rng = np.random.default_rng(0)
    y = np.arange(30) % 3
    X = rng.integers(-2, 3, (30, 2, 40)).astype(np.float32)
    X[y == 1, 0] += np.sin(np.arange(40, dtype=np.float32))
    X[y == 2, 1] *= 2
    return X, y


def many_channels():
    """Forty channels, of which two tell three classes apart."""
    rng = np.random.default_rng(1)
    y = np.arange(36) % 3
    X = rng.standard_normal((36, 40, 30)).astype(np.float32)
    X[y == 1, 7] += 2 * np.sin(np.arange(30, dtype=np.float32))
    X[y == 2, 33] *= 3
    return X, y


def numbers_of(plan):
    """Every array of a plan and of its parts."""
    own = [value for name, value in sorted(vars(plan).items()) if isinstance(value, np.ndarray)]
    return own + [number for part in getattr(plan, "parts", ()) for number in numbers_of(part)]


def outcome(comm, X, y, **parameters):
    """The plan and the predictions as a short text, or the error."""
    from lightwaves import LightWaveSClassifier

    try:
        model = LightWaveSClassifier(**{"n_features": 20} | parameters).fit(X, y, comm=comm)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    copy = pickle.loads(pickle.dumps(model.plan_[:]))  # without what a plan computes for itself on the way
    numbers = [*numbers_of(copy), model.feature_scores_, model.predict_proba(X)]
    if model.selection == "detach":
        numbers += [model.candidate_channels_, model.bank_errors_, model.selection_path_]
    return hashlib.sha256(b"".join(np.ascontiguousarray(n).tobytes() for n in numbers)).hexdigest()


def tasks(comm, rank):
    """Every task by its name; all ranks run all of them in this order."""
    from lightwaves import WaveletScattering

    X, y = series()
    here = rank == 1
    tiny = WaveletScattering(levels=(1,), max_dilation=1)
    nan = X.copy()
    nan[4, 1, 7] = np.nan
    yield "plain", lambda: outcome(comm, X, y, **PAPER)
    yield "fewer blocks than ranks", lambda: outcome(comm, X[:, :1], y, bank=tiny, **PAPER)
    yield "threads on one rank", lambda: outcome(comm, X, y, n_jobs=2 if here else 1, **PAPER)
    yield "detachment", lambda: outcome(comm, X, y, **DETACHMENT)
    yield "default", lambda: outcome(comm, X, y, random_state=0)
    yield "many channels", lambda: outcome(comm, *many_channels(), **DETACHMENT)
    yield "a draw of its own on every rank", lambda: outcome(comm, X, y, search_cases=12, random_state=rank, **PAPER)
    yield "other y", lambda: outcome(comm, X, np.roll(y, 1) if here else y)
    yield "other names of classes", lambda: outcome(comm, X, y + 1 if here else y)
    yield "other shape", lambda: outcome(comm, X[:, :, :39] if here else X, y)
    yield "other cases", lambda: outcome(comm, X[:29] if here else X, y[:29] if here else y)
    yield "other values", lambda: outcome(comm, X + 1 if here else X, y)
    yield "other lists of banks", lambda: outcome(comm, X, y, bank=[[tiny], [tiny]] if here else [tiny, tiny])
    yield "other parameters", lambda: outcome(comm, X, y, n_features=21 if here else 20)
    yield "one class", lambda: outcome(comm, X, y * 0 if here else y)
    yield "NaN", lambda: outcome(comm, nan if here else X, y)
    yield "once more", lambda: outcome(comm, X, y, **PAPER)


def main():
    """Run every task with all ranks, and the first with groups of them."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    results = {name: world.gather(task()) for name, task in tasks(world, world.rank)}
    X, y = series()
    part = world.Split(color=int(world.rank > 0), key=world.rank)  # rank 0 alone, the others together
    results["groups"] = world.gather(outcome(part, X, y, **PAPER))
    results["default in groups"] = world.gather(outcome(part, X, y, random_state=0))
    results["many channels in groups"] = world.gather(outcome(part, *many_channels(), **DETACHMENT))
    results["sizes of the groups"] = world.gather(part.size)
    copy = world.Dup()
    results["duplicate"] = world.gather(outcome(copy, X, y, **PAPER))
    part.Free()
    copy.Free()
    if world.rank == 0:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
