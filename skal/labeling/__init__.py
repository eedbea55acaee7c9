"""Labels from people: a store that loses nothing, a queue ordered by a model, a page."""

from skal._optional import require

__all__: list[str] = []

require("sqlalchemy", extra="label", purpose="skal.labeling")
