"""Ask in dense regions."""

__all__: list[str] = []
