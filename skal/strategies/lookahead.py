"""Ask what would make the trained classifier best."""

__all__: list[str] = []
