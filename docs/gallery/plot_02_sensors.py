"""
Which sensors matter
====================

A pump has 24 sensors. Three of them notice its faults. The data is synthetic, so we know which: ``pressure_out``,
``flow`` and ``vibration_radial``.
"""

# %%

from lightwaves import LightWaveSClassifier
from lightwaves.datasets import PUMP_CHANNELS, make_pump
from lightwaves.inspection import ChannelImportancesDisplay

X, y = make_pump(200)
model = LightWaveSClassifier(n_features=200, channel_names=PUMP_CHANNELS, random_state=0)
model.fit(X, y)
ChannelImportancesDisplay.from_estimator(model, max_channels=10)

# %%
# The model reads these channels only. The same model takes series of them alone, for a device that has no others.

print(f"{len(model.channels_)} of {X.shape[1]} channels")
small = model.narrowed()
print(small.score(X[:, model.channels_], y))
