"""Plans of pooled outputs for tests, and what the oracle allows them to give."""

import numpy as np
import oracle

from lightwaves.plans.lanes import run
from lightwaves.plans.plan import standardisation
from lightwaves.plans.pooled import STATISTICS, PooledPlan

PPV = STATISTICS.index("ppv")
ROWS = ("output", "bias", "statistic", "begin", "end")
OUTPUTS = ("differences", "kernel", "dilation", "padded", "n_members", "member", "sign")
LOW = 84  # from this kernel on, those that have three weights only


def plan_of(outputs, rows, n_channels=1, **standard):
    """A plan from outputs (differences, kernel, dilation, padded, members) and rows (output, nth, bias, statistic).

    An output may have signs behind its members, and a row a window (begin, end) behind its statistic.
    """
    *columns, members, signs = zip(*[(*o, np.ones(len(o[4]), int))[:6] for o in outputs], strict=True)
    of_members = [len(m) for m in members], np.concatenate(members), np.concatenate(signs)
    arrays = dict(zip(OUTPUTS, [*columns, *of_members], strict=True))
    of_rows = zip(*[(*row, 0, 16)[:6] for row in rows], strict=True)
    arrays |= dict(zip(("output", "nth", "bias", "statistic", "begin", "end"), of_rows, strict=True))
    arrays = {name: np.array(values, np.float32 if name == "bias" else np.int32) for name, values in arrays.items()}
    plan = PooledPlan(
        **arrays, **{"shift": np.zeros(n_channels), "scale": np.ones(n_channels), "n_timepoints": 1} | standard
    )
    plan.check()
    return plan


def random_plan(n_channels, seed=0, *, n_outputs=16, dilations=(1, 2, 3, 5, 17), n_biases=5, whole=True):
    """Outputs of all kinds, some biases for each, in any order; whole numbers and a half as biases.

    Of the second bias, the fourth and so on all statistics are wanted, of the others the share alone: the loop has
    a way of its own for each. Every third bias counts everywhere, the others in one of two windows of their output.
    """
    rng = np.random.default_rng(seed)
    outputs, rows = [], []
    biases = rng.normal(scale=5, size=(n_outputs, n_biases))
    biases = np.floor(biases) + 0.5 if whole else biases
    for o in range(n_outputs):
        members = rng.permutation(n_channels)[: rng.integers(1, 10)]
        signs, kernel = rng.choice([-1, 1], len(members)), rng.integers(LOW) + LOW * (rng.random() < 0.3)
        outputs.append((o // 2 % 2, kernel, rng.choice(dilations), o % 2, members, signs))
        windows = [np.sort(rng.choice(17, 2, replace=False)) for _ in range(2)]
        for n in range(n_biases):
            window = windows[rng.integers(2)] if n % 3 else (0, 16)
            rows += [(o, n, biases[o, n], s, *window) for s in range(len(STATISTICS)) if n % 2 or s == PPV]
    return plan_of(outputs, [rows[i] for i in rng.permutation(len(rows))], n_channels)


def every_kernel(
    bias, kernels=range(2 * LOW), *, differences=(0, 1), padded=(0, 1), dilation=2, members=(0,), n_channels=1
):
    """All statistics of all kernels at one bias."""
    outputs = [(d, k, dilation, p, members) for d in differences for k in kernels for p in padded]
    return plan_of(outputs, [(o, 0, bias, s) for o in range(len(outputs)) for s in range(len(STATISTICS))], n_channels)


def compute(plan, x, lengths=None):
    """The features in both layouts, which must give the same bits."""
    x = np.ascontiguousarray(x, np.float32)
    lengths = np.full(len(x), x.shape[2], np.int32) if lengths is None else np.int32(lengths)
    results = []
    for by_cases in (True, False):
        width = -(-len(x) // 16) * 16
        out = np.full((len(plan) + 1, width), np.nan, np.float32)
        standard = standardisation(plan.shift[plan.channels], plan.scale[plan.channels])
        run(plan.layout(x.shape[2], by_cases), x, lengths, plan.channels, standard, out.reshape(-1), width)
        results.append(out[:-1, : len(x)].T)
    np.testing.assert_array_equal(*results)
    return results[0]


def bounds(plan, x, lengths=None):
    """The least and the most that float32 may find."""
    lengths = [x.shape[2]] * len(x) if lengths is None else lengths
    arguments = [getattr(plan, name) for name in (*ROWS, *OUTPUTS, "shift", "scale")]
    return [oracle.apply_pooled(x, lengths, *arguments, doubtful=sign) for sign in (-1, 1)]


def agrees(z, plan, x, lengths=None):
    """Whether features lie where float32 may find what the oracle defines."""
    lies_between(z, *bounds(plan, x, lengths))


def lies_between(z, low, high):
    # the mean of times is rounded where they count from a series' start: by 4e-6 from 64 to 128
    assert (z >= low - 4e-6 * (1 + np.abs(low))).all()
    assert (z <= high + 4e-6 * (1 + np.abs(high))).all()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def integers(*shape, seed=0):
    """Values whose sums float32 knows exactly."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float32)
