"""Under a real mpiexec: every number of ranks gives the model of one process, and no fault makes a rank wait."""

import functools
import json
import re
import shutil
import time
from pathlib import Path
from unittest import mock

import mpi_fault
import numpy as np
import pytest
from jobs import run
from mpi_fit import (
    DEALT_UNEVENLY,
    DETACHMENT,
    FAULTS,
    GROUP,
    PAPER,
    as_if_many,
    conversations,
    few_channels,
    many_channels,
    models,
    outcome,
    series,
)

import lightwaves
from lightwaves import Prism, WaveletScattering
from lightwaves.banks import candidates
from lightwaves.parallel.comm import SerialComm
from lightwaves.parallel.threads import threads_here
from lightwaves.search import moments

pytestmark = pytest.mark.slow

X, Y = series()
HERE = Path(__file__).parents[1]
SECONDS = 30  # in which a job has to end after a fault
N_CASES, N_CLASSES, N_KEPT = 36, 3, 20  # of the fits whose messages are counted
MODELS = models()


# --- jobs ---------------------------------------------------------------------------------------------------


def finished(n_ranks, script, *arguments):
    """What a job that ends well has printed, from JSON."""
    status, out, complaints = run(n_ranks, script, *arguments, timeout=400)
    assert status == 0, out + complaints
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def results(killed):
    """What ranks ended with, by the names of the tasks in ``mpi_fit.py``, and going on from killed jobs."""
    return finished(5, "mpi_fit.py", "resume", killed[0])  # more ranks than there are channels, or blocks of candidates


@functools.cache
def alone(name):
    """The model of one process that knows of no others."""
    data, parameters = MODELS[name]
    return a_model(outcome(None, *data(), **parameters))


def a_model(told):
    """It is one, and no error."""
    assert re.fullmatch("[0-9a-f]{64}", told), told
    return told


# --- one model ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_ranks_end_with_the_model_of_one_process(name, results):
    assert results[f"{name}: whole"] == [alone(name)] * 3


@pytest.mark.parametrize(
    ("name", "way"),
    [(name, "held") for name, (_, parameters) in MODELS.items() if parameters["group_size"]]
    + [(name, "unevenly held") for name in DEALT_UNEVENLY],
)
def test_ranks_that_hold_some_channels_end_with_the_model_of_one_process_that_has_all(name, way, results):
    assert results[f"{name}: {way}"] == [alone(name)] * 3


@pytest.mark.parametrize(("task", "fit"), [("own cases", outcome), ("own cases, many", as_if_many)])
def test_ranks_that_hold_some_cases_end_with_the_model_of_one_process_that_has_all(task, fit, results):
    assert results[task] == [a_model(fit(None, *few_channels(), bank=Prism(160), **DETACHMENT))] * 3


def test_what_one_rank_with_cases_of_its_own_does_wrong_is_told_to_all(results):
    for error in results["own cases of another dtype"]:
        assert error == "ValueError: All ranks must be given the same dtype: rank 0 has float32, rank 1 has float64."
    for error in results["own cases and whole"]:
        assert error == "ValueError: All ranks must be given the same cases=: rank 0 has mine, rank 1 has None."
    for work in ("gathering", "adding up", "measuring"):
        of_ranks = results[f"own cases, fault in {work}"]
        assert of_ranks[1] == "MemoryError: too much"
        assert of_ranks[0] == of_ranks[2] == "RuntimeError: rank 1 failed: MemoryError: too much"


def test_ranks_with_some_cases_say_what_they_have_and_bring_few_series_together(results):
    for record in results["own cases, counted"]:
        assert [name for name, _ in record["calls"]] == ["allgather"] * 2 + calls_of("detached, 32 channels", record)


def test_different_models_are_told_apart():
    assert alone("Prism, detached") != alone("Prism, detached, 4 channels together") != alone("Prism, mRMR")
    assert alone("several lists, detached") not in (alone("Prism, detached"), alone("MiniRocket, detached"))
    assert alone("cheap features") != alone("Prism, detached, 4 channels together")


