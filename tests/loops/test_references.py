"""What a loop is compiled to."""

import re

import pytest
from numba import config, njit

from lightwaves import Prism
from lightwaves.loops import pooling
from lightwaves.loops.jit import FLAGS
from lightwaves.panel import as_panel


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled")
def test_no_loop_counts_references_to_arrays_which_took_three_times_as_long_as_its_work():
    X = [[[1.0, 3.0, 2.0] * 20]] * 40  # many cases: by cases
    Prism(100, random_state=0).fit(X).plan_.rows(as_panel(X))
    signature = pooling.apply_pooled.signatures[0]
    fresh = njit(**FLAGS)(pooling.apply_pooled.py_func)  # of what is loaded from disk nothing can be seen
    fresh.compile(signature)
    blocks = re.split(r"^\S+:.*$", fresh.inspect_llvm(signature), flags=re.MULTILINE)
    counting = [block for block in blocks if "call void @NRT_incref" in block]
    assert len(counting) <= 1, "only where the loop begins"
    assert len(blocks) > 100
