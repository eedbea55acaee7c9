"""A fully connected net as a scikit-learn classifier."""

from numbers import Integral, Real
from typing import Any, Literal

import torch
from torch import nn

from skal._compat import Interval, StrOptions
from skal.nets._base import BaseNetClassifier
from skal.nets._params import of_every_net, with_shared_docs

__all__ = ["ACTIVATIONS", "ANNClassifier", "ANNModule"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "elu": nn.ELU,
}


# A Sequential: stochastic passes share what lies before the first dropout layer (0010).
class ANNModule(nn.Sequential):
    """Flatten, then `n_hidden` times (linear, activation, dropout), then linear: logits.

    Parameters
    ----------
    n_features, n_classes : int
    hidden_dim : int, default=128
    n_hidden : int, default=1
        0 makes a linear model.
    dropout : float in [0, 1), default=0.0
    activation : {"relu", "tanh", "gelu", "elu"}, default="relu"

    Examples
    --------
    >>> import torch
    >>> from skal.nets import ANNModule
    >>> tuple(ANNModule(4, 3)(torch.zeros(2, 4)).shape)
    (2, 3)
    """

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        hidden_dim: int = 128,
        n_hidden: int = 1,
        dropout: float = 0.0,
        activation: str = "relu",
    ):
        layers: list[nn.Module] = [nn.Flatten()]
        width = n_features
        for _ in range(n_hidden):
            layers += [nn.Linear(width, hidden_dim), ACTIVATIONS[activation]()]
            # a layer of rate 0 would cost 4 % of an epoch
            layers += [nn.Dropout(dropout)] if dropout else []
            width = hidden_dim
        super().__init__(*layers, nn.Linear(width, n_classes))


@with_shared_docs
class ANNClassifier(BaseNetClassifier):
    """Fully connected net; a scikit-learn classifier for flat rows and images.

    Parameters
    ----------
    hidden_dim : int, default=128
        Units of each hidden layer.
    n_hidden : int, default=1
        Hidden layers; 0 makes a linear model.
    dropout : float in [0, 1), default=0.0
        Share of hidden units switched off in training.
    activation : {"relu", "tanh", "gelu", "elu"}, default="relu"
    {parameters of every net}

    Attributes
    ----------
    {attributes of every net}

    See Also
    --------
    CNNClassifier : Convolutional net for images.
    NetClassifier : Any module of your own.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skal import ANNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> net = ANNClassifier(random_state=0).fit(X[:1000] / 16, y[:1000])
    >>> net.score(X[1000:] / 16, y[1000:]) > 0.9
    True
    """

    _parameter_constraints = {
        **BaseNetClassifier._parameter_constraints,
        "hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "n_hidden": [Interval(Integral, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
    }

    _fixed = (*BaseNetClassifier._fixed, "hidden_dim", "n_hidden", "activation")

    def __init__(
        self,
        hidden_dim: int = 128,
        *,
        n_hidden: int = 1,
        dropout: float = 0.0,
        activation: Literal["relu", "tanh", "gelu", "elu"] = "relu",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int = 64,
        lr: float = 0.003,
        optimizer: Any = "adam",
        weight_decay: float = 0.0,
        device: str = "cpu",
        dtype: Literal["auto", "float32", "float64"] = "auto",
        class_weight: Any = None,
        random_state: Any = None,
        callbacks: list[Any] | None = None,
        scale_uint8: bool | Literal["auto"] = "auto",
        predict_batch_size: Any = "auto",
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
        **module__options: Any,
    ):
        self.hidden_dim = hidden_dim
        self.n_hidden = n_hidden
        self.dropout = dropout
        self.activation = activation
        super().__init__(**of_every_net(locals()))  # 0021

    def _build_module(self, params: dict[str, Any], dtype: torch.dtype) -> nn.Module:
        sizes = {
            "n_features": int(torch.Size(self.input_shape_).numel()),
            "n_classes": len(self.classes_),
            "hidden_dim": self.hidden_dim,
            "n_hidden": self.n_hidden,
            "dropout": self.dropout,
            "activation": self.activation,
        }
        # params, which come as module__..., win: a grid may search them beside the parameters
        return ANNModule(**{**sizes, **params}).to(dtype)
