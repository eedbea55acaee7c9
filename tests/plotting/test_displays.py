"""What every display promises: one contract, no surprise on the screen, tidy figures, files."""

import inspect
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.text import Text

import skal.plotting
from skal.experiment import Comparison
from skal.plotting import (
    ClassBalanceDisplay,
    Display,
    InteractivePage,
    LabelsToTargetDisplay,
    LearningCurveDisplay,
    QueriedImagesDisplay,
    QueryMapDisplay,
    write_report,
)
from skal.plotting._histories import score_title
from skal.strategies import Entropy, Margin
from tests.plotting.runs import NASTY, many

DISPLAYS = [
    thing
    for thing in vars(skal.plotting).values()
    if inspect.isclass(thing) and issubclass(thing, Display) and thing is not Display
]
X = np.random.default_rng(0).random((1000, 4, 4))
FEW = many(["random", "margin", "badge"], n_data=2)


def readers(kind):
    """Names of the classmethods that read something and draw it."""
    return [name for name in dir(kind) if name.startswith("from_")]


def what_is_read(crowd):
    """What a parameter without a default may be, by its name."""
    histories = crowd.histories(crowd.data_names[0])
    return {
        "comparison": crowd,
        "histories": histories,
        "history": next(iter(histories.values()))[0],
        "strategies": {"margin": Margin(), "entropy": Entropy()},
        "X": X,
        "baseline": "random",
    }


# What some displays must be told beyond that. A new display needs a line only if it has such needs.
MORE = {("LabelsToTargetDisplay", "from_histories"): {"target": 0.8}}


def draw(kind, reader, crowd=FEW, **how):
    """Draw a display with the arguments that it must have."""
    known = what_is_read(crowd)
    parameters = inspect.signature(getattr(kind, reader)).parameters
    needed = {name for name, p in parameters.items() if p.default is p.empty} & known.keys()
    given = {name: known[name] for name in needed}
    given |= {"data": crowd.data_names[0]} if "data" in parameters else {}
    return getattr(kind, reader)(**given | MORE.get((kind.__name__, reader), {}) | how)


EVERY_WAY = [(kind, reader) for kind in DISPLAYS for reader in readers(kind)]
every_way = pytest.mark.parametrize(
    ("kind", "reader"), EVERY_WAY, ids=[f"{kind.__name__}.{reader}" for kind, reader in EVERY_WAY]
)
every_display = pytest.mark.parametrize("kind", DISPLAYS, ids=lambda kind: kind.__name__)


def first_way(kind):
    """A comparison where there is one: it tells most."""
    return sorted(readers(kind))[0]


# ---------------------------------------------------------------- the contract


@every_way
def test_a_display_says_in_a_line_what_it_shows(kind, reader):
    said = repr(draw(kind, reader))
    assert said.startswith(f"<{kind.__name__}: ") and said.endswith(">")
    assert len(said) < 120 and "\n" not in said
    assert kind is QueriedImagesDisplay or "margin" in said


FROM_COMPARISON = [kind for kind in DISPLAYS if "from_comparison" in readers(kind)]


@pytest.mark.parametrize("kind", [*FROM_COMPARISON, InteractivePage])
@pytest.mark.parametrize("given", [{}, None, {"margin": [{"n_labeled": 10}]}])
def test_what_is_no_comparison_is_refused_by_its_kind(kind, given):
    more = {"X": X} if "X" in inspect.signature(kind.from_comparison).parameters else {}
    words = f"`comparison` must be a Comparison, .* got {type(given).__name__}; .*from_histories"
    with pytest.raises(TypeError, match=words):
        kind.from_comparison(given, **more)


@pytest.mark.parametrize("kind", [*FROM_COMPARISON, InteractivePage])
def test_a_comparison_without_runs_is_refused(kind):
    more = {"X": X} if "X" in inspect.signature(kind.from_comparison).parameters else {}
    with pytest.raises(ValueError, match="hold.* a finished run|holds no finished run"):
        kind.from_comparison(Comparison([]), **more)


def test_a_comparison_is_none_of_the_histories():
    with pytest.raises(TypeError, match="got Comparison; use from_comparison"):
        LearningCurveDisplay.from_histories(FEW)


def test_a_line_about_many_learners_names_the_first():
    said = repr(
        draw(LearningCurveDisplay, "from_comparison", many([f"learner {k}" * 9 for k in range(9)]))
    )
    assert said.count("…") == 4 and said.endswith("5 more on data 0>")


def test_a_page_says_in_a_line_what_it_shows():
    assert repr(InteractivePage.from_comparison(FEW)) == (
        "<InteractivePage: random, margin, badge on data 0, data 1>"
    )


