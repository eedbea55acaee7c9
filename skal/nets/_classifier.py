"""Any torch module as a scikit-learn classifier."""

from typing import Any, Literal

import torch
from torch import nn

from skal.nets._base import BaseNetClassifier, merge_net_params
from skal.nets._module import fresh_module

__all__ = ["NetClassifier"]


class NetClassifier(BaseNetClassifier):
    """Any torch module, trained by skorch, as a scikit-learn classifier.

    Parameters
    ----------
    module : torch.nn.Module class, factory or instance
        Turns a batch of rows into logits of shape (n, n_classes). If its signature names
        ``n_features`` (or ``in_features``, ``input_dim``), ``n_classes`` (or ``num_classes``,
        ``out_features``, ``output_dim``) or ``input_shape``, these are read off the data. An
        instance is copied and re-initialised in every `fit`.
    max_epochs : int, default=30
        Passes over the rows in one `fit` or `partial_fit`.
    batch_size : int, default=64
        Rows a gradient step.
    lr : float, default=0.003
        Learning rate.
    optimizer : {"adam", "adamw", "sgd"} or torch optimizer class, default="adam"
        The named ones run fused, which is 1.4 to 3 times faster on a CPU.
    weight_decay : float, default=0.0
    device : {"cpu", "cuda", "auto"} or torch device string, default="cpu"
        "auto" takes a GPU if there is one.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Precision of the net. "auto": float64 input stays float64, all else becomes float32.
    class_weight : "balanced" or dict of label to weight, default=None
    random_state : int, RandomState or None, default=None
        Initial weights, order of rows and dropout. torch's global state is never touched.
    callbacks : list of skorch callbacks, default=None
        Copied before use.
    scale_uint8 : bool, default=True
        uint8 input counts as pixels: divided by 255, batch by batch.
    predict_batch_size : int or "auto", default="auto"
        Rows a batch in prediction; "auto" is 1024, less for large images.
    net_params : dict, default=None
        Every other option of the skorch net, and of the module.
    verbose : int, default=0
        1 prints a line an epoch.
    **module__options
        Options for `net_params` as keywords: ``module__…``, ``optimizer__…``, ``criterion__…``,
        ``iterator_train__…``, ``train_split``. All are parameters for a grid search.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    n_features_in_ : int
        Length of axis 1 of X.
    input_shape_ : tuple
        Shape of one row as it was passed, and as the module sees it.
    net_ : skorch net
    module_ : torch.nn.Module
    history_ : skorch history

    See Also
    --------
    ANNClassifier : Fully connected net.
    CNNClassifier : Convolutional net for images.

    Examples
    --------
    >>> import torch
    >>> from sklearn.datasets import load_iris
    >>> from skal import NetClassifier
    >>> class Tiny(torch.nn.Sequential):
    ...     def __init__(self, n_features, n_classes, width=8):
    ...         super().__init__(torch.nn.Linear(n_features, width), torch.nn.ReLU(),
    ...                          torch.nn.Linear(width, n_classes))
    >>> X, y = load_iris(return_X_y=True)
    >>> net = NetClassifier(Tiny, module__width=16, random_state=0).fit(X, y)
    >>> net.get_params()["module__width"]
    16
    """

    _parameter_constraints = {
        **BaseNetClassifier._parameter_constraints,
        "module": [callable],
    }

    _fixed = (*BaseNetClassifier._fixed, "module")

    def __init__(
        self,
        module: Any,
        *,
        max_epochs: int = 30,
        batch_size: int = 64,
        lr: float = 0.003,
        optimizer: Any = "adam",
        weight_decay: float = 0.0,
        device: str = "cpu",
        dtype: Literal["auto", "float32", "float64"] = "auto",
        class_weight: Any = None,
        random_state: Any = None,
        callbacks: list[Any] | None = None,
        scale_uint8: bool = True,
        predict_batch_size: Any = "auto",
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
        **module__options: Any,
    ):
        self.module = module
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.device = device
        self.dtype = dtype
        self.class_weight = class_weight
        self.random_state = random_state
        self.callbacks = callbacks
        self.scale_uint8 = scale_uint8
        self.predict_batch_size = predict_batch_size
        self.net_params = merge_net_params(self, net_params, module__options)
        self.verbose = verbose

    def _build_module(self, params: dict[str, Any], dtype: torch.dtype) -> nn.Module:
        return fresh_module(
            self.module,
            params,
            sample_shape=self.input_shape_,
            n_classes=len(self.classes_),
            dtype=dtype,
        )
