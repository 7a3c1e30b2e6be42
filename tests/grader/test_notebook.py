"""A notebook becomes a module of the cells that are chosen, whatever the others do; what is none gets a sentence."""

from __future__ import annotations

import itertools
import json
import linecache
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import wire
from grader.candidate.modules import Modules
from grader.candidate.notebook import NotebookError, load
from grader.candidate.notebook.cell import read
from grader.candidate.notebook.choice import chosen
from grader.candidate.notebook.document import code_cells
from grader.candidate.objects import Objects

NUMBERS = itertools.count()


def notebook_of(*sources):
    """The bytes of a notebook with these code cells, and a text between them."""
    text = {"cell_type": "markdown", "source": ["# A heading\n", "def softmax(x): in words"]}
    codes = [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
    return json.dumps({"nbformat": 4, "cells": [text, *codes]}).encode()


@pytest.fixture
def module_name():
    """A name that is no module yet, and is none afterwards."""
    name = f"notebook_{next(NUMBERS)}"
    yield name
    sys.modules.pop(name, None)


@pytest.fixture
def run(tmp_path, module_name, monkeypatch):
    """Runs a notebook of these cells."""
    monkeypatch.setattr(linecache, "cache", {})

    def run(*sources, markers=(), names=()):
        file = tmp_path / f"{module_name}.ipynb"
        file.write_bytes(notebook_of(*sources))
        return load(file, module_name, str(tmp_path), markers, names)

    return run


def chosen_of(*sources, markers=(), names=()):
    """The numbers of the cells that run."""
    cells = [read(number, source, "cell") for number, source in enumerate(sources, 1)]
    return {cells[position].number for position in chosen(cells, markers, names)}


# --- The file ---------------------------------------------------------------------------------------------------------


def test_the_code_cells_are_read_in_order_whether_a_source_is_a_text_or_lines():
    assert code_cells(notebook_of("a = 1\nb = 2", ["c = 3\n", "d = 4"])) == ["a = 1\nb = 2", "c = 3\nd = 4"]


def test_the_older_format_has_its_cells_in_worksheets():
    sheets = [{"cells": [{"cell_type": "code", "input": [source]}]} for source in ("a = 1", "b = 2")]
    assert code_cells(json.dumps({"nbformat": 3, "worksheets": sheets}).encode()) == ["a = 1", "b = 2"]


def test_outputs_are_not_looked_at():
    cell = {"cell_type": "code", "source": "a = 1", "outputs": [{"data": "x" * (7 << 20), "loss": float("nan")}]}
    assert code_cells(json.dumps({"cells": [cell]}).encode()) == ["a = 1"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is not JSON: line 1, column 1"),
        (b'{"cells": [\n  {"cell_type": "code",\n}', "line 3, column 1"),
        (b"\xff\xfe\xfa", "it is not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "not an object"),
        (b'{"cells": {"0": 1}}', "a list of `cells`"),
        (b'{"cells": ["x = 1"]}', "a list of `cells`"),
        (b'{"worksheets": 3}', "a list of `worksheets`"),
        (b'{"cells": [{"cell_type": "code", "source": 3}]}', "source of a code cell"),
        (b'{"cells": [{"cell_type": "code", "source": ["a", null]}]}', "source of a code cell"),
        (b'{"cells": []}', "no code cell"),
        (b'{"cells": [{"cell_type": "markdown", "source": "# Only words"}]}', "no code cell"),
        (b"1" * 5000, "it is not JSON"),
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(data, says, tmp_path, module_name):
    file = tmp_path / "hw3.ipynb"
    file.write_bytes(data)
    with pytest.raises(NotebookError) as caught:
        load(file, module_name, str(tmp_path))
    assert says in str(caught.value)
    assert "`hw3.ipynb` is no notebook" in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["cells", "worksheets", "x"]) | st.text(), inner),
    max_leaves=12,
)
CELLS = st.fixed_dictionaries(
    {"cells": st.lists(st.fixed_dictionaries({"cell_type": st.sampled_from(["code", "raw"]), "source": JSON}))}
)


REFUSED = object()


def read_or_refused(data):
    try:
        return code_cells(data)
    except NotebookError:
        return REFUSED


@given(JSON | CELLS)
def test_any_json_gives_its_code_cells_or_a_sentence(document):
    codes = read_or_refused(json.dumps(document).encode())
    assert codes is REFUSED or (codes and all(isinstance(code, str) for code in codes))


@given(st.binary())
def test_any_bytes_give_a_sentence_or_code(data):
    assert read_or_refused(data)


# --- One cell ---------------------------------------------------------------------------------------------------------

