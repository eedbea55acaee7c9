"""Where people see a session: a page in the browser, a widget in a notebook."""

import getpass
from typing import TYPE_CHECKING, Any

from skal._optional import require
from skal.labeling._tasks import Asking

if TYPE_CHECKING:
    from skal.labeling._widget import LabelingWidget

__all__ = ["FrontEnds"]


class FrontEnds(Asking):
    """Base of a session: what it opens for people, with the learner at work behind it."""

    _template: Any

    def serve(self, **options: Any) -> Any:
        """Open the page on which people label; a learner trains behind it.

        Parameters
        ----------
        **options
            Those of `skal.labeling.web.serve`: ``who``, ``host``, ``port``, ``names``,
            ``browser``, ``block``.

        Returns
        -------
        PageServer
            With the ``links`` of people, and ``stop()``, which leaves the trainer at work.
        """
        from skal.labeling.web import serve  # starlette and uvicorn: only here

        self._train_behind()
        return serve(self, **options)

    def widget(self, annotator: str | None = None) -> "LabelingWidget":
        """Open the page on which one person labels, in a notebook; a learner trains behind it.

        Needs the extra ``skal[notebook]``. Keys are answers while the page has the focus, and the
        notebook's otherwise. A kernel that does not answer while a cell runs (ipykernel before
        version 7) loses nothing: the page keeps what is answered and sends it afterwards.

        Parameters
        ----------
        annotator : str, default=None
            Who labels; None: the name of the account that runs the kernel.

        Returns
        -------
        LabelingWidget
            Shown where it is the last line of a cell. ``close()`` takes it away; the trainer
            goes on.
        """
        require("anywidget", extra="notebook", purpose="LabelingSession.widget")
        from skal.labeling._widget import LabelingWidget

        if annotator is None:
            annotator = getpass.getuser()
        if not isinstance(annotator, str) or not annotator.strip():
            raise ValueError(f"`annotator` must be a name, got {annotator!r}.")
        self._train_behind()
        return LabelingWidget(self, annotator)

    def _train_behind(self) -> None:
        if self._template is not None:
            self.start_trainer()

    def start_trainer(self) -> None:
        raise NotImplementedError
