"""Ask what separates hypotheses that would decide differently."""

__all__: list[str] = []