SNIPPETS = st.lists(
    st.sampled_from(
        [
            "%matplotlib inline",
            "!ls \\",
            "%%time",
            "f?",
            "x = 1",
            "def f():",
            "    %time g()",
            "'''",
            "((",
            "\\",
            "\x00",
        ]
    )
    | st.text(max_size=8)
).map("\n".join)


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@given(SNIPPETS)
def test_any_source_is_code_or_has_an_error(source):
    cell = read(1, source, "cell")
    assert (cell.error is None) == bool(cell.codes)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nx = 7",
        "!pip install torch \\\n    --quiet\nx = 7",
        "%%time\nx = 7",
        "files = !ls *.png\nx = 7",
        "load?\n??load\nx = 7",
        "for i in range(2):\n    %time f()\nx = 7",
        "if True:\n    !ls\nx = 7",
        "x = 15\\\n% 8",
        "text = '''\n%d of\n!them?\n'''\nx = 7",
        "x = (15\n% 8)\n%time f()",
    ],
)
def test_magics_are_left_out_and_python_that_looks_like_them_is_not(run, source):
    notebook = run(source)
    assert notebook.module.x == 7
    assert not notebook.failures
    assert vars(notebook.module).get("text", "\n%d of\n!them?\n") == "\n%d of\n!them?\n"


@pytest.mark.parametrize("magic", ["bash", "html", "writefile", "javascript"])
def test_a_cell_of_another_language_does_nothing(run, magic):
    assert not run(f"%%{magic} -x\nif [ -f data ]; then rm *; fi", "x = 1").failures


def test_a_magic_does_not_move_the_lines_below_it(run):
    [failure] = run("%matplotlib inline\n!ls \\\n  -l\n1 / 0").failures
    assert failure.frames[-1].line == 4
    assert failure.frames[-1].code == "1 / 0"


def test_names_are_told_apart_by_when_they_are_needed():
    cell = read(
        1,
        "import numpy as np\n"
        "y = x + 1\n"
        "z = [y * scale for y in data]\n"
        "class Net(Base):\n"
        "    width = 3\n"
        "    depth = width\n"
        "    def forward(self, x):\n"
        "        hidden = weights @ x\n"
        "        return [np.tanh(h) for h in hidden]\n"
        "def f(a=start):\n"
        "    global counter\n"
        "    counter = a\n",
        "cell",
    )
    assert cell.defines == {"np", "y", "z", "Net", "f", "counter"}
    assert {"x", "scale", "data", "Base", "start"} <= cell.uses
    assert not cell.uses & {"y", "width", "np", "weights"}
    assert {"weights", "np"} <= cell.uses_later
    assert not (cell.uses | cell.uses_later) & {"hidden", "h", "a", "self"}


# --- Which cells run --------------------------------------------------------------------------------------------------


def test_all_cells_run_when_nothing_is_asked_for():
    assert chosen_of("x = 1", "y = 2") == {1, 2}


def test_only_cells_with_a_marker_a_name_or_imports_run():
    sources = ("import os\nimport sys", "# GRADED\nx = 1", "x = 2", "def f(): pass", "import os; y = 3")
    assert chosen_of(*sources, markers=["# GRADED"], names=["f"]) == {1, 2, 4}


def test_cells_that_define_what_these_use_run_too():
    sources = ("k = 1", "def g(): return k", "train()", "def f(): return g()", "f()")
    assert chosen_of(*sources, names=["f"]) == {1, 2, 4}


def test_a_local_name_brings_no_cell_along():
    assert chosen_of("res = train_for_hours()", "def f(x):\n    res = x\n    return res", names=["f"]) == {2}


def test_a_line_meets_the_definition_above_it_and_a_call_also_the_last():
    sources = ("w = 1", "w = 2", "v = w\ndef f(): return v + k", "w = 3", "k = 1", "k = 2")
    assert chosen_of(*sources, names=["f"]) == {2, 3, 6}


def test_a_name_that_is_made_from_its_own_old_value_needs_that():
    assert chosen_of("x = 1", "x = x / 2", "x += 1", "def f(): return x", names=["f"]) == {1, 2, 3, 4}


def test_functions_that_call_one_another_are_found_and_end():
    sources = ("def even(n): return odd(n - 1)", "def odd(n): return even(n - 1)", "even(10 ** 9)")
    assert chosen_of(*sources, names=["even"]) == {1, 2}


def test_a_cell_that_does_not_compile_is_chosen_by_what_it_would_define():
    assert chosen_of("def f(:", "f(3", "f = 3 +", "f == (", names=["f"]) == {1, 3}


