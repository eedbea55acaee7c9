"""What learns from people unless they bring a learner of their own."""

from typing import Any

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skal.learner import ActiveLearner
from skal.nets import CNNClassifier, cnn_params

__all__ = ["default_learner"]


def default_learner(pool: Any, *, random_state: int = 0) -> ActiveLearner:
    """Make the learner of ``skal label``: it learns from a handful of labels on.

    Images are learned by a convolutional net, with more blocks for larger ones; texts by logistic
    regression on words (TF-IDF), and tables by logistic regression on scaled numbers and coded
    kinds.

    Parameters
    ----------
    pool : list of texts, DataFrame, or images of shape (n, height, width) or (n, 3, height, width)
    random_state : int, default=0

    Returns
    -------
    ActiveLearner

    Examples
    --------
    >>> from skal.labeling import default_learner
    >>> default_learner(["to be", "not to be"]).estimator[-1]
    LogisticRegression(C=10, max_iter=1000)
    """
    if isinstance(pool, list):
        model: Any = make_pipeline(
            TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
        )
    elif hasattr(pool, "columns"):
        model = make_pipeline(_columns(), LogisticRegression(max_iter=1000))
    elif len(pool.shape) > 2:
        model = CNNClassifier(**cnn_params([pool.shape[-2:]]))
    else:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return ActiveLearner(model, random_state=random_state)


def _columns() -> Any:
    """Make numbers of columns of any kind, whatever values come later."""
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    kinds = OneHotEncoder(handle_unknown="ignore", max_categories=50)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (kinds, make_column_selector(dtype_exclude="number")),
    )
