"""A progress bar over labels: rounds, score, time left."""

from typing import Any

from tqdm.auto import tqdm

__all__ = ["Progress"]


class Progress:
    """Bar that fills with labels; silent unless `verbose`.

    Parameters
    ----------
    total : int
        Labels in the budget.
    verbose : int
    """

    def __init__(self, total: int, verbose: int):
        self.bar = tqdm(total=total, unit="label", disable=not verbose, dynamic_ncols=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.bar.close()

    def show(self, record: dict[str, Any]) -> None:
        """Move on to the state after a round."""
        if self.bar.disable:
            return
        if not self.bar.initial:  # the initial set came without a query: no measure of speed
            self.bar.initial = self.bar.n = record["n_labeled"]
        self.bar.set_description(f"round {record['round']}", refresh=False)
        scores = {k: f"{v:.3f}" for k, v in record.items() if k.startswith("test_")}
        self.bar.set_postfix(scores, refresh=False)
        self.bar.update(record["n_labeled"] - self.bar.n)
        self.bar.refresh()