SMALL = {
    "plain": lambda: outcome(None, X, Y, **PAPER),
    "fewer blocks than ranks": lambda: outcome(
        None, X[:, :1], Y, bank=WaveletScattering(levels=(1,), max_dilation=1), **PAPER
    ),
    "one block, detached": lambda: outcome(None, X[:, :1], Y, bank=Prism(40), **DETACHMENT),
    "default": lambda: outcome(None, X, Y, random_state=0),
    "many channels": lambda: outcome(None, *many_channels(), **DETACHMENT),
    "many held channels": lambda: outcome(None, *many_channels(), **DETACHMENT, group_size=7),
    "held, detached": lambda: outcome(
        None, X, Y, bank=[Prism(160), WaveletScattering(levels=(1,), max_dilation=1)], group_size=1, **DETACHMENT
    ),
    "held, mRMR": lambda: outcome(
        None,
        X,
        Y,
        bank=[Prism(160), WaveletScattering(levels=(1,), max_dilation=1)],
        group_size=1,
        random_state=0,
        **PAPER,
    ),
    "two cases": lambda: outcome(None, X[:2], Y[:2], bank=Prism(40), honest=False, **DETACHMENT),
}


@functools.cache
def small_alone(task):
    """The small model of one process."""
    return a_model(SMALL[task]())


@pytest.mark.parametrize("task", SMALL)
def test_one_two_three_or_five_ranks_end_with_the_same_model(task, results):
    expected = small_alone(task)
    assert results[task] == results[f"{task}, in groups"] == [expected] * 3
    assert task == "default" or results[f"{task}, five"] == [expected] * 5


def test_the_groups_were_of_one_and_of_two_ranks(results):
    assert results["sizes of the groups"] == [1, 2, 2]


@pytest.mark.parametrize("task", ["plain", "many held channels"])
@pytest.mark.parametrize("where", ["in a duplicate", "each alone"])
def test_communicators_are_taken_as_they_are(task, where, results):
    assert results[f"{task}, {where}"] == [small_alone(task)] * 3


def test_channels_were_screened():
    assert small_alone("many channels") != outcome(None, *many_channels(), screen_channels=False, **DETACHMENT)


def test_threads_of_one_rank_change_nothing(results):
    assert results["threads on one rank"] == results["once more"] == [small_alone("plain")] * 3
    assert results["threads on one rank, detached"] == [a_model(outcome(None, X, Y, **DETACHMENT))] * 3


def test_the_first_rank_draws_for_all(results):
    expected = a_model(outcome(None, X, Y, search_cases=12, random_state=0, **PAPER))
    assert results["a draw of its own on every rank"] == [expected] * 3


def test_ranks_put_the_names_of_their_channels_together(results):
    wide, classes = few_channels()
    names = [f"sensor {i:02d}" for i in range(14)]
    expected = outcome(
        None, wide, classes, bank=Prism(160), group_size=GROUP, channel_names=names, honest=False, **DETACHMENT
    )  # its digest tells the names of features
    for task in ("names of a mapping", "names of a mapping in another order", "names as a parameter", "names, whole"):
        assert results[task] == [a_model(expected)] * 3
    for message in results["names of other channels"]:
        assert "The channel names of X should match those seen before: unknown ['sensor" in message
    assert results["too few names"] == ["ValueError: channel_names has 13 names, but X has 14 channels."] * 3


# --- what ranks say to each other -----------------------------------------------------------------------------


def rounds_of(left):
    """The calls of detachment's rounds, which ranks share while features outnumber cases."""
    shared, calls = [n for n in left if n > N_CASES], []
    for number in range(len(shared)):
        calls += ["bcast", "gather", "bcast"]  # duals, importances, and what goes
        if number + 1 < len(shared):
            calls.append("Reduce")  # the products of what is dropped, to the rank that solves the next ridge
        elif len(left) > len(shared):
            calls += ["gather", "bcast"]  # features to the first rank, which does the rest alone
    return [*calls, "gather", "bcast"]  # how well the last shared ridge does, and what is chosen