VARIABLES = st.sampled_from("abcd")
LINES = st.one_of(
    st.tuples(VARIABLES, VARIABLES, VARIABLES).map("{0[0]} = {0[1]} + 2 * {0[2]}".format),
    st.tuples(VARIABLES, VARIABLES).map("{0[0]} += {0[1]}".format),
    VARIABLES.map("{0} = f()".format),
    st.tuples(VARIABLES, VARIABLES).map("def f({0[0]}=3): return {0[0]} + {0[1]}".format),
    st.tuples(VARIABLES, VARIABLES).map("g = [{0[0]} * i for i in range({0[1]} % 5)]".format),
)


@given(st.lists(st.lists(LINES, min_size=1, max_size=3).map("\n".join), min_size=1, max_size=8))
def test_the_chosen_cells_make_what_all_cells_make(sources):
    begin = "a, b, c, d, g = 1, 2, 3, 4, []\ndef f(): return a"
    cells = [read(number, source, "cell") for number, source in enumerate([begin, *sources])]
    for name in ("a", "f", "g"):
        made = []
        for run in ({*range(len(cells))}, chosen(cells, [], [name])):
            namespace = {}
            for position in sorted(run):
                for code in cells[position].codes:
                    exec(code, namespace)
            made.append(namespace[name]() if name == "f" else namespace[name])
        assert made[0] == made[1]


@pytest.mark.slow
def test_ten_thousand_cells_are_chosen_from():
    sources = [f"x{n} = x{n - 1}" for n in range(10_000)]
    assert len(chosen_of(*sources, names=["x9999"])) == 10_000


# --- Running ----------------------------------------------------------------------------------------------------------


def test_a_cell_that_fails_does_not_stop_the_others(run):
    notebook = run("a = 1\nb = 1 / 0\nc = 3", "raise SystemExit", "d = a + 1")
    assert (notebook.module.a, notebook.module.d) == (1, 2)
    assert [failure.type for failure in notebook.failures] == ["ZeroDivisionError", "SystemExit"]
    assert {"b", "c"} <= notebook.unmade.keys()
    assert "d" not in notebook.unmade


def test_what_a_later_cell_defines_anew_counts(run):
    notebook = run("def f(): return 1", "def f(): return 2", names=["f"])
    assert notebook.module.f() == 2


def test_a_library_that_is_not_there_takes_no_other_import_along(run):
    notebook = run("import no_such_library\nimport math as m\nfrom no_other import x", "def f(): return m.pi")
    assert notebook.module.f() > 3
    assert {name: each.error.text for name, each in notebook.unmade.items()} == {
        "no_such_library": "No module named 'no_such_library'",
        "x": "No module named 'no_other'",
    }


PLOTTING = """
import matplotlib.pyplot as plt, seaborn as sns
from IPython.display import clear_output, Image
from mpl_toolkits.mplot3d import Axes3D
from tqdm.notebook import tqdm, trange
from ipywidgets import interact

sns.set_theme(style="white")
plt.rcParams["figure.figsize"] = (5, 5)
fig, (left, right) = plt.subplots(1, 2)
counts, bins, bars = right.hist([1, 2, 3])
line, = left.plot([1, 2], [3, 4], "r--")
line.set_label("x")
_, ((a, b), *rest) = plt.subplots(2, 2)
figure, axis = plt.subplots()
first, *others = axis.bar([1], [2])
for axis in fig.axes: axis.grid()
with plt.style.context("ggplot"), tqdm(total=3) as bar: bar.update(1)
total = sum(tqdm([1, 2, 3])) + sum(trange(3)) + len(tqdm([1]))
display(Image("plot.png"))
get_ipython().run_line_magic("matplotlib", "inline")

@interact(n=(1, 9))
def drawn(n):
    import matplotlib.cm
    plt.imshow([[n]], cmap=matplotlib.cm.viridis)
    plt.show()
    return n

@interact
def kept(n):
    return n + 1
"""


def test_plots_do_nothing_and_what_is_computed_beside_them_stays(run):
    notebook = run(PLOTTING)
    assert not notebook.failures
    assert notebook.module.total == 10
    assert notebook.module.kept(1) == 2


def test_a_function_that_plots_can_be_called_later(run):
    notebook = run("def f(x):\n    import matplotlib.pyplot as plt\n    plt.plot(x)\n    display(x)\n    return 2 * x")
    assert notebook.module.f(21) == 42


def test_the_stand_ins_are_in_the_notebook_alone(run):
    run("import matplotlib")
    with pytest.raises(ImportError):
        import no_such_library_either  # noqa: F401
    assert "matplotlib" not in sys.modules
    with pytest.raises(NameError):
        display  # noqa: B018, F821


