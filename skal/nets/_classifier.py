"""Any torch module as a scikit-learn classifier."""

from typing import Any, Literal

import torch
from torch import nn

from skal.nets._base import BaseNetClassifier
from skal.nets._module import fresh_module, has_fixed_outputs
from skal.nets._params import of_every_net, with_shared_docs

__all__ = ["NetClassifier"]


@with_shared_docs
class NetClassifier(BaseNetClassifier):
    """Any torch module, trained by skorch, as a scikit-learn classifier.

    Parameters
    ----------
    module : torch.nn.Module class, factory or instance
        Turns a batch of rows into logits of shape (n, n_classes). If its signature names
        ``n_features`` (or ``in_features``, ``input_dim``), ``n_classes`` (or ``num_classes``,
        ``out_features``, ``output_dim``) or ``input_shape``, these are read off the data. An
        instance is copied and re-initialised in every `fit`. Outputs that are not read off the
        data need rows of all classes, or their names: ``partial_fit(X, y, classes)``; an
        `ActiveLearner` that knows all classes names them.
    {parameters of every net}

    Attributes
    ----------
    {attributes of every net}

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
        self.module = module
        super().__init__(**of_every_net(locals()))  # 0021

    @property
    def has_fixed_outputs(self) -> bool:
        """Whether the module has the same outputs for any number of classes."""
        given = [name.removeprefix("module__") for name in self.net_params or {}]
        return has_fixed_outputs(self.module, given)

    def _build_module(self, params: dict[str, Any], dtype: torch.dtype) -> nn.Module:
        return fresh_module(
            self.module,
            params,
            sample_shape=self.input_shape_,
            n_classes=len(self.classes_),
            dtype=dtype,
            criterion=(self.net_params or {}).get("criterion", nn.CrossEntropyLoss),
        )