def calls_of(task, record):
    """Which calls a fit makes, from the order of the work.

    With mRMR 10: facts, moments, offers, scores, columns (allgather each); correlations (gather) and choice (bcast);
    the plan (bcast); features (gather) and the head (bcast). Where ranks hold their own channels 12: the sizes of their
    offers (allgather), and the parts of the plan (gather).

    With detachment, of one list of banks, 15 + 4 r, where r is the number of rounds with more features than cases:
    facts, moments, offers, candidates (allgather each), their products (Reduce), penalty, convolutions (allgather
    each); in each round duals (bcast), importances (gather), what goes (bcast) and the products of that (Reduce), after
    the last round the features instead (gather, bcast); the last score (gather) and what is chosen (bcast); all
    candidates and what is said of the cases left out (allgather each); the plan and the head, as above. If more
    features than cases are kept, 2 fewer; where there are no more candidates than cases, 15, as the candidates
    themselves go to the first rank (gather, bcast) in place of their products. Seven more, where more than nine
    channels are screened: scores, two offers, columns (allgather each), the products of two ridges (Reduce each), and
    how well they do (allgather). Two more, where ranks hold their own: sizes, parts of the plan; and the sizes of the
    two offers of the screening. Of a lists of banks, the survey adds 2 + a: their candidates (allgather), the products
    of their ridges (Reduce each), and how well they do (allgather). A checkpoint adds 3: digests (gather), the seed
    (bcast), and whether all see it (allgather).
    """
    held, wide = task.endswith("held"), "32 channels" in task
    calls = ["allgather"] * 2  # facts, moments
    if task.startswith("mRMR"):
        calls += ["allgather"] * (3 + held)  # offers, their sizes, scores, columns
        calls += ["gather", "bcast"]  # correlations, choice
    else:
        n_lists = 4 if "four lists" in task else 1
        n_candidates = 30 if "few candidates" in task else 150
        if wide:
            calls += ["allgather"] * (1 + 2 * (1 + held) + 1)  # scores, two offers with their sizes, columns
            calls += ["Reduce", "Reduce", "allgather"]  # two ridges, and how well they do
        calls += ["allgather"] * (1 + held)  # offers, their sizes
        products = ["Reduce"] if n_candidates > N_CASES else ["gather", "bcast"]
        if n_lists > 1:
            calls += ["allgather", *["Reduce"] * n_lists, "allgather"]  # the survey
        calls += ["allgather", *products, "allgather"]  # the last: the penalty
        calls += ["allgather", *rounds_of(record["left"])]  # the first: convolutions
        calls += ["allgather"] * 2  # all candidates, cases left out
    calls += ["gather"] * held + ["bcast"] + ["gather", "bcast"]  # the plan, the head
    return calls if task.startswith("mRMR") else [*calls, "bcast"]  # whether cases can judge


CONVERSATIONS = conversations()


def records_of(task, results):
    """What three ranks said, and what a group of two did where it had this task too."""
    return [*results[task], *results.get(f"{task}, in groups", [])[1:]]


@pytest.mark.parametrize("task", CONVERSATIONS)
def test_the_messages_of_a_fit_follow_from_its_rounds_alone(task, results):
    for record in records_of(task, results):
        assert [name for name, _ in record["calls"]] == calls_of(task, record)
    if "32 channels" in task:
        assert results[f"{task}, in groups"][0]["calls"] == []  # one rank has nobody to talk to


