"""What the ranks of ``test_mpi.py`` do: fit in several groups and with several mistakes, and print what came of it.

Run as ``mpiexec -n 5 python -m mpi4py tests/mpi_fit.py``: all ranks do a few tasks, and the first three do all. Rank 0
prints one JSON object, which says for each task what every rank ended with: a digest of the model, what was asked for
instead, or an error. With ``resume FOLDER`` behind it, three also go on from what the jobs of ``mpi_fault.py`` left
there.
"""

import hashlib
import importlib
import importlib.util
import json
import pickle
import sys
import time
import warnings
from contextlib import ExitStack, contextmanager
from unittest import mock

import numpy as np
from wide import WIDE, sweep

PAPER = {"selection": "mrmr"}
DETACHMENT = {"search_candidates": 400, "random_state": 0}
GROUP = 4  # channels of a group, where there are groups
DEALT_UNEVENLY = (  # models that ranks also find which hold very different numbers of channels, whatever the bank
    f"Prism, detached, {GROUP} channels together",
    f"WaveletScattering, mRMR, {GROUP} channels together",
    f"several lists, detached, {GROUP} channels together",
    "unequal lengths",
    "one channel in a group",
)
APART = (
    "default",
    "Prism",
    "MiniRocket",
    "WaveletScattering",
    "several lists",
)  # banks that are tried without groups too
JUDGED = (  # models that are also judged on cases which their choice has not seen
    "default",
    "Prism",
    "several lists",
    "as many features as are good",
    "cheap features",
    "some cases",
    "unequal lengths",
    "a class with one case",
    "a head of one's own",
)


def series():
    """Three classes on two channels, in few enough values for ties."""
    rng = np.random.default_rng(0)
    y = np.arange(30) % 3
    X = rng.integers(-2, 3, (30, 2, 40)).astype(np.float32)
    X[y == 1, 0] += np.sin(np.arange(40, dtype=np.float32))
    X[y == 2, 1] *= 2
    return X, y


def many_channels(n_channels=40, n_timepoints=30):
    """Many channels, of which two tell three classes apart."""
    rng = np.random.default_rng(1)
    y = np.arange(36) % 3
    X = rng.standard_normal((36, n_channels, n_timepoints)).astype(np.float32)
    X[y == 1, 7] += 2 * np.sin(np.arange(n_timepoints, dtype=np.float32))
    X[y == 2, n_channels - 7] *= 3
    return X, y


def few_channels():
    """Fourteen channels: three groups of four and one of two."""
    return many_channels(14, 24)


def unequal():
    """Fourteen channels, and cases of several lengths."""
    X, y = few_channels()
    return [x[:, : 24 - i % 5] for i, x in enumerate(X)], y


def rare():
    """A class with one case, of which a warning tells."""
    warnings.filterwarnings("ignore", ".* has fewer than 3 cases")
    X, y = few_channels()
    y[5] = 3
    return X, y


