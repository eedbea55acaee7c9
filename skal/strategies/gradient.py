"""Ask by the gradients of the last layer, which are kept as two factors."""

__all__: list[str] = []
