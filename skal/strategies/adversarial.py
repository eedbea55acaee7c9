"""Ask what a small change of the input would turn."""

__all__: list[str] = []
