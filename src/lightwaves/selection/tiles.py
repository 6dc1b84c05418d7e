"""Linear algebra of large symmetric matrices in tiles, which threads share.

Which tiles there are follows from the size of a matrix, and one thread computes each of them by the same operations.
So the number of threads changes no bit of a result. What is small is one tile.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtri

from ..parallel.threads import in_team
from ..sharing import cached_property

TILE = 128
ONE_TILE = 384  # a matrix that is no larger is one tile
Tiles = list[slice]


def tiles_of(n: int) -> Tiles:
    """The tiles along one side of a matrix of size n."""
    step = n if n <= ONE_TILE else TILE
    return [slice(start, min(start + step, n)) for start in range(0, n, step or 1)]


def add_products(total: NDArray[np.float64], rows: NDArray[Any], add: np.ufunc = np.add) -> None:
    """Add the products of columns, or take them away.

    Parameters
    ----------
    total : float64 (n, n)
        To its lower triangle ``rows.T @ rows`` is added. What is above the diagonal does not count.
    rows : float32 or float64 (n_rows, n)
    add : ufunc, default=numpy.add
        Or `numpy.subtract`.
    """
    tiles, wide = tiles_of(len(total)), np.empty(rows.shape)

    def widen(tile: slice) -> None:
        wide[:, tile] = rows[:, tile]

    def multiply(tile: slice) -> None:
        part = total[tile, : tile.stop]
        add(part, wide[:, tile].T @ wide[:, : tile.stop], out=part)

    in_team(widen, tiles)
    in_team(multiply, tiles[::-1])  # the longest first


class Factor:
    """The Cholesky factor L of a symmetric matrix A with a penalty on its diagonal: A + penalty = L L'.

    Parameters
    ----------
    matrix : float64 (n, n), in C order
        A; what is above the diagonal does not count. Overwritten.
    penalty : float

    Attributes
    ----------
    lower : float64 (n, n)
        L; what is above the diagonal means nothing.
    """

    def __init__(self, matrix: NDArray[np.float64], penalty: float):
        matrix[np.diag_indices_from(matrix)] += penalty
        self.lower, self._tiles = matrix, tiles_of(len(matrix))
        self._inverses: list[NDArray[np.float64]] = []  # of the tiles on the diagonal
        for k in range(len(self._tiles)):
            self._factorise(k)

    def _factorise(self, k: int) -> None:
        """One column of tiles, when those before it are known."""
        lower, own, below = self.lower, self._tiles[k], self._tiles[k + 1 :]
        before = slice(0, own.start)

        def subtract(tile: slice) -> None:
            lower[tile, own] -= lower[tile, before] @ lower[own, before].T

        def divide(tile: slice) -> None:
            lower[tile, own] = lower[tile, own] @ inverse.T

        if k:
            in_team(subtract, [own, *below])
        square, failed = dpotrf(lower[own, own], lower=True, clean=True)
        if failed:
            raise np.linalg.LinAlgError("the ridge could not be solved: its matrix is not positive definite")
        lower[own, own], inverse = square, dtrtri(square, lower=True)[0]
        self._inverses.append(inverse)
        in_team(divide, below)

    def solve(self, right: NDArray[np.float64]) -> NDArray[np.float64]:
        """The x of L L' x = right, float64 (n, n_right), for few columns."""
        return dpotrs(self.lower.T, right)[0]

    def leverages(self, right: NDArray[np.float64]) -> NDArray[np.float64]:
        """The diagonal of right' (L L')^-1 right, float64 (n_right,), for many columns: float64 (n, n_right)."""
        result = np.empty(right.shape[1])

        def compute(columns: slice) -> None:
            some = right[:, columns]
            solution = np.empty(some.shape)  # of L x = some
            for tile, inverse in zip(self._tiles, self._inverses, strict=True):
                rest = some[tile] - self.lower[tile, : tile.start] @ solution[: tile.start]
                solution[tile] = inverse @ rest
            result[columns] = np.einsum("ij,ij->j", solution, solution)

        in_team(compute, [slice(first, first + TILE) for first in range(0, len(result), TILE)])
        return result

    @cached_property
    def inverse_diagonal(self) -> NDArray[np.float64]:
        """The diagonal of the inverse of L L', float64 (n,)."""
        lower, diagonal = self.lower, np.empty(len(self.lower))

        def square(k: int) -> None:
            own = self._tiles[k]
            root = np.zeros((len(lower) - own.start, own.stop - own.start))  # of the inverse of L, its columns
            root[: len(self._inverses[k])] = self._inverses[k]
            for tile, inverse in zip(self._tiles[k + 1 :], self._inverses[k + 1 :], strict=True):
                known = tile.start - own.start
                product = lower[tile, own.start : tile.start] @ root[:known]
                root[known : known + len(product)] = -inverse @ product
            diagonal[own] = np.einsum("ij,ij->j", root, root)

        in_team(square, range(len(self._tiles)))
        return diagonal