@pytest.mark.parametrize("task", CONVERSATIONS)
def test_the_number_of_messages_depends_on_neither_channels_nor_ranks(task, results):
    name, n_channels, way = re.fullmatch("(.*), ([0-9]+) channels: (.*)", task).groups()
    more = 2 * (way == "held")
    n_calls = {
        "detached": 16,
        "detached, auto": 16,
        "detached, in the dual to the end": 14,
        "detached, few candidates": 16,
        "detached, four lists": 16 + 2 + 4,
    }
    for record in records_of(task, results):
        if name.startswith("mRMR"):
            assert len(record["calls"]) == 10 + more
            continue
        n_rounds = sum(n > N_CASES for n in record["left"])
        screening = (7 + more) * (int(n_channels) > 9)
        assert len(record["calls"]) == n_calls[name] + 4 * n_rounds + more + screening
        assert n_rounds > 0 or "few" in name


def sums(records):
    """How many bytes all ranks put into each call."""
    return [sum(n_bytes for _, n_bytes in calls) for calls in zip(*(r["calls"] for r in records), strict=True)]


def close(n_bytes, payload, n_ranks=3):
    """Whether that is the payload and what a pickle adds to a few arrays."""
    return payload <= n_bytes <= payload + 450 * n_ranks


@pytest.mark.parametrize("way", ["whole", "held"])
@pytest.mark.parametrize("n_channels", [8, 32])
def test_what_travels_with_mrmr_is_scores_columns_and_correlations(n_channels, way, results):
    held = way == "held"
    n_bytes = sums(results[f"mRMR, {n_channels} channels: {way}"])
    assert (
        3 * 16 * N_KEPT * 3 / 3 <= n_bytes[3 + held] <= 3 * (16 * 3 * N_KEPT + 450)
    )  # ids, scores of each rank's best
    assert close(n_bytes[4 + held], (8 + 4 * N_CASES) * 3 * N_KEPT)  # the shortlist
    assert close(n_bytes[5 + held], 4 * (3 * N_KEPT - 32) * 3 * N_KEPT)  # the second tile, of the second rank
    assert close(n_bytes[6 + held], (8 + 8) * N_KEPT, 1)
    assert close(n_bytes[-2], 4 * N_CASES * N_KEPT)  # features for the head


