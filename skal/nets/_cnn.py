"""A convolutional net as a scikit-learn classifier."""

import math
import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal

import torch
from torch import nn

from skal._compat import Interval
from skal.nets._base import BaseNetClassifier
from skal.nets._params import of_every_net, with_shared_docs

__all__ = ["CNNClassifier", "CNNModule", "cnn_params"]


class CNNModule(nn.Sequential):
    """Blocks of (3 × 3 convolution, ReLU, 2 × 2 max pooling), a hidden layer, logits.

    Parameters
    ----------
    input_shape : tuple of int
        (channels, height, width) of an image. A side of length 1 is not pooled.
    n_classes : int
    channels : sequence of int, default=(16, 32)
        Filters of each block.
    hidden_dim : int, default=64
        Units between the blocks and the logits.
    dropout : float in [0, 1), default=0.0
        After the blocks and after the hidden layer.

    Examples
    --------
    >>> import torch
    >>> from skal.nets import CNNModule
    >>> tuple(CNNModule((1, 8, 8), n_classes=3)(torch.zeros(2, 1, 8, 8)).shape)
    (2, 3)
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        n_classes: int,
        channels: Sequence[int] = (16, 32),
        hidden_dim: int = 64,
        dropout: float = 0.0,
    ):
        depth, height, width = input_shape
        layers: list[nn.Module] = []
        for n_filters in channels:
            window = (min(2, height), min(2, width))  # strips and small images pool to 1 and stay
            layers += [nn.Conv2d(depth, n_filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(window)]
            depth, height, width = n_filters, height // window[0], width // window[1]
        drop = [nn.Dropout(dropout)] if dropout else []
        layers += [nn.Flatten(), *drop, nn.Linear(depth * height * width, hidden_dim), nn.ReLU()]
        layers += [nn.Dropout(dropout)] if dropout else []
        super().__init__(*layers, nn.Linear(hidden_dim, n_classes))


@with_shared_docs
class CNNClassifier(BaseNetClassifier):
    """Convolutional net; a scikit-learn classifier for images.

    Parameters
    ----------
    input_shape : tuple of int, default=None
        (channels, height, width) or (height, width) of one image; needed if images come as flat
        rows. None reads it off (n, H, W) or (n, C, H, W); flat rows are then taken as square
        grey images if their length is a square number, else as strips of height 1.
    channels : sequence of int, default=(16, 32)
        Filters of each block (3 × 3 convolution, ReLU, 2 × 2 max pooling).
    hidden_dim : int, default=64
        Units between the blocks and the output.
    dropout : float in [0, 1), default=0.0
        Share of units switched off in training, before and after the hidden layer.
    {parameters of every net}

    Attributes
    ----------
    {attributes of every net}
    image_shape_ : tuple
        (channels, height, width) as the module sees a row.

    See Also
    --------
    ANNClassifier : Fully connected net.
    NetClassifier : Any module of your own.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skal import CNNClassifier
    >>> digits = load_digits()
    >>> X, y = digits.images / 16, digits.target  # (1797, 8, 8)
    >>> net = CNNClassifier(max_epochs=5, random_state=0).fit(X[:500], y[:500])
    >>> net.predict_proba(X[:3]).shape
    (3, 10)
    """

    _parameter_constraints = {
        **BaseNetClassifier._parameter_constraints,
        "input_shape": [tuple, list, None],
        "channels": [tuple, list],
        "hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    _fixed = (*BaseNetClassifier._fixed, "input_shape", "channels", "hidden_dim")
    _largest_batch = 256  # 0007: feature maps are many times as large as the rows

    def __init__(
        self,
        input_shape: tuple[int, ...] | None = None,
        *,
        channels: Sequence[int] = (16, 32),
        hidden_dim: int = 64,
        dropout: float = 0.0,
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
        self.input_shape = input_shape
        self.channels = channels
        self.hidden_dim = hidden_dim
        self.dropout = dropout
        super().__init__(**of_every_net(locals()))  # 0021

    def _image_shape(self, row: tuple[int, ...]) -> tuple[int, int, int]:
        """Read a row of X as (channels, height, width), or say why it cannot be."""
        given = None if self.input_shape is None else tuple(self.input_shape)
        if given is not None and len(given) not in (2, 3):
            raise ValueError(
                f"input_shape must be (height, width) or (channels, height, width), got {given}."
            )
        wanted = given if given is None or len(given) == 3 else (1, *given)
        if len(row) == 1 and wanted is None:
            side = math.isqrt(row[0])
            _check_strip(row[0])
            return (1, side, side) if side * side == row[0] else (1, 1, row[0])
        found = (1, *row) if len(row) == 2 else row  # grey images have no axis of channels
        if len(row) == 1:
            found = wanted if wanted and math.prod(wanted) == row[0] else row
        if len(found) != 3 or wanted not in (None, found):
            needed = "(n, H, W) or (n, C, H, W)" if given is None else f"input_shape={given}"
            advice = "; for volumes, give NetClassifier a module of Conv3d" if len(row) > 3 else ""
            raise ValueError(
                f"X has rows of shape {row}, but CNNClassifier needs {needed}{advice}."
            )
        _check_channels(found, given)
        return (found[0], found[1], found[2])

    def _check_kind(self, X: Any, *, reset: bool) -> Any:
        if not all(isinstance(n, Integral) and n > 0 for n in self.channels):
            raise ValueError(
                f"`channels` must hold whole numbers above 0, a block each, got {self.channels!r}."
            )
        X = super()._check_kind(X, reset=reset)
        if reset:
            self.image_shape_ = self._image_shape(X.shape[1:])
        return X

    def _sample_shape(self) -> tuple[int, ...]:
        return self.image_shape_

    def _build_module(self, params: dict[str, Any], dtype: torch.dtype) -> nn.Module:
        sizes = {
            "input_shape": self.image_shape_,
            "n_classes": len(self.classes_),
            "channels": self.channels,
            "hidden_dim": self.hidden_dim,
            "dropout": self.dropout,
        }
        return CNNModule(**{**sizes, **params}).to(dtype)


def _check_strip(width: int) -> None:
    """Warn of flat rows that would be read as strips, and are as long as a square colour image."""
    side = math.isqrt(width // 3)
    if side >= 8 and 3 * side * side == width:
        warnings.warn(
            f"X is read as strips of 1 × {width} pixels; set input_shape=(3, {side}, {side}) if "
            f"these are colour images, or input_shape=(1, {width}) if they are strips.",
            stacklevel=7,
        )


def _check_channels(shape: tuple[int, ...], given: tuple[int, ...] | None) -> None:
    """Refuse images whose channels come last, and warn of what is hardly an image."""
    depth, height, width = shape
    is_last = depth > 4 and width in (1, 3, 4)
    if is_last and given is None:
        raise ValueError(
            f"X must be images with channels first, (n, C, H, W), got rows of shape {shape}; pass "
            f"np.moveaxis(X, -1, 1), or input_shape={shape} if there are {depth} channels."
        )
    if is_last and depth == height:
        warnings.warn(
            f"input_shape={shape} is read as {depth} channels of {height} × {width} pixels; for "
            f"images with channels last pass np.moveaxis(X, -1, 1) and input_shape="
            f"{(width, depth, height)}.",
            stacklevel=7,
        )
    if depth > 4 and given is None:
        warnings.warn(
            f"X is read as images of {height} × {width} pixels with {depth} channels; if that is "
            f"meant, set input_shape={shape}. For volumes give NetClassifier a module of Conv3d.",
            stacklevel=7,
        )


def cnn_params(sides: Sequence[tuple[int, ...]]) -> dict[str, Any]:
    """Choose blocks that leave about 8 pixels of the largest image, and the steps of such a net.

    Parameters
    ----------
    sides : sequence of (height, width)

    Returns
    -------
    dict
        Parameters of `CNNClassifier`.

    Examples
    --------
    >>> from skal.nets import cnn_params
    >>> cnn_params([(28, 28)]), cnn_params([(64, 64)])
    ({'channels': (16, 32)}, {'channels': (16, 32, 64), 'lr': 0.001})
    """
    n_blocks = max(2, round(math.log2(max(map(max, sides)) / 8)))
    params: dict[str, Any] = {"channels": (16, 32, 64, 128)[:n_blocks]}
    return params | ({"lr": 0.001} if n_blocks > 2 else {})  # 0027
