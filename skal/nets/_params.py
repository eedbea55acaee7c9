"""The parameters of every net classifier: what they mean, what is legal, and how they are kept."""

from collections.abc import Callable
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, Literal, Self, TypeVar

from sklearn.base import BaseEstimator

from skal._compat import Interval, StrOptions
from skal.nets._training import OPTIMIZERS

__all__ = ["READ_IN_EVERY_CALL", "NetParams", "of_every_net", "with_shared_docs"]

# 0021: the docstring of a net holds the line in braces, and gets the text in its place.
SHARED_DOCS = {
    "    {parameters of every net}\n": """\
    max_epochs : int or "auto", default="auto"
        Passes over the rows in one `fit` or `partial_fit`. "auto" is up to 30, and for fresh
        weights up to as many as 200 gradient steps take; training ends earlier, once its loss
        fell by less than 0.001 in ten epochs.
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
    scale_uint8 : bool or "auto", default="auto"
        Divide uint8 input by 255, batch by batch. "auto" does so with pixels: images with a value
        above 16 in the first fit, and flat rows with a value above 127.
    predict_batch_size : int or "auto", default="auto"
        Rows a batch in prediction; "auto" is 1024 (`CNNClassifier`: 256), less for large images.
    net_params : dict, default=None
        Every other option of the skorch net and of the module, such as
        ``{"train_split": ValidSplit(5)}`` or ``{"optimizer__betas": (0.8, 0.99)}``.
    verbose : int, default=0
        1 prints a line an epoch.
    **module__options
        Options for `net_params` as keywords: ``module__…``, ``optimizer__…``, ``criterion__…``,
        ``iterator_train__…``, ``train_split``. All are parameters for a grid search.
""",
    "    {attributes of every net}\n": """\
    classes_ : array of shape (n_classes,)
    n_features_in_ : int
        Length of axis 1 of X.
    feature_names_in_ : array of shape (n_features_in_,)
        If X had names and all are strings.
    input_shape_ : tuple
        Shape of one row as it was passed.
    scaled_ : bool
        uint8 input is divided by 255.
    net_ : skorch net
    module_ : torch.nn.Module
    history_ : skorch history
""",
}

NET_PREFIXES = ("module__", "optimizer__", "criterion__", "iterator_train__", "iterator_valid__")
# Read before each training or prediction: a change needs no new net.
READ_IN_EVERY_CALL = ("batch_size", "class_weight", "max_epochs", "predict_batch_size", "verbose")
NET_OPTIONS = (
    "compile", "criterion", "iterator_train", "iterator_valid", "torch_load_kwargs", "train_split",
    "use_caching",
)  # fmt: skip

Net = TypeVar("Net", bound=type)


def with_shared_docs(net: Net) -> Net:
    """Put what every net says into the docstring of a class, where it asks for it."""
    for line, text in SHARED_DOCS.items():
        net.__doc__ = (net.__doc__ or "").replace(line, text)  # python -OO keeps no docstring
    return net


def of_every_net(given: dict[str, Any]) -> dict[str, Any]:
    """Pick, of all that a constructor was given (its ``locals()``), what every net is given."""
    return {name: given[name] for name in (*NetParams._parameter_constraints, "module__options")}


class NetParams(BaseEstimator):
    """Base of net classifiers: the parameters they share, and those of the skorch net."""

    _parameter_constraints: dict[str, list[Any]] = {
        "max_epochs": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "device": [str],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "random_state": ["random_state"],
        "callbacks": [list, None],
        "scale_uint8": ["boolean", StrOptions({"auto"})],
        "predict_batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "net_params": [dict, None],
        "verbose": ["verbose"],
    }

    # Defaults stand in the classes that are public: this constructor is only called by theirs.
    def __init__(
        self,
        *,
        max_epochs: int | Literal["auto"],
        batch_size: int,
        lr: float,
        optimizer: str | Callable[..., Any],
        weight_decay: float,
        device: str,
        dtype: Literal["auto", "float32", "float64"],
        class_weight: Any,
        random_state: Any,
        callbacks: list[Any] | None,
        scale_uint8: bool | Literal["auto"],
        predict_batch_size: Any,
        net_params: dict[str, Any] | None,
        verbose: int,
        module__options: dict[str, Any],
    ):
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
        self.net_params = self._with_options(net_params, module__options)
        self.verbose = verbose

    def _with_options(self, net_params: Any, options: dict[str, Any]) -> Any:
        """Join `net_params` and keyword arguments such as ``module__hidden``."""
        for name in options:
            if not is_net_param(name):
                near = get_close_matches(name, self._get_param_names())
                meant = f" (did you mean one of {near}?)" if near else ""
                raise TypeError(
                    f"{type(self).__name__} has no parameter {name!r}{meant}; options of the net "
                    f"begin with {', '.join(NET_PREFIXES)} or are among {', '.join(NET_OPTIONS)}."
                )
        # clone demands the very object that was passed, so it is copied only to add to it;
        # fit refuses what is no dict
        if not options or not isinstance(net_params, dict | None):
            return net_params
        return {**(net_params or {}), **options}

    # 0005: options of the net are kept in one dict, and seen under their own names

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        params = super().get_params(deep=deep)
        extra = self.net_params if isinstance(self.net_params, dict) else {}
        return {**params, **extra} if deep else params

    def set_params(self, **params: Any) -> Self:
        options = {name: value for name, value in params.items() if is_net_param(name)}
        super().set_params(**{n: value for n, value in params.items() if n not in options})
        self.net_params = self._with_options(self.net_params, options)
        return self

    def _params_now(self) -> dict[str, Any]:
        """Gather parameters as they are, out of reach of what is done to `net_params` later."""
        # the constructor of a user's subclass may name few of the shared ones
        shared = {name: getattr(self, name) for name in NetParams._parameter_constraints}
        own = self.get_params(deep=False)
        return {**own, **shared, "net_params": dict(self.net_params or {})}


def is_net_param(name: str) -> bool:
    return name.startswith(NET_PREFIXES) or name in NET_OPTIONS