@pytest.mark.parametrize("way", ["whole", "held"])
@pytest.mark.parametrize("n_channels", [8, 32])
def test_what_travels_with_detachment_is_products_duals_and_importances(n_channels, way, results):
    records = results[f"detached, {n_channels} channels: {way}"]
    names, n_bytes = [name for name, _ in records[0]["calls"]], sums(records)
    left = records[0]["left"]
    shared = [n for n in left if n > N_CASES]
    at = [i for i, name in enumerate(names) if name == "Reduce"][2 * (n_channels > 9)]  # after those of the screening
    assert close(n_bytes[at - 1], 8 * 150)  # ids of the candidates
    assert n_bytes[at] == 3 * 8 * (N_CASES * (N_CASES + 1) // 2 + 1)
    at += 3
    for number, n_left in enumerate(shared):
        assert close(n_bytes[at], 8 * N_CASES * N_CLASSES, 1)
        assert [r["calls"][at][1] > 0 for r in records] == [rank == number % 3 for rank in range(3)]  # whose turn it is
        assert close(n_bytes[at + 1], 8 * n_left)
        assert close(n_bytes[at + 2], n_left, 1)
        if number + 1 < len(shared):
            assert n_bytes[at + 3] == 3 * 8 * (N_CASES * (N_CASES + 1) // 2 + 1)
            at += 4
    assert len(shared) > 3, "more than one turn of every rank"
    assert close(n_bytes[at + 3], 4 * N_CASES * left[len(shared)])  # features to the first rank
    assert close(n_bytes[at + 5], 8)  # how well the last shared ridge does
    assert close(n_bytes[at + 6], 16 * N_KEPT + 16 * len(left), 1)
    assert close(n_bytes[-3], 4 * N_CASES * N_KEPT)
    assert names[-3] == "gather"


@pytest.mark.parametrize("way", ["whole", "held"])
@pytest.mark.parametrize(("selection", "part"), [("mrmr", 60), ("detach", 6)])
def test_series_stay_where_they_are(selection, part, way, results):
    short, long = (sum(results[f"{selection}, {n} time points: {way}"]) for n in (200, 400))
    assert abs(long - short) < 0.05 * short
    assert long < many_channels(60, 400)[0].nbytes / part


# --- disagreement -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("other y", "y"),
        ("other names of classes", "classes"),
        ("other time points", "shape"),
        ("other channels", "shape"),
        ("other cases", "shape"),
        ("other dtype", "dtype"),
        ("other lengths", "lengths"),
        ("other values", "data"),
        ("another value of the first channel", "data"),
        ("another value of the first case", "data"),
        *(
            (f"other {name}", name)
            for name in (
                "n_features",
                "scale",
                "search_cases",
                "screen_channels",
                "search_candidates",
                "group_size",
                "frugality",
                "classifier",
                "channel_names",
                "selection",
                "bank",
            )
        ),
        ("other bank of another kind", "bank"),
        ("other lists of banks", "bank"),
        ("other search_candidates of the default banks", "search_candidates"),
        ("other group_size of held channels", "group_size"),
        ("other y of held channels", "y"),
        ("a checkpoint", "use of checkpoint"),
        ("held and whole", "use of channels"),
    ],
)
def test_ranks_that_were_given_different_things_all_say_so(task, what, results):
    assert len(set(results[task])) == 1
    message = results[task][0]
    assert message.startswith(f"ValueError: All ranks must be given the same {what}: rank 0 has ")
    assert ", rank 1 has " in message


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ("a channel twice", "channel 8 is held by rank 0 and by rank 1."),
        ("a channel missing", "channel 6 is held by no rank, but channel 13 is."),
        ("a group on two ranks", "channels 8 to 11 are a group of group_size=4, but rank 0 holds channel 8 and rank 2"),
        ("no channels at all", "no rank holds a channel: pass channels=channels_of_rank"),
        ("held without groups", "channels needs group_size"),
    ],
)
def test_ranks_that_cannot_hold_these_channels_all_say_so(task, error, results):
    assert len(set(results[task])) == 1
    assert results[task][0].startswith(f"ValueError: {error}")


def test_ranks_may_hold_groups_in_any_order(results):
    assert a_model(results["held"][0])
    assert len(set(results["held"])) == 1


# --- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ("NaN", "ValueError: X contains NaN: case 14, channel 1, time point 7"),
        ("one class", "ValueError: y has only one class"),
        ("a parameter that makes no sense", "ValueError: search_cases must be at least 2, got 1."),
        ("channels out of order", "ValueError: channels must be ascending numbers from 0 on, got [4, 6, 5, 7]."),
    ],
)
def test_one_ranks_error_is_raised_on_all(task, error, results):
    first, second, third = results[task]
    assert second.startswith(error)
    for message in (first, third):
        assert message.startswith(f"RuntimeError: rank 1 failed: {error}")


FAULTS_HELD = [f"{name}, held" for name, (*_, which) in FAULTS.items() if MODELS[which][1]["group_size"]]


@pytest.mark.parametrize("name", [*FAULTS, *FAULTS_HELD])
def test_a_rank_that_fails_in_its_share_fails_on_all_and_is_named(name, results):
    rank = FAULTS[name.removesuffix(", held")][0]
    expected = [f"RuntimeError: rank {rank} failed: MemoryError: too much"] * 3
    expected[rank] = "MemoryError: too much"
    assert results[f"fault in {name}"] == expected


def test_after_all_these_faults_ranks_still_work_together(results):
    assert results["once more"] == [small_alone("plain")] * 3


def after_fault(kind, folder, n_ranks=2):
    """What a job said that failed, once it has been made sure that it ended soon, and badly."""
    status, out, complaints = run(n_ranks, "mpi_fault.py", kind, folder, timeout=120)
    assert time.time() - float((folder / "fault").read_text()) < SECONDS
    assert status != 0
    return out + complaints


