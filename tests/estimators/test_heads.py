"""What all heads of the library have in common."""

import pickle

import numpy as np
import pytest

from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.estimators.ridge import RidgeHead

HEADS = (RidgeHead, KernelHead, RegressionHead, KernelRegressionHead)


@pytest.mark.parametrize("kind", HEADS)
def test_a_pickle_holds_what_was_learnt_once_and_predicts_as_before(kind):
    Z = np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)
    head = kind().fit(Z, (Z[:, 0] > 0).astype(np.float64))
    pickled = pickle.dumps(head)
    learnt = [value for name, value in vars(head).items() if name.endswith("_") and isinstance(value, np.ndarray)]
    assert len(pickled) < sum(value.nbytes for value in learnt) + 2000
    np.testing.assert_array_equal(pickle.loads(pickled).predict(Z), head.predict(Z))
