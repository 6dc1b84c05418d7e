"""
A model as C
============

`lightwaves.export.to_c` writes a fitted model as one file of C, for a device that has no Python. Here a compiler of
this machine builds it, and the program says what Python says.
"""

# %%
# The sizes and the functions that the header declares, which ``to_c`` writes beside the source.

import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from lightwaves import LightWaveSClassifier, load_basic_motions
from lightwaves.export import to_c

X, y = load_basic_motions("train")
X_test, y_test = load_basic_motions("test")
model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)

folder = Path(tempfile.mkdtemp())
to_c(model, folder / "model.c")
header = (folder / "model.h").read_text().splitlines()
print(*[line for line in header if line.startswith(("#define MODEL", "int ", "void "))], sep="\n")

# %%
# A program that reads series from a file and prints the number of each class.

(folder / "main.c").write_text(
    """
#include <stdio.h>
#include "model.h"

int main(int n, char **words) {
    static float x[MODEL_N_CHANNELS * MODEL_N_TIMEPOINTS];
    static char work[MODEL_WORK_BYTES];
    FILE *file = n > 1 ? fopen(words[1], "rb") : NULL;
    while (file && fread(x, sizeof x, 1, file) == 1)
        printf("%d\\n", model_predict(x, work));
    return 0;
}
"""
)

# %%
# Only the channels that the model reads are supplied.

X_test[:, model.channels_].astype(np.float32).tofile(folder / "series.bin")
compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
if compiler:
    command = [compiler, "-O2", "main.c", "model.c", "-lm", "-o", "classify"]
    subprocess.run(command, cwd=folder, check=True)
    program = [folder / "classify", "series.bin"]
    said = subprocess.check_output(program, cwd=folder, text=True).split()
    same = model.classes_[np.array(said, int)] == model.predict(X_test)
    print(f"{same.sum()} of {len(same)} labels are those of Python")
else:
    print("there is no compiler here")

# %%
# What the model takes, as source and as a program.

files = [folder / name for name in ("model.c", "classify")]
sizes = {file.name: file.stat().st_size / 1024 for file in files if file.exists()}
figure, axes = plt.subplots(figsize=(6, 1.6), layout="constrained")
axes.barh(list(sizes), list(sizes.values()))
axes.set_xlabel("KiB")
figure