@pytest.mark.parametrize(
    ("kind", "rank", "cause"),
    [
        ("ridge", 1, "MemoryError: too much"),
        ("outside", 1, "LookupError: no such file"),
    ],
)
def test_a_job_of_which_a_rank_fails_ends_soon_and_names_it(kind, rank, cause, tmp_path):
    said = after_fault(kind, tmp_path)
    assert cause in said
    assert f"rank {rank}" in said


# --- going on -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """What jobs said of which a rank was killed, and the files that they left, by the kinds of ``mpi_fault.py``."""
    said, left, folder = {}, {}, tmp_path_factory.mktemp("checkpoints")
    for kind in ("piece", "head of a checkpoint"):
        here = folder / f"job {kind}"
        here.mkdir()
        said[kind] = after_fault(kind, here)
        shutil.copytree(here / "kept", folder / kind)
        left[kind] = {file.name for file in (folder / kind).iterdir()}
        shutil.copytree(folder / kind, folder / f"{kind}, alone")
    return folder, said, left


def pieces(names):
    """Those of finished pieces."""
    return {name for name in names if name.endswith(".piece")}


@pytest.mark.parametrize(("kind", "rank"), [("piece", 1), ("head of a checkpoint", 0)])
def test_a_job_of_which_a_rank_is_killed_ends_soon_and_names_it(kind, rank, killed):
    _, said, _ = killed
    assert re.search(rf"process rank {rank} with PID \d+ .*exited on\s+signal 9", said[kind], re.DOTALL), said[kind]


def test_a_killed_job_leaves_what_was_finished(killed):
    _, _, left = killed
    kept = pieces(left["piece"])
    assert len([name for name in kept if name.startswith("channels")]) >= 2
    assert len([name for name in kept if name.startswith("columns")]) >= 1
    assert [name for name in left["piece"] if name.endswith(".partial")]  # what was being written
    assert len([name for name in pieces(left["head of a checkpoint"]) if name.startswith("columns")]) >= 7


@functools.cache
def uninterrupted():
    """The model of one process that was never killed."""
    return a_model(outcome(None, *few_channels(), bank=mpi_fault.bank(), **mpi_fault.FITTED))


@pytest.mark.parametrize("kind", ["piece", "head of a checkpoint"])
def test_three_ranks_go_on_where_two_were_killed(kind, killed, results):
    folder, _, left = killed
    before, resumed = pieces(left[kind]), results[f"resumed: {kind}"]
    assert [told for told, _ in resumed] == [uninterrupted()] * 3
    n_computed = sum(n for _, n in resumed)
    after = pieces(file.name for file in (folder / kind).iterdir())
    assert before <= after
    assert n_computed == len(after - before)
    assert (n_computed == 0) == (kind != "piece")
    assert not list((folder / kind).glob("*.partial"))


@pytest.mark.parametrize("kind", ["piece", "head of a checkpoint"])
def test_one_process_goes_on_where_two_ranks_were_killed(kind, killed):
    folder, _, left = killed
    with (
        mock.patch.object(candidates, "DRAWN_BLOCK", 32),
        mock.patch.object(moments, "MOMENTS_BLOCK", 2000),
    ):
        channels = np.arange(14) if kind == "piece" else None
        told, n_computed = mpi_fault.resumed(SerialComm(), channels, folder / f"{kind}, alone")
    assert told == uninterrupted()
    assert n_computed == len(list((folder / f"{kind}, alone").glob("*.piece"))) - len(pieces(left[kind]))
    assert (n_computed == 0) == (kind != "piece")


def test_ranks_do_not_go_on_with_another_search(results):
    first, *others = results["resumed: other y"]
    assert re.match("ValueError: checkpoint .* is of another search: (y|data) was ", first)
    assert others == [f"RuntimeError: rank 0 failed: {first}"] * 2


