"""What a user's own typed script may look like: type checkers read it, and it runs."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lightwaves import (
    FeatureSelector,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    MultiRocket,
    Prism,
    Rocket,
    Stream,
    WaveletScattering,
    from_table,
    load,
    load_basic_motions,
    load_japanese_vowels,
    save,
    unpad,
)
from lightwaves.banks import Bank, default_banks
from lightwaves.cli import main
from lightwaves.inspection import explain, model_card


def accuracy(model: LightWaveSClassifier, X: NDArray[np.float32], y: NDArray[np.str_]) -> float:
    """The share of cases that are classified rightly."""
    return float(np.mean(model.predict(X) == y))


X, y = load_basic_motions("train")
banks: list[Bank] = [Prism(80), MiniRocket(n_features=84), Rocket(20)]
model = LightWaveSClassifier(bank=banks, n_features=20, random_state=0).fit(X, y)
print(accuracy(model, X, y), model.predict_proba(X).shape, model.decision_function(X).shape, model.predict_one(X[0]))
print(model.predict_proba_one(X[0]).sum(), model.channels_.tolist(), model.channel_importances_.sum())
print(model.plan_.cost().n_bytes, len(model.get_feature_names_out()), model.narrowed().predict(X[:1, model.channels_]))

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "motions.npz"
    save(model, path)
    again = load(path)
    transformer: LightWaveS = load(path, LightWaveSClassifier)
    print(transformer.transform(X).shape)
    print(accuracy(again, X, y))

paper = LightWaveS(WaveletScattering(levels=(1,), max_dilation=4), n_features=10, selection="mrmr")
features = paper.fit_transform(X, y)
print(features.shape, FeatureSelector(n_features=5, method="detach").fit(features, y).ranking_)
print(MultiRocket(n_features=672, random_state=0).fit(X).transform(X).shape, len(default_banks(1000)))

series, speakers = load_japanese_vowels("test")
print(len(series), speakers[:1], len(unpad(np.zeros((2, 1, 5)))))
decisions = Stream(model, hop=20).push(X[0])
print([decision.label for decision in decisions], explain(model, X[:1]).channels.shape, len(model_card(model)))
regressor = LightWaveSRegressor(Prism(80), n_features=20, random_state=0).fit(X, X[:, 0].max(axis=1))
print([decision.label for decision in Stream(regressor, hop=20).push(X[0])])
code: int = main(["inspect", "no-such-model.npz"])
print(code, from_table.__name__)
