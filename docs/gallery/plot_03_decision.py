"""
One decision explained
======================

Which channels and which times made the model decide as it did. The parts add up to what it decides by.
"""

# %%

from lightwaves import LightWaveSClassifier
from lightwaves.datasets import PUMP_CHANNELS, make_pump
from lightwaves.inspection import ExplanationDisplay

X, y = make_pump(200)
model = LightWaveSClassifier(n_features=200, channel_names=PUMP_CHANNELS, random_state=0)
model.fit(X, y)

X_test, y_test = make_pump(20, random_state=1)
case = int((y_test == "cavitation").argmax())
print(y_test[case], model.predict(X_test[[case]]), model.predict_proba(X_test[[case]]).round(2))
ExplanationDisplay.from_estimator(model, X_test, case=case)