def models():
    """What is fitted: for each name the series, and the parameters."""
    from sklearn.neighbors import KNeighborsClassifier

    from lightwaves import MiniRocket, MorletScattering, MultiRocket, Prism, Rocket, WaveletScattering

    prism, rocket, mini = Prism(320), Rocket(80), MiniRocket(336)
    banks = {
        "default": None,
        "Prism": prism,
        "Rocket": rocket,
        "MiniRocket": mini,
        "MultiRocket": MultiRocket(672),
        "WaveletScattering": WaveletScattering(levels=(1,), max_dilation=2),
        "a list of banks": [prism, mini],
        "several lists": [[prism, rocket], [mini], [WaveletScattering(max_dilation=2)]],
    }
    if importlib.util.find_spec("kymatio"):
        banks["MorletScattering"] = MorletScattering(J=2, Q=1)
    found = {}
    for name, bank in banks.items():
        options = {"bank": bank, "random_state": 0, "honest": WIDE or name in JUDGED}
        for group_size in (None, GROUP) if name in APART else sweep([GROUP], [None]):
            apart = f", {group_size} channels together" if group_size else ""
            detached = options | {"group_size": group_size, "search_candidates": 200}
            found[f"{name}, detached{apart}"] = few_channels, detached
            drawn = {} if name in ("default", "WaveletScattering") else {"search_candidates": 150}
            if name != "several lists":
                found[f"{name}, mRMR{apart}"] = few_channels, options | PAPER | drawn | {"group_size": group_size}
    for name, data, options in (
        ("as many features as are good", few_channels, {"n_features": "auto", "search_candidates": 60}),
        ("cheap features", few_channels, {"frugality": 0.7}),
        ("cheap features, mRMR", few_channels, PAPER | {"frugality": 0.7}),
        ("more cases than candidates", few_channels, {"search_candidates": 30, "n_features": 10}),
        ("more features than cases", few_channels, {"n_features": 60}),
        ("some cases", few_channels, {"search_cases": 18}),
        ("some cases, mRMR", few_channels, PAPER | {"search_cases": 18}),
        ("unequal lengths", unequal, {}),
        ("unequal lengths, mRMR", unequal, PAPER),
        ("a class with one case", rare, {}),
        ("a head of one's own", few_channels, {"classifier": KNeighborsClassifier(3)}),
        ("all channels, as they are", few_channels, {"scale": False, "screen_channels": False}),
        ("one channel in a group", few_channels, {"group_size": 1}),
        ("all channels in a group", few_channels, {"group_size": 14}),
        ("all channels in a group that could be larger", few_channels, {"group_size": 99}),
    ):
        given = {"bank": prism, "group_size": GROUP, "search_candidates": 200, "random_state": 0}
        found[name] = data, given | {"honest": WIDE or name in JUDGED} | options
    return found


def numbers_of(plan):
    """Every array of a plan and of its parts."""
    own = [value for name, value in sorted(vars(plan).items()) if isinstance(value, np.ndarray)]
    return own + [number for part in getattr(plan, "parts", ()) for number in numbers_of(part)]


def some_channels(X, mine):
    """Those channels of an array, of a list of arrays or of a mapping."""
    if isinstance(X, dict):
        return {name: X[name] for i, name in enumerate(X) if i in mine}
    return X[:, mine] if isinstance(X, np.ndarray) else [x[mine] for x in X]


def fitted(comm, X, y, mine=None, shard=None, **parameters):
    """A model, where it is told which channels or cases this rank has, from those alone."""
    from lightwaves import LightWaveSClassifier

    options = {"checkpoint": parameters.pop("checkpoint", None), "comm": comm}
    model = LightWaveSClassifier(**{"n_features": 20} | parameters)
    if shard is not None:
        return model.fit(X[shard], y[shard], cases="mine", **options)
    if mine is None:
        return model.fit(X, y, **options)
    return model.fit(some_channels(X, mine), y, channels=mine, **options)


def digest_of(model, X):
    """A model as a short text: its plan, all that it has learnt, and its predictions."""
    copy = pickle.loads(pickle.dumps(model.plan_[:]))  # without what a plan computes for itself on the way
    numbers = [*numbers_of(copy), model.feature_scores_, model.channel_importances_, model.predict_proba(X)]
    if model.selection == "detach":
        numbers += [model.candidate_channels_, model.bank_errors_, model.selection_path_]
    words = repr((model.n_channels_in_, model.n_features_in_, model.channel_names_, *model.get_feature_names_out()))
    return hashlib.sha256(b"".join(np.ascontiguousarray(n).tobytes() for n in numbers) + words.encode()).hexdigest()


def outcome(comm, X, y, mine=None, **parameters):
    """The model as a short text, or the error."""
    try:
        model = fitted(comm, X, y, mine, **parameters)
        small = model.narrowed()
        if not np.array_equal(small.predict_proba(some_channels(X, model.channels_)), model.predict_proba(X)):
            raise AssertionError("with the kept channels alone predictions are others")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return digest_of(model, X)


def error_of(work):
    """What some work raises."""
    try:
        work()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def uneven(n_channels, group_size, comm):
    """Every second group of channels for the first rank, the others for the last, and nothing for those between."""
    odd = np.arange(n_channels) // group_size % 2
    wanted = {0: odd == 0, comm.size - 1: odd == 1} if comm.size > 1 else {0: odd >= 0}
    return np.flatnonzero(wanted.get(comm.rank, odd > 1))