def test_annotations_are_evaluated_as_the_notebook_says(run):
    # Compiled with this project's own `from __future__` imports, the annotation would be a text.
    assert run("def f(x: int): pass").module.f.__annotations__ == {"x": int}


# --- As the hand-in ---------------------------------------------------------------------------------------------------


@pytest.fixture
def get(tmp_path, module_name, monkeypatch):
    """What the examiner is answered when it asks for a name and calls it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(linecache, "cache", {})

    def get(name, *sources, names=()):
        if sources:
            (tmp_path / f"{module_name}.ipynb").write_bytes(notebook_of(*sources))
        modules = Modules(str(tmp_path))
        modules.load(module_name, (), names)
        objects = Objects(modules, lambda call, body: (wire.Return(), body))
        answer, body = objects.perform(wire.Get(0, name), wire.Body())
        if isinstance(answer, wire.Return) and isinstance(answer.value, wire.Handle):
            answer, body = objects.perform(wire.Call(answer.value.id), body)
        return answer

    return get


def test_a_name_is_found_in_the_notebook(get):
    assert get("f", "k = 20", "def f(): return k + 1", names=["f"]) == wire.Return(21)


def test_a_python_file_of_the_same_name_goes_first(get, tmp_path, module_name):
    (tmp_path / f"{module_name}.py").write_text("def f(): return 'file'")
    assert get("f", "def f(): return 'notebook'") == wire.Return("file")


def test_a_notebook_goes_first_where_the_assignment_chooses_its_cells(get, tmp_path, module_name):
    (tmp_path / f"{module_name}.py").write_text("def f(): return 'exported long ago'")
    assert get("f", "def f(): return 'notebook'", names=["f"]) == wire.Return("notebook")


def test_a_python_file_does_where_there_is_no_notebook(get, tmp_path, module_name):
    (tmp_path / f"{module_name}.py").write_text("def f(): return 'file'")
    assert get("f", names=["f"]) == wire.Return("file")


def test_a_traceback_names_the_cell_and_shows_the_line(get, module_name):
    answer = get("f", "import math", "def g():\n    return missing", "def f():\n    # so far\n    return g() + 1")
    assert [(frame.file, frame.line, frame.code) for frame in answer.frames] == [
        (f"{module_name}.ipynb, cell 3", 3, "return g() + 1"),
        (f"{module_name}.ipynb, cell 2", 2, "return missing"),
    ]


def test_a_name_of_a_failed_cell_is_told_with_what_failed_there(get, module_name):
    answer = get("f", "x = 1", "%time x\ny = undefined\ndef f(): pass", names=["f"])
    assert isinstance(answer, wire.NotImported)
    assert (answer.error.type, answer.error.frames[-1].file) == ("NameError", f"{module_name}.ipynb, cell 2")
    assert (answer.error.frames[-1].line, answer.error.frames[-1].code) == (2, "y = undefined")


def test_a_name_of_a_cell_that_is_no_python_is_told_with_the_line(get, module_name):
    answer = get("f", "def f(x):\n    return (x", names=["f"])
    assert isinstance(answer, wire.NotImported)
    assert answer.error.frames[-1] == wire.Frame(f"{module_name}.ipynb, cell 1", 2, "", "return (x")


def test_a_function_that_lacks_what_a_failed_cell_should_have_made_is_told_of_that_cell(get):
    answer = get("f", "import no_such_library as lib", "def f(): return lib.go()", names=["f"])
    assert isinstance(answer, wire.NotImported)
    assert answer.error.text == "No module named 'no_such_library'"


def test_a_name_error_that_the_student_made_is_told_as_it_is(get):
    trap = "class Trap(NameError):\n    @property\n    def name(self): raise SystemExit\ndef f(): raise Trap('mine')"
    answer = get("f", "x = 1 / 0", trap)
    assert (answer.type, answer.text) == ("Trap", "mine")


def test_a_name_of_a_cell_that_does_not_run_is_told_so(get, module_name):
    answer = get("g", "def f(): pass", "def g(): pass", names=["f"])
    assert answer.module == f"{module_name}.ipynb, cell 2"
    assert "does not define a name that the assignment asks for" in answer.error.text


def test_a_name_that_looks_like_one_of_any_cell_is_suggested(get):
    answer = get("softmax", "def soft_max(): pass", "x = 1", names=["softmax", "x"])
    assert answer.near == ("soft_max",)


def test_what_is_no_notebook_is_the_reason_why_a_name_is_missing(get, tmp_path, module_name):
    (tmp_path / f"{module_name}.ipynb").write_bytes(notebook_of())
    answer = get("f")
    assert answer.error.type == "NotebookError"
    assert "no code cell" in answer.error.text
