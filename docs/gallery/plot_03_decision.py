"""
One decision explained
======================

Which channels and which times made the model decide as it did. The parts add up to what it decides by.
"""

# %%
# A pump with 24 sensors. The data is synthetic: cavitation shows in ``pressure_out`` alone.

from lightwaves import LightWaveSClassifier
from lightwaves.datasets import PUMP_CHANNELS, make_pump
from lightwaves.inspection import ExplanationDisplay

X, y = make_pump(200)
model = LightWaveSClassifier(n_features=200, channel_names=PUMP_CHANNELS, random_state=0)
model.fit(X, y)
X_test, y_test = make_pump(20, random_state=1)

# %%
# A new case, and how probable the model finds each class.

case = int((y_test == "cavitation").argmax())
print(f"true class: {y_test[case]}")
for name, probability in zip(model.classes_, model.predict_proba(X_test[[case]])[0], strict=True):
    print(f"{name:10} {probability:.2f}")

# %%
# Why it is sure. Blue parts speak for the class, orange parts against it. The number beside a channel is its net sum:
# all that speaks for the class, less all that speaks against it. The order is by the sum of the sizes of both. So a
# channel in which much speaks for and much against stands high, even if its number is small.

ExplanationDisplay.from_estimator(model, X_test, case=case)
