"""Families of candidate features, one file each; every bank is a scikit-learn transformer of all its features."""

from typing import TYPE_CHECKING

from ..later import later
from .bank import Bank
from .minirocket import MiniRocket
from .multirocket import MultiRocket
from .prism import Prism
from .rocket import Rocket
from .wavelet import WaveletScattering

if TYPE_CHECKING:
    from .intervals import Intervals
    from .morlet import MorletScattering

__all__ = [
    "Bank",
    "Intervals",
    "MiniRocket",
    "MorletScattering",
    "MultiRocket",
    "Prism",
    "Rocket",
    "WaveletScattering",
    "default_banks",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(__name__, __all__, {"intervals": ("Intervals",), "morlet": ("MorletScattering",)})


def default_banks(n_candidates: int = 10_000) -> list[list[Bank]]:
    """The lists of banks from which `lightwaves.LightWaveSClassifier` takes one by default.

    The first list is `Prism` and `Rocket`, half and half. The second is `Prism` alone. The third is `Prism` and
    `Rocket` again, with all features of `Prism` pooled in windows of time. It is for data where it matters when
    something happens. The page on the defaults says how these lists were chosen.

    Parameters
    ----------
    n_candidates : int, default=10_000
        The number of candidates of each list. A list can have a few more, because `Prism` offers eight at a time.

    Returns
    -------
    list of lists of banks

    Examples
    --------
    >>> from lightwaves.banks import default_banks
    >>> default_banks()[1]
    [Prism()]
    """
    n_candidates = int(n_candidates)
    of_prism, half_of_it = -(-n_candidates // 8) * 8, -(-n_candidates // 16) * 8  # it has eight of each output
    n_kernels = -(-n_candidates // 4)
    return [
        [Prism(half_of_it), Rocket(n_kernels)],
        [Prism(of_prism)],
        [Prism(half_of_it, windows=1.0), Rocket(n_kernels)],
    ]
