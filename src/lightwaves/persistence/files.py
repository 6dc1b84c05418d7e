"""Fitted models as files that hold numbers and text only: no pickle, nothing that runs when it is read."""

from __future__ import annotations

import os
from typing import TypeVar, overload

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..archive import BEGIN, SEAL, DamagedError, opened, sealed
from ..estimators import LightWaveS, LightWaveSClassifier
from ..files import place_for, read_whole, write_whole
from ..validation import first_line, shown
from .format_3 import as_format_4, is_format_3
from .model import MODELS, OtherFormatError, contents_of, model_of
from .parts import OTHER_WAYS

Model = TypeVar("Model", bound=LightWaveS)


def save(model: LightWaveS, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        Fitted; with one of the library's own heads.
    path : str or path
        Any name; a link is followed. An existing file is replaced, and only once the new one is complete, so that
        several threads, processes and machines may save to one path: one of their files will be there, whole.

    Raises
    ------
    TypeError
        If the model is of another kind, has another head, or has features of a bank of your own: use skops or joblib
        for those. If path is no path.
    ValueError
        If an attribute of the model is something that no fit leaves.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    OSError
        If no file can be at that path, because it is a folder, say. Nothing is left behind.

    See Also
    --------
    load : Read it back.

    Notes
    -----
    The file is a NumPy ``.npz`` archive of plain arrays, not compressed, and one JSON text, ``facts.json``. Its last
    64 bytes, which are the archive's comment, are the SHA-256 of all before, in hexadecimal. It grows with the number
    of features and channels, not with the training data. All parameters are kept, so a model that was loaded can be
    fitted again. But a ``RandomState`` comes back as None, and so does the whole parameter ``bank`` where a bank of
    your own is in it, of which no feature was kept: set them before another fit. ``channel_names`` comes back as the
    names that `fit` saw, also where X gave them: set it, too, before a fit on other channels.

    For a pipeline, or a model with another head, use skops or joblib. ``skops.io.load`` asks which types it may trust;
    ``skops.io.get_untrusted_types`` lists them, and for this library they all begin with ``lightwaves.``. A file of
    joblib can run anything when it is read, so read only your own.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from lightwaves import LightWaveSClassifier, load, load_basic_motions, save
    >>> X, y = load_basic_motions()
    >>> model = LightWaveSClassifier(n_features=20, search_candidates=500).fit(X, y)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "motions.npz"
    >>> save(model, path)
    >>> bool((load(path).predict(X) == model.predict(X)).all())
    True
    """
    if type(model) not in MODELS.values():
        hint = f"; {OTHER_WAYS}" if isinstance(model, BaseEstimator) else ""
        if type(getattr(model, "model_", None)) in MODELS.values():
            hint = ", an adapter: save(model.model_, path) keeps what it has fitted"
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(f"save takes a LightWaveS, LightWaveSClassifier or LightWaveSRegressor, got {kind}{hint}.")
    check_is_fitted(model)
    place = place_for(path)
    content = sealed(contents_of(model))
    try:
        model_of(opened(content))  # so that whatever is written can be read
    except (ValueError, TypeError) as error:
        raise ValueError(f"save keeps what a fit leaves, but in this model {str(error).rstrip('.')}.") from error
    write_whole(place, content)


@overload
def load(path: str | os.PathLike[str]) -> LightWaveSClassifier: ...


@overload
def load(path: str | os.PathLike[str], kind: type[Model]) -> Model: ...


def load(path: str | os.PathLike[str], kind: type[LightWaveS] | None = None) -> LightWaveS:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : str or path
    kind : type, optional
        The kind of model that must be in the file: `LightWaveSClassifier`, `LightWaveSRegressor`, or `LightWaveS`,
        which any of them is. By default any; type checkers then take the model for a classifier.

    Returns
    -------
    LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        It predicts what the saved one did, to the bit.

    Raises
    ------
    ValueError
        If the file is not such a model, is damaged, or has the format of another version; or if it was made to look
        like a model, with the right digest, but says something that cannot be. Whatever is accepted predicts, or raises
        a ValueError where a feature is not finite.
    TypeError
        If path is no path, or the model is of another kind.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from lightwaves import LightWaveS, load, load_basic_motions, save
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "motions.npz"
    >>> save(LightWaveS(n_features=20, search_candidates=500).fit(*load_basic_motions()), path)
    >>> load(path, LightWaveS).transform(load_basic_motions("test")[0]).shape
    (40, 20)
    """
    if kind is not None and not (isinstance(kind, type) and issubclass(kind, LightWaveS)):
        raise TypeError(f"kind must be LightWaveS or a class of models that is one, got {shown(kind)}.")
    content = read_whole(path, BEGIN)
    try:
        model = model_of(entries_of(content))
    except MemoryError:
        raise
    except DamagedError as error:
        message = f"{os.fspath(path)} is not a model saved by lightwaves, or is damaged: {error}."
        raise ValueError(message) from None
    except OtherFormatError as error:
        raise ValueError(f"{os.fspath(path)} {first_line(error)}.") from None
    except Exception as error:  # whatever else may stand where a model should
        of_others = "" if type(error) is ValueError else f"{type(error).__name__}: "
        seen = f"{of_others}{first_line(error).rstrip('.')}"
        raise ValueError(f"{os.fspath(path)} is not a model saved by lightwaves, or was changed: {seen}.") from error
    if kind is not None and not isinstance(model, kind):
        raise TypeError(f"{os.fspath(path)} holds a {type(model).__name__}, not a {kind.__name__}.")
    return model


def entries_of(content: bytes) -> dict[str, bytes]:
    """The entries of a model's file; of one of format 3, which has no digest, those that a later one would have."""
    try:
        return opened(content)
    except DamagedError:
        if not is_format_3(content):
            raise
    return as_format_4(content)


def digest_of(model: LightWaveS) -> str:
    """The digest that a file of the model has, in hexadecimal. Different models have different digests.

    Parameters
    ----------
    model : LightWaveS, LightWaveSClassifier or LightWaveSRegressor
        As in `save`.

    Raises
    ------
    TypeError, ValueError
        As in `save`.
    """
    return sealed(contents_of(model))[-SEAL:].decode()