def of_models(comm):
    """The same model of all channels and of some on each rank, in two ways of dealing them."""
    from lightwaves import channels_of_rank

    for name, (data, parameters) in models().items():
        X, y = data()
        n_channels, size = len(X[0]), parameters["group_size"]
        ways = {"whole": None}
        if size is not None:
            ways["held"] = channels_of_rank(n_channels, size, comm)
        if name in DEALT_UNEVENLY:
            ways["unevenly held"] = uneven(n_channels, size, comm)
        for way, mine in ways.items():
            yield (
                f"{name}: {way}",
                lambda X=X, y=y, mine=mine, parameters=parameters: outcome(comm, X, y, mine, **parameters),
            )


def shard_of(comm, n_cases):
    """Neighbours of this rank, of each a different number."""
    ends = [n_cases * rank**2 // comm.size**2 for rank in range(comm.size + 1)]
    return slice(ends[comm.rank], ends[comm.rank + 1])


@contextmanager
def few_are_many():
    """Dozens of cases are dealt with as hundreds of thousands are."""
    from lightwaves.estimators import judging
    from lightwaves.search import block_moments, gathering, passes, roles

    with ExitStack() as at_end:
        for module, name, value in (
            (block_moments, "MANY_VALUES", 0),
            (roles, "FIRST", 18),
            (judging, "MANY", 30),
            (passes, "PIECE", 5),
            (gathering, "AT_ONCE", 5000),
        ):
            at_end.enter_context(mock.patch.object(module, name, value))
        yield


def as_if_many(*arguments, **options):
    """What comes of a fit with few cases that are dealt with as many are."""
    with few_are_many():
        return outcome(*arguments, **options)


def of_shards(comm):
    """Ranks with cases of their own: such as are brought together, and such as stay; and mistakes of the second."""
    from lightwaves import Prism

    X, y = few_channels()
    mine, here = shard_of(comm, len(y)), comm.rank == 1
    given = {"bank": Prism(160), "shard": mine, **DETACHMENT}
    yield "own cases", lambda: outcome(comm, X, y, **given)
    yield "own cases, many", lambda: as_if_many(comm, X, y, **given)
    yield "own cases, counted", lambda: counted(comm, X, y, **given | {"search_candidates": 150})
    yield "own cases of another dtype", lambda: outcome(comm, X.astype(np.float64) if here else X, y, **given)
    yield "own cases and whole", lambda: outcome(comm, X, y, **given | ({"shard": None} if here else {}))
    for name, target in (
        ("gathering", "search.gathering.Take.__call__"),
        ("adding up", "search.passes.AddUp.__call__"),
        ("measuring", "search.block_moments.moments_of_block"),
    ):

        def fit(target=target):
            with intercepted(target, 1, fail) if here else ExitStack():
                return as_if_many(comm, X, y, **given)

        yield f"own cases, fault in {name}", fit


def small_models(comm):
    """Few tasks, for groups of ranks and for more ranks than channels."""
    from lightwaves import Prism, WaveletScattering, channels_of_rank

    X, y = series()
    tiny = WaveletScattering(levels=(1,), max_dilation=1)
    mine, wide = channels_of_rank(2, 1, comm), channels_of_rank(40, 7, comm)
    apart = {"group_size": 1, "bank": [Prism(160), tiny]}
    yield "plain", lambda: outcome(comm, X, y, **PAPER)
    yield "fewer blocks than ranks", lambda: outcome(comm, X[:, :1], y, bank=tiny, **PAPER)
    yield "one block, detached", lambda: outcome(comm, X[:, :1], y, bank=Prism(40), **DETACHMENT)
    if comm.size < 4:
        yield "default", lambda: outcome(comm, X, y, random_state=0)
    yield "many channels", lambda: outcome(comm, *many_channels(), **DETACHMENT)
    yield "many held channels", lambda: outcome(comm, *many_channels(), wide, **DETACHMENT, group_size=7)
    yield "held, detached", lambda: outcome(comm, X, y, mine, **apart, **DETACHMENT)
    yield "held, mRMR", lambda: outcome(comm, X, y, mine, **apart, **PAPER, random_state=0)
    yield "two cases", lambda: outcome(comm, X[:2], y[:2], bank=Prism(40), honest=False, **DETACHMENT)


def named(comm):
    """Channels with names, in three ways, of held ones and of all."""
    from lightwaves import LightWaveSClassifier, Prism, channels_of_rank

    X, y = few_channels()
    mine, names = channels_of_rank(14, GROUP, comm), [f"sensor {i:02d}" for i in range(14)]
    mapping = {name: X[:, i] for i, name in enumerate(names)}
    parameters = {"bank": Prism(160), "group_size": GROUP, "honest": False, **DETACHMENT}
    part = some_channels(mapping, mine)
    yield "names of a mapping", lambda: outcome(comm, mapping, y, mine, **parameters)
    yield "names as a parameter", lambda: outcome(comm, X, y, mine, channel_names=names, **parameters)
    yield "names, whole", lambda: outcome(comm, mapping, y, **parameters)
    mixed, odd = (
        dict(reversed(part.items())),
        LightWaveSClassifier(n_features=20, channel_names=names[::-1], **parameters),
    )
    yield (
        "names of a mapping in another order",
        lambda: digest_of(
            LightWaveSClassifier(n_features=20, channel_names=names, **parameters).fit(
                mixed, y, comm=comm, channels=mine
            ),
            X,
        ),
    )
    yield "names of other channels", lambda: error_of(lambda: odd.fit(part, y, comm=comm, channels=mine))
    yield "too few names", lambda: outcome(comm, X, y, mine, channel_names=names[:13], **parameters)


def mistakes(comm):
    """Ranks that were given different things: here the second something else than the others."""
    from sklearn.linear_model import LogisticRegression

    from lightwaves import MiniRocket, Prism, WaveletScattering

    X, y = series()
    here = comm.rank == 1
    tiny = WaveletScattering(levels=(1,), max_dilation=1)
    given = {"bank": Prism(40), "search_candidates": 200, "random_state": 0}

    def fit(X=X, y=y, mine=None, **other):
        return outcome(comm, X, y, mine, **given | (other if here else {}))

    first, later = X.copy(), X.copy()
    first[17, 0, 3] += 1
    later[0, 1, 39] += 1
    lists = [x[:, : 40 - i % 2] for i, x in enumerate(X)]
    others = [x[:, : 40 - (i + 1) % 2] for i, x in enumerate(X)]
    yield "other y", lambda: fit(y=np.roll(y, 1) if here else y)
    yield "other names of classes", lambda: fit(y=y + 1 if here else y)
    yield "other time points", lambda: fit(X[:, :, :39] if here else X)
    yield "other channels", lambda: fit(X[:, :1] if here else X)
    yield "other cases", lambda: fit(X[:29] if here else X, y[:29] if here else y)
    yield "other dtype", lambda: fit(X.astype(np.float64) if here else X)
    yield "other lengths", lambda: fit(others if here else lists)
    yield "other values", lambda: fit(X + 1 if here else X)
    yield "another value of the first channel", lambda: fit(first if here else X)
    yield "another value of the first case", lambda: fit(later if here else X)
    for name, value in (
        ("n_features", 21),
        ("scale", False),
        ("search_cases", 20),
        ("screen_channels", False),
        ("search_candidates", 201),
        ("group_size", 1),
        ("frugality", 0.1),
        ("classifier", LogisticRegression()),
        ("channel_names", ["a", "b"]),
        ("selection", "mrmr"),
        ("bank", Prism(48)),
        ("bank of another kind", MiniRocket(84)),
    ):
        parameter = name.split(" ")[0]
        yield f"other {name}", lambda parameter=parameter, value=value: fit(**{parameter: value})
    yield "other lists of banks", lambda: outcome(comm, X, y, bank=[[tiny], [tiny]] if here else [tiny, tiny])
    yield (
        "other search_candidates of the default banks",
        lambda: outcome(comm, X, y, search_candidates=200 + here, random_state=0),
    )

    yield "a checkpoint", lambda: fit(checkpoint="nowhere")

    wide, classes = few_channels()
    even = {"group_size": GROUP, **given}
    parts = [[0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7], [12, 13]]  # of three ranks

    def hold(*held, size=GROUP, cases=classes):
        mine = np.array(held[comm.rank], np.intp)
        return outcome(comm, wide, cases, mine, **even | {"group_size": size})

    yield "held", lambda: hold(*parts)
    yield "other group_size of held channels", lambda: hold(*parts, size=2 if here else GROUP)
    yield "other y of held channels", lambda: hold(*parts, cases=classes[::-1] if here else classes)
    yield "a channel twice", lambda: hold(parts[0], [4, 5, 6, 7, 8], parts[2])
    yield "a channel missing", lambda: hold(parts[0], [4, 5, 7], parts[2])
    yield "a group on two ranks", lambda: hold([0, 1, 2, 3, 8], [4, 5, 6, 7], [9, 10, 11, 12, 13])
    yield "no channels at all", lambda: hold([], [], [])
    yield "channels out of order", lambda: hold(parts[0], [4, 6, 5, 7], parts[2])
    yield "held and whole", lambda: outcome(comm, wide, classes, None if here else np.arange(14), **even)
    yield "held without groups", lambda: hold(*parts, size=None)

    nan, y_here = X.copy(), y * 0 if here else y
    nan[14, 1, 7] = np.nan  # of a case that the second of three ranks looks at
    yield "NaN", lambda: fit(nan)
    yield "one class", lambda: fit(y=y_here)
    yield "a parameter that makes no sense", lambda: fit(search_cases=1)


@contextmanager
def intercepted(target, nth, act):
    """Before the nth call of a function or method of the package something is done; yields a list of the calls."""
    path, _, name = f"lightwaves.{target}".rpartition(".")
    module, _, owner = path.rpartition(".")
    holder = getattr(importlib.import_module(module), owner) if owner[0].isupper() else importlib.import_module(path)
    work, calls = getattr(holder, name), []

    def instead(*arguments, **options):
        calls.append(1)
        if len(calls) == nth:
            act()
        return work(*arguments, **options)

    with mock.patch.object(holder, name, instead):
        yield calls


def fail():
    """What a rank does that fails."""
    raise MemoryError("too much")


def small_pieces():
    """Work in smaller pieces, so that ranks have some each; no model depends on it."""
    from lightwaves.banks import candidates
    from lightwaves.search import moments, shares

    candidates.DRAWN_BLOCK, shares.SCORED, moments.MOMENTS_BLOCK = 32, 1, 2000


FAULTS = {  # for each name: the rank that fails, in which function, in which of its calls; and the model
    "measuring": (0, "panel.panel.channel_moments", 1, "Prism, detached, 4 channels together"),
    "screening": (1, "search.screening.Score.__call__", 1, "Prism, detached, 4 channels together"),
    "offering": (2, "banks.prism.Prism.candidates", 1, "Prism, detached"),
    "drawing": (1, "banks.candidates._draw_ids", 1, "Prism, detached"),
    "scoring": (1, "search.shares.ScoreBlocks.__call__", 2, "WaveletScattering, mRMR, 4 channels together"),
    "computing the shortlist": (2, "search.shares.my_ids", 1, "Rocket, mRMR, 4 channels together"),
    "correlations": (1, "search.shares.overlaps", 1, "Prism, mRMR, 4 channels together"),
    "redundancy": (0, "search.shares.least_redundant", 1, "Prism, mRMR, 4 channels together"),
    "computing candidates": (
        2,
        "search.shares.ComputeBlocks.__call__",
        1,
        "MultiRocket, detached, 4 channels together",
    ),
    "standardising": (1, "selection.products.standardise", 1, "Prism, detached"),
    "the first products": (1, "selection.products.add_products", 1, "Prism, detached"),
    "one of several lists": (2, "selection.products.Dual.left_out", 1, "several lists, detached"),
    "the first ridge": (0, "selection.products.Dual.__init__", 4, "Prism, detached"),  # after one for each penalty
    "coefficients of a later round": (
        1,
        "selection.products.Gram.coefficients",
        2,
        "Prism, detached, 4 channels together",
    ),
    "what goes": (0, "selection.detachment.strongest", 3, "Prism, detached"),
    "products of a later round": (2, "selection.products.add_products", 3, "Prism, detached"),  # which it would solve
    "products of a round of the next": (1, "selection.products.add_products", 3, "Prism, detached"),
    "a later ridge": (1, "selection.products.Dual.__init__", 2, "Prism, detached"),
    "steps of a later ridge": (2, "search.shared_ridge.in_steps", 1, "Prism, detached"),
    "how well a later ridge does": (2, "selection.products.Dual.left_out", 1, "Prism, detached, 4 channels together"),
    "turning": (0, "selection.products.Covariance.__init__", 1, "Prism, detached"),
    "a late ridge": (0, "selection.products.Covariance.ridge", 2, "Prism, detached"),
    "features of the head": (1, "estimators.judging.part_of", 1, "Prism, detached, 4 channels together"),
    "the head": (0, "estimators.judging.put_together", 1, "Prism, detached"),
}


def faults(comm):
    """One rank fails in its share of a fit, once in every stage."""
    from lightwaves import channels_of_rank

    known = models()
    for name, (rank, target, nth, which) in FAULTS.items():
        (X, y), parameters = known[which][0](), known[which][1]

        def fit(X=X, y=y, mine=None, parameters=parameters, rank=rank, target=target, nth=nth):
            if comm.rank != rank:
                return outcome(comm, X, y, mine, **parameters)
            with intercepted(target, nth, fail) as calls:
                told = outcome(comm, X, y, mine, **parameters)
            return told if len(calls) >= nth else f"{target} was called {len(calls)} times only"

        yield f"fault in {name}", fit
        if parameters["group_size"]:
            mine = channels_of_rank(14, GROUP, comm)
            yield f"fault in {name}, held", lambda fit=fit, mine=mine: fit(mine=mine)


def counted(comm, X, y, mine=None, **parameters):
    """What a fit says to other ranks."""
    from lightwaves.parallel.comm import Counted

    through = Counted(comm)
    model = fitted(through, X, y, mine, **parameters)
    left = model.selection_path_["n_features"].tolist() if model.selection == "detach" else []
    return {"calls": through.calls, "left": left, "n_bytes": through.n_bytes, "size": comm.size}


def conversations():
    """Fits whose messages are counted: for each name the parameters, the number of channels, and the way."""
    from lightwaves import MiniRocket, Prism, WaveletScattering

    tiny = WaveletScattering(levels=(1,), max_dilation=1)
    alone = {"bank": Prism(160), "search_candidates": 150}
    mixed = {"bank": [[Prism(160)], [MiniRocket(168)], [Prism(80), tiny], [tiny]], "search_candidates": 150}
    found, corners, others = {}, [(8, "whole"), (32, "held")], [(32, "whole"), (8, "held")]
    for name, parameters, ways in (
        ("mRMR", {"bank": tiny, **PAPER}, corners + others),
        ("mRMR, as they are", {"bank": tiny, "scale": False, **PAPER}, sweep(corners, others)),
        ("detached", alone, corners + others),
        ("detached, in the dual to the end", alone | {"n_features": 60}, sweep(corners, others)),
        ("detached, few candidates", alone | {"search_candidates": 30, "n_features": 10}, sweep(corners, others)),
        ("detached, auto", alone | {"search_candidates": 60, "n_features": "auto"}, sweep(corners, others)),
        ("detached, four lists", mixed, sweep(corners, others)),
    ):
        for n_channels, way in ways:
            given = {"group_size": GROUP, "random_state": 0} | parameters
            found[f"{name}, {n_channels} channels: {way}"] = given, n_channels, way
    return found


def conversing(comm, many_only=False):
    """They are held; of all channels, or of the larger number only."""
    from lightwaves import channels_of_rank

    for name, (parameters, n_channels, way) in conversations().items():
        X, y = many_channels(n_channels, 24)
        held = channels_of_rank(n_channels, GROUP, comm) if way == "held" else None
        if n_channels > 9 or not many_only:
            yield name, lambda X=X, y=y, held=held, parameters=parameters: counted(comm, X, y, held, **parameters)


def long_conversations(comm):
    """The same candidates of the same number of long and of longer series."""
    from lightwaves import WaveletScattering, channels_of_rank

    bank = WaveletScattering(levels=(1,), max_dilation=1)
    for n_timepoints in (200, 400):
        X, y = many_channels(60, n_timepoints)
        for selection in ("mrmr", "detach"):
            parameters = {"bank": bank, "group_size": 6, "selection": selection, **DETACHMENT}
            for way, mine in (("whole", None), ("held", channels_of_rank(60, 6, comm))):
                yield (
                    f"{selection}, {n_timepoints} time points: {way}",
                    lambda X=X, y=y, mine=mine, p=parameters: counted(comm, X, y, mine, **p)["n_bytes"],
                )


def threads(comm, X, y, n_jobs):
    """The cores that this rank may use, and how many threads its search was given."""
    from lightwaves import Prism
    from lightwaves.estimators import transformer
    from lightwaves.parallel.threads import whereabouts

    seen, search = [], transformer.search

    def spy(*arguments, crew, **options):
        seen.append(crew.n_jobs)
        return search(*arguments, crew=crew, **options)

    with mock.patch.object(transformer, "search", spy):
        fitted(comm, X, y, bank=Prism(40), n_features=9, n_jobs=n_jobs, **DETACHMENT)
    return [*whereabouts(), *seen]


def tasks(comm):
    """Every task by its name; all ranks run all of them in this order."""
    X, y = series()
    rank, one = comm.rank, int(comm.rank == 1)
    yield from small_models(comm)
    yield from of_models(comm)
    yield from of_shards(comm)
    yield from named(comm)
    yield "threads on one rank", lambda: outcome(comm, X, y, n_jobs=1 + one, **PAPER)
    yield "threads on one rank, detached", lambda: outcome(comm, X, y, n_jobs=1 + one, **DETACHMENT)
    yield "a draw of its own on every rank", lambda: outcome(comm, X, y, search_cases=12, random_state=rank, **PAPER)
    yield from mistakes(comm)
    yield from faults(comm)
    yield "once more", lambda: outcome(comm, X, y, **PAPER)
    yield from conversing(comm)
    yield from long_conversations(comm)
    for n_jobs in (-1, 3, None):
        yield f"n_jobs {n_jobs}", lambda n_jobs=n_jobs: threads(comm, X, y, n_jobs)
    yield "n_jobs of its own", lambda: threads(comm, X, y, 1 + one)


def main():
    """Run every task with three ranks, and some with all and with groups of them."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    small_pieces()
    results = {f"{name}, five": world.gather(task()) for name, task in small_models(world)}
    three = world.Split(color=int(world.rank > 2), key=world.rank)
    if world.rank < 3:
        results |= of_three(three)
    end = world.Ibarrier()
    while not end.Test():  # so that those who have no more to do leave the cores to the others
        time.sleep(0.05)
    if world.rank == 0:
        print(json.dumps(results))


def of_three(three):
    """All tasks, for three ranks, and some for groups of them."""
    from mpi4py import MPI

    results = {name: three.gather(task()) for name, task in tasks(three)}
    part = three.Split(color=int(three.rank > 0), key=three.rank)  # rank 0 alone, the others together
    copy = three.Dup()
    results["sizes of the groups"] = three.gather(part.size)
    for name, task in (*small_models(part), *conversing(part, many_only=True)):
        results[f"{name}, in groups"] = three.gather(task())
    for where, comm in (("in a duplicate", copy), ("each alone", MPI.COMM_SELF)):
        some = [pair for pair in small_models(comm) if pair[0] in ("plain", "many held channels")]
        results |= {f"{name}, {where}": three.gather(task()) for name, task in some}
    part.Free()
    copy.Free()
    if len(sys.argv) > 1:
        import mpi_fault

        results |= mpi_fault.resume(three)
    return results


if __name__ == "__main__":
    main()
