"""Families of candidate features, one file each; every bank is a scikit-learn transformer of all its features."""

from .bank import Bank
from .minirocket import MiniRocket
from .morlet import MorletScattering
from .multirocket import MultiRocket
from .prism import Prism
from .rocket import Rocket
from .wavelet import WaveletScattering

__all__ = [
    "Bank",
    "MiniRocket",
    "MorletScattering",
    "MultiRocket",
    "Prism",
    "Rocket",
    "WaveletScattering",
    "default_banks",
]


def default_banks(n_candidates: int = 10_000) -> list[list[Bank]]:
    """What `lightwaves.LightWaveSClassifier` chooses from by default: lists of banks, each the best for some data.

    All kinds of features; those without random weights; and, for where it matters when something happens, features of
    windows of time.

    Parameters
    ----------
    n_candidates : int, default=10_000
        Of each list, or a few more.

    Returns
    -------
    list of lists of banks

    Examples
    --------
    >>> from lightwaves.banks import default_banks
    >>> default_banks()[1]
    [Prism()]
    """
    of_prism, half_of_it = (-(-n // 8) * 8 for n in (n_candidates, n_candidates / 2))  # it has eight of each output
    n_kernels = -(-n_candidates // 4)
    return [
        [Prism(int(half_of_it)), Rocket(n_kernels)],
        [Prism(of_prism)],
        [Prism(int(half_of_it), windows=1.0), Rocket(n_kernels)],
    ]
