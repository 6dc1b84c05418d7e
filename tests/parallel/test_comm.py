"""Working together: what ranks tell each other, here as threads, and that one that fails fails on all."""

import sys

import numpy as np
import pytest
from ranks import on_ranks

from lightwaves import LightWaveSClassifier, WaveletScattering, load_basic_motions
from lightwaves.parallel.comm import (
    Counted,
    SerialComm,
    all_ranks,
    allgather,
    bcast,
    digest,
    gather,
    gather_and_bcast,
    is_known,
    reduce,
    require_same,
)

X, Y = load_basic_motions("train")
BANK = WaveletScattering(levels=(1,), max_dilation=4)


# --- working together ---------------------------------------------------------------------------------------


def squares(comm):
    """What each primitive gives when ranks put in the squares of their numbers."""
    own = comm.rank**2

    def added_up(root):
        mine = np.full(4, 0.25)

        def work():
            mine[:-1] += [own, 1, 0.5]

        total, error = reduce(comm, mine, work, root)
        return None if total is None else total.tolist(), error

    return (
        allgather(comm, lambda: own),
        all_ranks(comm, lambda: own),
        gather_and_bcast(comm, lambda: own, lambda offers: [comm.rank, *offers]),
        bcast(comm, lambda: ("of", comm.rank)),
        bcast(comm, lambda: ("of", comm.rank), comm.size - 1),
        gather(comm, lambda: own, lambda offers: [comm.rank, *offers]),
        added_up(0),
        added_up(comm.size - 1),
    )


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_ranks_do_together_is_returned_as_promised(size):
    everybody = [rank**2 for rank in range(size)]
    for rank, found in enumerate(on_ranks(size, squares)):
        of_root, last = [0, *everybody], size - 1
        total = [sum(everybody) + size / 4, size * 1.25, size * 0.75]
        sums = (total if rank == root else None for root in (0, last))
        kept = None if rank else of_root
        assert found == (
            everybody, rank**2, of_root, ("of", 0), ("of", last), kept, *((total, None) for total in sums)
        )  # fmt: skip
    total = [0.25, 1.25, 0.75]
    assert squares(SerialComm()) == (
        [0], 0, [0, 0], ("of", 0), ("of", 0), [0, 0], (total, None), (total, None)
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_is_added_up_stays_as_it_was_so_that_more_can_be_added(size):
    def work(comm):
        mine, totals = np.zeros(3), []
        for root in range(size):
            total, _ = reduce(comm, mine, lambda: np.add(mine[:-1], [1, comm.rank], out=mine[:-1]), root)
            assert (total is None) == (comm.rank != root)
            if total is not None:
                totals.append(total.tolist())
        return mine.tolist(), totals

    for rank, (mine, totals) in enumerate(on_ranks(size, work)):
        assert mine == [size, size * rank, 0]
        assert totals == [[size * (rank + 1), sum(range(size)) * (rank + 1)]]


@pytest.mark.parametrize("failing", [[0], [1], [0, 2], [0, 1, 2]], ids=str)
@pytest.mark.parametrize("root", [0, 1, 2])
def test_a_failure_leaves_no_sum_but_an_error_where_it_was_and_does_not_last(root, failing):
    def work(comm):
        mine = np.ones(3)
        return reduce(comm, mine, fail_on(failing, comm), root), reduce(comm, mine, lambda: None, root)

    for rank, ((total, error), (again, no_error)) in enumerate(on_ranks(3, work)):
        assert total is None
        assert (type(error), str(error)) == ((OSError, f"disk {rank}") if rank in failing else (type(None), "None"))
        assert no_error is None
        assert (again is None) if rank != root else (again.tolist() == [3, 3])


def test_what_the_first_rank_makes_of_nothing_is_nothing_and_no_failure():
    for found in on_ranks(
        2, lambda comm: (gather_and_bcast(comm, lambda: 0, lambda _: None), bcast(comm, lambda: None))
    ):
        assert found == (None, None)


def fail_on(ranks, comm, result=None):
    """Work that fails on some ranks."""

    def work(*_):
        if comm.rank in ranks:
            raise OSError(f"disk {comm.rank}")
        return result

    return work


def added_then_told(comm, ranks):
    """A sum for the last rank, and what ranks do together next, from which they learn of failures."""
    _, error = reduce(comm, np.zeros(5), fail_on(ranks, comm), comm.size - 1)

    def tell():
        if error is not None:
            raise error

    all_ranks(comm, tell)


ALL_WORK = {
    "allgather": lambda comm, ranks: allgather(comm, fail_on(ranks, comm)),
    "all_ranks": lambda comm, ranks: all_ranks(comm, fail_on(ranks, comm)),
    "gather_and_bcast": lambda comm, ranks: gather_and_bcast(comm, fail_on(ranks, comm), lambda offers: offers),
    "gather": lambda comm, ranks: gather(comm, fail_on(ranks, comm), lambda offers: offers),
    "added": added_then_told,
}
ROOT_WORKS = {
    "gather_and_bcast": lambda comm: gather_and_bcast(comm, lambda: comm.rank, fail_on([0], comm)),
    "gather": lambda comm: gather(comm, lambda: comm.rank, fail_on([0], comm)),
    "bcast": lambda comm: bcast(comm, fail_on([0], comm)),
}


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("failing", [[0], [1], [0, 1]], ids=str)
@pytest.mark.parametrize("name", ALL_WORK)
def test_a_failure_of_some_ranks_is_one_of_all_and_names_the_first_of_them(name, failing, size):
    for rank, error in enumerate(on_ranks(size, lambda comm: ALL_WORK[name](comm, failing))):
        if rank in failing:
            assert (type(error), str(error)) == (OSError, f"disk {rank}")
        else:
            first = failing[0]
            assert (type(error), str(error)) == (RuntimeError, f"rank {first} failed: OSError: disk {first}")


@pytest.mark.parametrize("name", ROOT_WORKS)
def test_a_failure_of_what_the_first_rank_does_alone_is_one_of_all(name):
    own, *told = on_ranks(3, ROOT_WORKS[name])
    assert (type(own), str(own)) == (OSError, "disk 0")
    assert [(type(error), str(error)) for error in told] == [(RuntimeError, "rank 0 failed: OSError: disk 0")] * 2


@pytest.mark.parametrize("root", [0, 1, 2])
def test_a_failure_of_what_any_rank_does_alone_for_all_is_one_of_all(root):
    for rank, error in enumerate(on_ranks(3, lambda comm: bcast(comm, fail_on([root], comm), root))):
        expected = (RuntimeError, f"rank {root} failed: OSError: disk {root}")
        assert (type(error), str(error)) == ((OSError, f"disk {root}") if rank == root else expected)


def test_nobody_waits_for_a_rank_that_ends_itself():
    def work(comm):
        try:
            all_ranks(comm, lambda: sys.exit(0) if comm.rank else None)
        except SystemExit:
            return "ended"

    told, own = on_ranks(2, work)
    assert (str(told), own) == ("rank 1 failed: SystemExit: 0", "ended")


@pytest.mark.parametrize("name", ["gather_and_bcast", "gather"])
def test_the_first_rank_makes_nothing_of_what_is_not_complete(name):
    made = []
    work = {"gather_and_bcast": gather_and_bcast, "gather": gather}[name]
    on_ranks(3, lambda comm: work(comm, fail_on([2], comm), made.append))
    assert not made


def test_ranks_are_ready_for_more_after_a_failure():
    def work(comm):
        errors = []
        for fail in (*ALL_WORK.values(), *(lambda comm, _, work=work: work(comm) for work in ROOT_WORKS.values())):
            try:
                fail(comm, [comm.size - 1])
            except (OSError, RuntimeError) as error:
                errors.append(error)
        return len(errors), squares(comm)

    for found in on_ranks(3, work):
        assert found[0] == len(ALL_WORK) + len(ROOT_WORKS)
        assert found[1][0] == [0, 1, 4]


@pytest.mark.parametrize("error", [ValueError("rank 7 failed"), RuntimeError("of its own"), KeyError("a")], ids=repr)
def test_what_others_are_told_of_is_the_error_of_the_first_rank_as_it_is(error):
    def fail():
        raise error

    own, told = on_ranks(2, lambda comm: bcast(comm, fail))
    assert own is error
    assert str(told) == f"rank 0 failed: {type(error).__name__}: {error}"


def test_one_process_raises_its_own_error():
    comm = SerialComm()
    for name, work in ALL_WORK.items():
        with pytest.raises(OSError, match="disk 0"):
            work(comm, [0])
        if name in ROOT_WORKS:
            with pytest.raises(OSError, match="disk 0"):
                ROOT_WORKS[name](comm)


def test_facts_that_differ_are_named():
    require_same([{}, {}])
    require_same([{"a": 1, "b": [2]}] * 3)
    require_same([{"a": 1}])
    message = "All ranks must be given the same b: rank 0 has 0, rank 2 has 1."
    with pytest.raises(ValueError, match=message):
        require_same([{"a": 1, "b": rank // 2, "c": rank} for rank in range(3)])


def test_a_communicator_of_one_gives_back_what_it_gets():
    comm, total = SerialComm(), np.empty(2)
    assert (comm.rank, comm.size, comm.allgather("x"), comm.bcast("y")) == (0, 1, ["x"], "y")
    assert comm.gather("z") == ["z"]
    comm.Reduce(np.array([1.0, 2.0]), total)
    assert total.tolist() == [1, 2]
    comm.Reduce(np.array([3.0, 4.0]), total, root=0)
    assert total.tolist() == [3, 4]


# --- what goes through --------------------------------------------------------------------------------------


def test_a_counting_communicator_gives_what_the_other_gives():
    for rank, found in enumerate(on_ranks(3, lambda comm: squares(Counted(comm)))):
        assert found[:2] == ([0, 1, 4], rank**2)
        assert found[6:] == tuple(([5.75, 3.75, 2.25] if rank == root else None, None) for root in (0, 2))
    assert squares(Counted(SerialComm())) == squares(SerialComm())


def test_calls_are_counted_with_the_bytes_that_a_rank_puts_in():
    def work(comm):
        comm = Counted(comm)
        assert (comm.n_collectives, comm.n_bytes) == (0, 0)
        squares(comm)
        comm.allgather(b"x" * 1000)
        comm.bcast(b"x" * 2000)
        comm.gather(b"x" * 3000, root=1)
        comm.bcast(b"x" * 4000, root=2)
        return comm

    everybody = on_ranks(3, work)
    for rank, comm in enumerate(everybody):
        assert (comm.rank, comm.size) == (rank, 3)
        names = [name for name, _ in comm.calls]
        at_the_root = ["gather", "bcast"]
        bcasts, sums = ["bcast", "bcast"], ["Reduce", "Reduce"]
        assert names[:10] == ["allgather", "allgather", *at_the_root, *bcasts, *at_the_root, *sums]
        assert [n_bytes for _, n_bytes in comm.calls[8:10]] == [8 * 4] * 2, "three numbers, and whether it failed"
        assert [n_bytes // 1000 for _, n_bytes in comm.calls[10:]] == [1, 0 if rank else 2, 3, 4 if rank == 2 else 0]
        assert all(0 < n_bytes < 100 for name, n_bytes in comm.calls[:10] if name != "bcast")
        assert comm.n_collectives == len(comm.calls) == 14
        assert comm.n_bytes == sum(n_bytes for _, n_bytes in comm.calls)
        assert [n_bytes > 0 for _, n_bytes in comm.calls[4:6]] == [rank == 0, rank == 2], "what the root puts in"
    assert everybody[1].calls[3] == everybody[1].calls[4] == ("bcast", 0)


@pytest.mark.slow
def test_a_model_does_not_depend_on_being_counted():
    def fit(comm):
        counted = Counted(comm)
        model = LightWaveSClassifier(BANK, 9, random_state=0).fit(X, Y, comm=counted)
        assert counted.n_collectives > 10
        return model.plan_

    alone = LightWaveSClassifier(BANK, 9, random_state=0).fit(X, Y).plan_
    assert on_ranks(2, fit) == [alone] * 2


def test_a_digest_tells_values_shapes_and_types_apart():
    values = [np.arange(6), np.arange(6.0), np.arange(6).reshape(2, 3), np.arange(6)[::-1], "x", np.array(["x", None])]
    assert len({digest(v) for v in values} | {digest(*values)}) == 7
    assert digest(np.arange(6)) == digest(np.arange(12)[::2] // 2) == digest(np.arange(6).tolist())


def test_an_error_that_speaks_of_ranks_is_still_the_error_of_the_first():
    def fail():
        raise RuntimeError("rank of the matrix is 3")

    errors = on_ranks(2, lambda comm: bcast(comm, fail))
    assert [str(error) for error in errors] == [
        "rank of the matrix is 3", "rank 0 failed: RuntimeError: rank of the matrix is 3"
    ]  # fmt: skip


def test_an_error_of_all_ranks_is_known_as_such_also_when_it_is_said_otherwise():
    """The command line ends the job of one that is not: the others would wait for ever."""

    def work(comm):
        errors = []
        for fail in (*ALL_WORK.values(), *(lambda comm, _, work=work: work(comm) for work in ROOT_WORKS.values())):
            try:
                try:
                    fail(comm, [0])
                except OSError as error:
                    raise ValueError(f"in other words, {error}") from None
            except (ValueError, RuntimeError) as error:
                errors.append(error)
        return [is_known(error) for error in errors]

    assert on_ranks(2, work) == [[True] * (len(ALL_WORK) + len(ROOT_WORKS))] * 2
    with pytest.raises(ValueError, match="must be given the same a") as differ:
        require_same([{"a": 0}, {"a": 1}])
    assert is_known(differ.value)
    assert not is_known(MemoryError("of this rank"))


class Inter(SerialComm):
    """What mpi4py's intercommunicators have besides."""

    is_inter = True


def test_an_intercommunicator_is_refused():
    """Once, a fit with one waited for ever."""
    with pytest.raises(TypeError, match="comm is an intercommunicator: pass that of all processes of both groups"):
        LightWaveSClassifier(BANK, 9).fit(X, Y, comm=Inter())
