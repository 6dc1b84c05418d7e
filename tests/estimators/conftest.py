"""Models that several tests of the estimators look at, and none changes."""

import pytest

from lightwaves import LightWaveSClassifier, load_basic_motions, load_japanese_vowels


@pytest.fixture(scope="session")
def motions():
    return LightWaveSClassifier(n_features=100, random_state=0).fit(*load_basic_motions("train"))


@pytest.fixture(scope="session")
def paper():
    return LightWaveSClassifier(n_features=100, selection="mrmr").fit(*load_basic_motions("train"))


@pytest.fixture(scope="session")
def vowels():
    return LightWaveSClassifier(random_state=0).fit(*load_japanese_vowels("train"))