def test_a_notebook_gets_the_picture_once_pyplot_has_let_it_go():
    display = draw(LearningCurveDisplay, "from_comparison")
    assert display._repr_png_() is None  # pyplot shows it
    plt.close(display.figure_)
    other = plt.figure()  # of the same number
    assert other.number == display.figure_.number
    assert display._repr_png_().startswith(b"\x89PNG")


def signature_problems(kind):
    """Say how the signatures of a display break the contract."""
    found = [] if readers(kind) else ["has no from_... that draws it"]
    for name in [*readers(kind), "plot"]:
        parameters = list(inspect.signature(getattr(kind, name)).parameters.values())
        names = [p.name for p in parameters]
        by_position = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        if name == "plot":
            if by_position != ["self", "ax"] or parameters[1].default is not None:
                found.append("plot must take ax=None, and all else by keyword")
        else:
            if not inspect.ismethod(getattr(kind, name)):
                found.append(f"{name} must be a classmethod")
            if by_position[1:] not in ([], ["X"], ["X", "y"]):
                found.append(f"{name} must take X and y after what it reads, all else by keyword")
            if names[-2:] != ["ax", "plot_kw"] or parameters[-1].kind is not p_var_keyword:
                found.append(f"{name} must end in ax=None, **plot_kw")
    return found


p_var_keyword = inspect.Parameter.VAR_KEYWORD


@every_display
def test_signatures_keep_the_contract(kind):
    assert signature_problems(kind) == []


def test_a_broken_contract_is_caught():
    class Broken(Display):
        @classmethod
        def from_history(cls, history, y, X, *, ax=None):
            """Two faults: the order, and nothing for plot."""

        def from_comparison(self, comparison, *, ax=None, **plot_kw):
            """Is no classmethod, so self is no argument of its own."""

        def plot(self, figure=None):
            """Has no ax."""

    assert len(signature_problems(Broken)) == 5
    assert signature_problems(type("Bare", (Display,), {"plot": Display.plot})) == [
        "has no from_... that draws it"
    ]


def order_problems(functions):
    """List pairs of parameters that come in one order here and in the other there."""
    before = {}
    for name, function in functions.items():
        names = [n for n in inspect.signature(function).parameters if n not in ("self", "ax")]
        for pair in combinations(names, 2):
            before.setdefault(pair, name)
    return [
        f"{a} before {b} in {where}, after it in {before[b, a]}"
        for (a, b), where in before.items()
        if (b, a) in before and a < b
    ]


def test_parameters_come_in_one_order_everywhere():
    methods = {
        f"{kind.__name__}.{name}": getattr(kind, name)
        for kind in [*DISPLAYS, InteractivePage]
        for name in [*readers(kind), "plot"]
        if hasattr(kind, name)
    }
    assert order_problems(methods | {"write_report": write_report}) == []


def test_another_order_is_caught():
    problems = order_problems({"f": lambda a, b, c: 0, "g": lambda c, a: 0})
    assert problems == ["a before c in f, after it in g"]


@every_way
def test_reading_draws_and_returns_the_display(kind, reader):
    display = draw(kind, reader)
    assert type(display) is kind
    assert plt.get_fignums() == [display.figure_.number]
    assert hasattr(display, "ax_") != hasattr(display, "axes_")


@every_display
def test_the_numbers_alone_draw_the_same_picture(kind, tmp_path):
    display = draw(kind, first_way(kind))
    numbers = {name: getattr(display, name) for name in inspect.signature(kind).parameters}
    again = kind(**numbers)
    assert all(getattr(again, name) is value for name, value in numbers.items())
    assert not hasattr(again, "figure_")
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    assert again.plot() is again and again.figure_ is not display.figure_
    assert display.save(first).read_bytes() == again.save(second).read_bytes()


