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
# Besides these three, the model reads some other channels. A channel that is read need not matter: look at its share.

for channel in model.channels_:
    print(f"{PUMP_CHANNELS[channel]:20} {model.channel_importances_[channel]:.2f}")

# %%
# The remaining channels are not read at all. So the same model also takes series of the channels that it reads, for a
# device that has no others. On new cases both models say the same.

X_test, y_test = make_pump(200, random_state=1)
small = model.narrowed()
print(f"{len(model.channels_)} of {X.shape[1]} channels")
print(f"accuracy with all channels: {model.score(X_test, y_test):.3f}")
print(f"with these alone: {small.score(X_test[:, model.channels_], y_test):.3f}")
