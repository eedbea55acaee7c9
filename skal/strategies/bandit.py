"""Learn which strategy pays."""

__all__: list[str] = []
