"""What labelling an item will take, learned from the seconds that answers took."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import RidgeCV

from skal.labeling._votes import Floats

__all__ = ["predict_seconds"]

FEWEST = 30  # answers from which seconds are learned
OUTER = 5, 95  # percent of what was observed: predictions stay within


def predict_seconds(answered: ArrayLike, seconds: ArrayLike, asked: ArrayLike) -> Floats:
    """Predict how long items take to label, from answers so far.

    Parameters
    ----------
    answered : array of shape (n_answers, n_features)
        Embeddings of the items that were answered.
    seconds : array of shape (n_answers,)
        That the answers took, above 0; NaN where it is unknown.
    asked : array of shape (n, n_features)
        Embeddings of the items to predict.

    Returns
    -------
    array of shape (n,)
        By ridge regression of the logarithm, within the range of 5 to 95 percent of what was
        observed; the mean for all below 30 answers, 1 without any.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.labeling import predict_seconds
    >>> words = np.arange(1, 61)[:, None]
    >>> predict_seconds(words, np.exp(words[:, 0] / 30), [[15], [45]]).round(1)
    array([1.6, 4.5])
    """
    spent, rows = np.asarray(seconds, dtype=np.float64), np.asarray(answered, dtype=np.float64)
    known = np.isfinite(spent)
    if not (spent[known] > 0).all():
        raise ValueError(
            f"`seconds` must be above 0, got {spent[known].min():g}; put NaN where it is unknown."
        )
    spent, rows = spent[known], rows[known]
    n = len(np.asarray(asked))
    if len(spent) < FEWEST:
        return np.full(n, spent.mean() if len(spent) else 1.0)
    ridge = RidgeCV(alphas=np.logspace(-3, 3, 7)).fit(rows, np.log(spent))
    low, high = np.percentile(spent, OUTER)
    return np.clip(np.exp(ridge.predict(np.asarray(asked, dtype=np.float64))), low, high)
