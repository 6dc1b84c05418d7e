"""The 84 kernels of nine taps: MiniRocket's, and those of wavelet scattering."""

from __future__ import annotations

from itertools import combinations

import numpy as np

KERNELS = tuple(combinations(range(9), 3))  # where the three weights of 2 stand among six of -1
TAP_ORDER = np.array([(*twos, *(tap for tap in range(9) if tap not in twos)) for twos in KERNELS])
