"""What every fitted classifier that owns a net answers in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin

from skal.evidence import Need

__all__ = ["NetAnswers"]


class NetAnswers(ClassifierMixin):
    """Base of classifiers that own a skorch net `net_`: predictions, and answers to needs.

    A subclass has ``predict_proba(X)``; ``_check_X(X)``, which refuses or makes an array;
    ``_is_checked(X)``, whether a look at single rows is enough; and ``_answer``.
    """

    classes_: NDArray[Any]

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : array, tensor or DataFrame of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples,)
            Labels as they were passed to `fit`.
        """
        columns = self.predict_proba(X).argmax(axis=1)
        return self.classes_[columns]

    def measure(
        self, X: Any, rows: NDArray[np.intp] | None, needs: Sequence[Need], *, seed: int = 0
    ) -> Mapping[Need, Any]:
        """Answer all needs from one sweep.

        Parameters
        ----------
        X : array, tensor or DataFrame of shape (n_samples, ...)
        rows : int array of shape (n,), or None
            Rows of an X that was found finite before; None: all rows, which are checked.
        needs : sequence of Swept
        seed : int, default=0
            Of the masks of dropout.

        Returns
        -------
        dict of Need -> array
        """
        # a pool is asked again and again for a few rows: reading all of it would cost a look at
        # the disk each time, so what needs no conversion is believed
        if rows is None or not self._is_checked(X):
            X = self._check_X(X)
        return self._answer(X, rows, needs, seed)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "net_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True  # images
        return tags
