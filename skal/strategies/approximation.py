"""Ask a sparse subset that stands for the whole pool."""

__all__: list[str] = []
