"""A mark for tests that use series of other lengths than those of training, of which a model warns."""

import pytest

OTHER_LENGTHS = pytest.mark.filterwarnings("ignore:.* time points, but the training series had")