@every_way
def test_a_given_ax_is_drawn_in_and_nothing_else(kind, reader):
    figure = Figure(figsize=(9, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.set_title("mine")
    display = draw(kind, reader, ax=right)
    assert display.figure_ is figure and figure.get_size_inches().tolist() == [9, 5]
    assert plt.get_fignums() == []
    figure.draw_without_rendering()
    drawn = [display.ax_] if hasattr(display, "ax_") else list(display.axes_)
    edge = min(ax.get_window_extent().x0 for ax in drawn)
    assert left.get_window_extent().x1 < edge and not left.lines


@every_display
def test_options_of_plot_may_be_given_at_once(kind):
    with pytest.raises((TypeError, AttributeError), match="nonsense"):
        draw(kind, first_way(kind), nonsense=1)
    assert plt.get_fignums() == []  # half a figure helps nobody


def test_only_figures_that_are_opened_here_get_a_look_of_their_own():
    given = Figure().subplots()
    frames = [
        draw(LearningCurveDisplay, "from_comparison", ax=ax).ax_.spines for ax in (None, given)
    ]
    assert [frame["top"].get_visible() for frame in frames] == [False, True]
    assert [frame["left"].get_linewidth() for frame in frames] == [0.6, 0.8]


@pytest.mark.parametrize("kind", [LearningCurveDisplay, QueriedImagesDisplay])
def test_an_ax_in_a_subfigure_is_saved_with_the_whole_figure(kind, tmp_path):
    figure = Figure(layout="constrained")
    display = draw(kind, "from_comparison", ax=figure.subfigures(1, 2)[0].subplots())
    assert display.figure_ is figure
    assert display.save(tmp_path / "a.png").exists()


def test_an_ax_that_stands_in_no_grid_is_refused_where_there_are_panels():
    ax = Figure().add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match=r"one of the subplots of a figure.*figure.subplots\(\)"):
        draw(ClassBalanceDisplay, "from_comparison", ax=ax)


def test_importing_loads_no_matplotlib_and_no_pillow(loaded_by):
    assert not {"matplotlib", "PIL"} & loaded_by("import skal.plotting")


# ---------------------------------------------------------------- files


@every_display
def test_the_pdf_has_type_42_fonts(kind, tmp_path):
    with mpl.rc_context({"pdf.compression": 0}):
        content = draw(kind, first_way(kind)).save(tmp_path / "a.pdf").read_bytes()
    assert b"/CIDFontType2" in content  # how a PDF calls Type 42
    assert b"/Type3" not in content


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG")])
def test_the_suffix_decides_the_format(tmp_path, name, start):
    path = draw(QueryMapDisplay, "from_comparison").save(str(tmp_path / name))
    assert path == tmp_path / name and path.read_bytes().startswith(start)


def test_an_svg_has_letters_as_paths(tmp_path):
    svg = draw(LearningCurveDisplay, "from_comparison").save(tmp_path / "a.svg").read_bytes()
    assert b"<text" not in svg


@pytest.mark.parametrize("name", ["a.pdf", "a.svg"])
@pytest.mark.parametrize("kind", [LearningCurveDisplay, QueryMapDisplay])
def test_the_same_figure_is_the_same_file(kind, name, tmp_path):
    (tmp_path / "again").mkdir()
    first, second = (
        draw(kind, "from_comparison").save(folder / name).read_bytes()
        for folder in (tmp_path, tmp_path / "again")
    )
    assert first == second


def test_dpi_is_of_the_pixels(tmp_path):
    display = draw(LearningCurveDisplay, "from_comparison")
    widths = [plt.imread(display.save(tmp_path / "a.png", dpi=dpi)).shape[1] for dpi in (100, 200)]
    assert widths[1] == pytest.approx(2 * widths[0], abs=2)


def test_an_unknown_suffix_names_those_there_are(tmp_path):
    with pytest.raises(ValueError, match=r"one of \.pdf, \.svg, \.png, got 'a\.docx'"):
        draw(LearningCurveDisplay, "from_comparison").save(tmp_path / "a.docx")


def test_saving_before_drawing_asks_for_plot(tmp_path):
    with pytest.raises(ValueError, match=r"call plot\(\) first"):
        LearningCurveDisplay({}).save(tmp_path / "a.pdf")


# ---------------------------------------------------------------- tidy figures


def texts_of(figure):
    """Texts that are drawn, with their boxes in pixels."""
    figure.draw_without_rendering()
    ticks = [
        tick
        for ax in figure.axes
        if ax.axison
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis._update_ticks()  # those in view
    ]
    drawn = [text for tick in ticks for text in (tick.label1, tick.label2)]
    of_ticks = {id(t) for tick in figure.findobj(Tick) for t in (tick.label1, tick.label2)}
    drawn += [text for text in figure.findobj(Text) if id(text) not in of_ticks]
    seen = {id(t): t for t in drawn if t.get_visible() and t.get_text().strip()}
    return [(text.get_text(), text.get_window_extent()) for text in seen.values()]


def faults_of(figure):
    """List texts that leave the figure, and pairs that lie on one another."""
    texts, frame = texts_of(figure), figure.bbox
    cut = [
        name
        for name, box in texts
        if box.x0 < -1 or box.y0 < -1 or box.x1 > frame.x1 + 1 or box.y1 > frame.y1 + 1
    ]
    touching = [
        (one, other)
        for (one, a), (other, b) in combinations(texts, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 2
    ]
    return cut + touching


def named(crowd, data_name=None, **params):
    """Hold the runs of a crowd with another name of its first data set, or with parameters."""
    new = {crowd.data_names[0]: data_name or crowd.data_names[0]}
    runs = [replace(run, data=new.get(run.data, run.data)) for run in crowd.runs]
    data = {new.get(name, name): known for name, known in crowd.data.items()}
    return Comparison(runs, data=data, params=dict.fromkeys(crowd.learner_names, params))


LONG = r"a data set, whose name is long, of $5 to $9 and \frac{"
CROWDS = {
    "nasty names": named(
        many(NASTY, n_data=2, n_classes=10), LONG, scoring="neg_root_mean_squared_error"
    ),
    "eight learners": many([f"learner {i}" for i in range(8)], n_rounds=60, n_data=2, n_classes=10),
}
OF_COMPARISONS = [kind for kind in DISPLAYS if hasattr(kind, "from_comparison")]
VARIANTS = [(kind, {}) for kind in OF_COMPARISONS] + [
    (LearningCurveDisplay, {"x": "seconds"}),
    (LabelsToTargetDisplay, {"target": 0.85}),  # some never get there
    (QueriedImagesDisplay, {"y": np.arange(1000) % 3, "rounds": [0, -1], "n_images": 3}),
]


@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)
@pytest.mark.parametrize(("kind", "how"), VARIANTS)
def test_no_text_is_cut_or_lies_on_another(kind, how, crowd):
    display = draw(kind, "from_comparison", crowd, **how)
    assert faults_of(display.figure_) == []
    assert display.figure_.get_figwidth() == 3.5


def words_of(kind, crowd):
    """Everything that is written in a figure, on one line."""
    texts = texts_of(draw(kind, "from_comparison", crowd).figure_)
    return " ".join(" ".join(text.split()) for text, _ in texts)


@pytest.mark.parametrize("kind", OF_COMPARISONS, ids=lambda kind: kind.__name__)
def test_figures_name_the_data_set_and_the_scorer(kind):
    words = words_of(kind, named(FEW, "digits $5-$9", scoring="neg_log_loss"))
    parameters = inspect.signature(kind.from_comparison).parameters
    assert ("digits $5-$9" in words.replace("\\", "")) == ("data" in parameters)
    assert ("test negative log loss" in words) == ("score" in parameters)


def test_the_only_data_set_is_not_named_if_nobody_named_it():
    alone = named(many(["random", "margin"]), "data")
    assert "on data" not in words_of(LearningCurveDisplay, alone)


@pytest.mark.parametrize(
    ("score", "scorings", "words"),
    [
        ("test_score", [None, None], "test accuracy"),
        ("test_score", ["f1_macro"], "test F1 macro"),
        ("test_score", [None, "f1_macro"], "test score"),
        ("test_score", [{"is": "my_scorer", "digest": "0"}], "test my scorer"),
        ("test_score", [], "test score"),
        ("test_recall", [["recall", "f1"]], "test recall"),
    ],
)
def test_a_single_scorer_is_called_by_its_name_if_all_learners_have_it(score, scorings, words):
    params = {f"learner {i}": {"scoring": scoring} for i, scoring in enumerate(scorings)}
    assert score_title(Comparison([], params=params), score) == words


def test_untidy_figures_are_caught():
    figure = Figure(figsize=(2, 2))
    figure.text(0.9, 0.5, "a long text that leaves the figure")
    figure.text(0.2, 0.2, "one")
    figure.text(0.2, 0.2, "other")
    assert faults_of(figure) == ["a long text that leaves the figure", ("one", "other")]


@pytest.mark.slow
def test_500_rounds_of_eight_learners_can_be_drawn():
    crowd = many([f"learner {i}" for i in range(8)], n_rounds=500, n_repeats=1, n_classes=4)
    for kind in OF_COMPARISONS:
        if "data" in inspect.signature(kind.from_comparison).parameters:
            assert faults_of(draw(kind, "from_comparison", crowd).figure_) == []


@pytest.mark.parametrize("kind", OF_COMPARISONS, ids=lambda kind: kind.__name__)
def test_names_that_are_no_mathtext_are_written_as_they_are(kind):
    crowd = many(["random", r"cost $\frac{ and $", "_hidden"], n_data=2)
    figure = draw(kind, "from_comparison", crowd).figure_
    written = " ".join(" ".join(name.split()) for name, _ in texts_of(figure))
    assert r"$\frac{ and $" in written
    assert ("_hidden" in written) == (kind is not QueriedImagesDisplay)  # it shows one learner


def test_a_display_that_cannot_be_drawn_leaves_no_figure():
    with pytest.raises(ValueError, match="1 names and none for"):
        draw(ClassBalanceDisplay, "from_comparison", target_names=["a"])
    with pytest.raises(ValueError, match="nonsense"):
        draw(QueryMapDisplay, "from_comparison", cmap="nonsense")
    assert plt.get_fignums() == []