# --- threads ------------------------------------------------------------------------------------------------


def cores(*numbers):
    """What a rank says of itself on one machine."""
    return "a", tuple(numbers)


@pytest.mark.parametrize(
    ("everybody", "expected"),
    [
        ([cores(0, 1, 2, 3)] * 1, [4]),
        ([cores(0, 1, 2, 3)] * 2, [2, 2]),
        ([cores(0, 1, 2, 3)] * 3, [1, 1, 1]),
        ([cores(0, 1)] * 5, [1] * 5),
        ([cores(0, 1), cores(2, 3)], [2, 2]),
        ([cores(0), cores(1, 2, 3)], [1, 2]),
        ([cores(0, 1), cores(1, 2)], [1, 1]),
        ([cores(*range(8)), ("b", tuple(range(8)))], [8, 8]),
        ([cores(*range(8)), ("b", (0, 1)), cores(*range(8))], [4, 2, 4]),
    ],
)
def test_ranks_of_one_machine_share_its_cores(everybody, expected):
    found = [threads_here(-1, everybody, rank) for rank in range(len(everybody))]
    assert found == expected
    for machine in {name for name, _ in everybody}:
        here = [rank for rank, (name, _) in enumerate(everybody) if name == machine]
        n_cores = len(set().union(*(everybody[rank][1] for rank in here)))
        assert sum(found[rank] for rank in here) <= max(n_cores, len(here))


def test_no_rank_starts_more_threads_than_it_has_cores():
    everybody = [cores(0), *[cores(*range(9))] * 2]
    assert [threads_here(-1, everybody, rank) for rank in range(3)] == [1, 3, 3]


@pytest.mark.parametrize(
    ("n_jobs", "expected"), [(-1, 4), (-2, 3), (-4, 1), (-9, 1), (1, 1), (3, 3), (50, 50), (None, 1)]
)
def test_a_number_of_threads_is_taken_as_it_is_and_others_as_joblib_does(n_jobs, expected):
    assert threads_here(n_jobs, [cores(*range(8))] * 2, 1) == expected


def test_a_surrounding_configuration_counts_where_nothing_is_asked_for():
    import joblib

    with joblib.parallel_config(n_jobs=-1):
        assert threads_here(None, [cores(*range(8))] * 2, 1) == 4
        assert threads_here(2, [cores(*range(8))] * 2, 1) == 2


def test_the_threads_of_all_ranks_are_no_more_than_the_cores(results):
    for machine in {name for name, _, _ in results["n_jobs -1"]}:
        here = [(cores_of, n) for name, cores_of, n in results["n_jobs -1"] if name == machine]
        n_cores = len(set().union(*(cores_of for cores_of, _ in here)))
        assert sum(n for _, n in here) <= max(n_cores, len(here))
        assert all(n == max(1, min(n_cores // len(here), len(cores_of))) for cores_of, n in here)
    assert [n for _, _, n in results["n_jobs 3"]] == [3] * 3
    assert [n for _, _, n in results["n_jobs None"]] == [1] * 3
    assert [n for _, _, n in results["n_jobs of its own"]] == [1, 2, 1]


# --- where data lie -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 9])
@pytest.mark.parametrize(("n_channels", "group_size"), [(1, 1), (14, 4), (14, 1), (14, 99)])
def test_channels_are_dealt_once_and_in_whole_groups(n_channels, group_size, size):
    dealt = [
        lightwaves.channels_of_rank(n_channels, group_size, mock.Mock(rank=rank, size=size)) for rank in range(size)
    ]
    assert np.concatenate(dealt).tolist() == list(range(n_channels))
    groups = [set((mine // group_size).tolist()) for mine in dealt]
    assert sum(map(len, groups)) == -(-n_channels // group_size)
    assert max(map(len, groups)) - min(map(len, groups)) <= 1
