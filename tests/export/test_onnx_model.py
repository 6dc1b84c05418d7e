"""A model of ONNX gives what Python gives: labels, probabilities, features; and what it cannot say is refused."""

import re
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from lengths import OTHER_LENGTHS
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier
from wide import sweep

from lightwaves import (
    Intervals,
    LightWaveS,
    LightWaveSClassifier,
    LightWaveSRegressor,
    MiniRocket,
    MorletScattering,
    MultiRocket,
    Prism,
    Rocket,
    WaveletScattering,
    load_basic_motions,
)
from lightwaves.estimators.kernel import KernelHead
from lightwaves.estimators.kernel_regression import KernelRegressionHead
from lightwaves.estimators.regression import RegressionHead
from lightwaves.export import to_onnx
from lightwaves.export.kinds import NAMES
from lightwaves.export.onnx_features import WRITERS, features_of
from lightwaves.export.onnx_graph import OPSET, Graph
from lightwaves.export.onnx_model import the_package
from lightwaves.persistence.parts import PLANS
from lightwaves.plans import Together

pytestmark = pytest.mark.slow

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

X, Y = load_basic_motions("train")
X_TEST, _ = load_basic_motions("test")
SHARED = Path(__file__).parents[3] / "shared"
BANKS = {
    "Prism": Prism(240),
    "Prism, windows": Prism(240, windows=1.0),
    "MiniRocket": MiniRocket(252),
    "MultiRocket": MultiRocket(672),
    "Rocket": Rocket(60),
    "WaveletScattering": WaveletScattering(max_dilation=4),
    "several": [Prism(80), Rocket(40), WaveletScattering(max_dilation=2)],
}


def model_of(bank, y=Y, honest=False, **options):
    return LightWaveSClassifier(bank, 40, honest=honest, random_state=0, **options).fit(X, y)


@pytest.fixture(scope="module", params=BANKS)
def model(request):
    return model_of(BANKS[request.param], honest=True)  # whose chances other cases have made less sure


@pytest.fixture(scope="module")
def small():
    return model_of([Prism(80)])


def session_of(proto):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])


def run(proto, x):
    return session_of(proto).run(["label", "probabilities"], {"X": np.ascontiguousarray(x, np.float32)})


def check(model, x, **options):
    label, probabilities = run(to_onnx(model, **options), x)
    assert label.tolist() == model.predict(x).tolist()
    np.testing.assert_allclose(probabilities, model.predict_proba(x), atol=1e-5)


def test_labels_and_probabilities_are_those_of_python(model):
    check(model, X_TEST)


@OTHER_LENGTHS
@pytest.mark.parametrize("n_timepoints", [2, 3, 17, 64, 130])
def test_a_graph_for_series_of_another_length(model, n_timepoints):
    check(model, np.tile(X_TEST, (1, 1, 2))[:, :, :n_timepoints], n_timepoints=n_timepoints)


@pytest.mark.parametrize(
    ("n_timepoints", "kind"),
    sweep(
        [(1, "noise"), (2, "plateaus"), (40, "whole numbers"), (40, "plateaus"), (101, "noise")],
        [(1, "plateaus"), (1, "whole numbers"), (2, "noise"), (2, "whole numbers"), (40, "noise"), (101, "plateaus"),
         (101, "whole numbers")],
    ),
)  # fmt: skip
def test_every_feature_of_every_kind_of_plan_is_that_of_python(kind, n_timepoints):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((9, 6, n_timepoints))
    x = {"noise": x, "plateaus": np.repeat(x, 12, axis=2)[:, :, :n_timepoints], "whole numbers": np.round(2 * x)}[kind]
    x = np.ascontiguousarray(x, np.float32)
    for bank in BANKS.values():
        banks = bank if isinstance(bank, list) else [bank]
        for one in banks:
            if n_timepoints == 1 and isinstance(one, Prism | MultiRocket):
                continue  # one time has no differences
            plan = one.fit(np.ascontiguousarray(X)).plan_
            plan = plan[rng.choice(len(plan), 120)]
            close = are_close(plan, x)
            # Rocket's sums of weights may be fused: a value within that of 0 may count or not
            assert close.mean() > (0.999 if isinstance(one, Rocket) else 0.9999999), (one, kind)


def are_close(plan, x):
    """Which features of a plan, on series that are standardised already, a graph computes as Python does."""
    graph = Graph(the_package())
    features = features_of(graph, plan, graph.rows("X", plan.channels), x.shape[2])
    graph.node("Identity", features, name="features")
    make, kinds = onnx.helper.make_tensor_value_info, onnx.TensorProto
    inputs, outputs = make("X", kinds.FLOAT, ["N", *x.shape[1:]]), make("features", kinds.FLOAT, ["N", len(plan)])
    whole = onnx.helper.make_graph(graph.nodes, "features", [inputs], [outputs], graph.tensors)
    proto = onnx.helper.make_model(whole, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=8)
    (found,) = session_of(proto).run(None, {"X": x})
    return np.isclose(found, np.stack([plan.apply_one(case) for case in x]), rtol=1e-4, atol=1e-5)


def test_features_of_plans_within_plans_stand_in_the_order_of_the_plan():
    rng = np.random.default_rng(0)
    prism, rockets, wavelets = (bank.fit(X).plan_ for bank in (Prism(80), MiniRocket(84), WaveletScattering()))
    inner = Together.of([prism, rockets])
    plan = Together.of([inner[rng.permutation(len(inner))], wavelets])
    assert are_close(plan[rng.choice(len(plan), 120)], rng.standard_normal((9, 6, 40)).astype(np.float32)).all()


@pytest.mark.parametrize("name", ["BasicMotions", "Epilepsy", "Libras", "PenDigits", "RacketSports"])
def test_every_test_case_of_a_data_set_gets_its_label(name):
    path = SHARED / "data" / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    with np.load(path) as archive:
        x, y, x_test = (archive[key] for key in ("train_x", "train_y", "test_x"))
    model = LightWaveSClassifier(n_features=200, search_candidates=2000, honest=False, random_state=0)
    model.fit(x[:400], y[:400])
    check(model, x_test[:1000])


@pytest.mark.parametrize(
    "labels",
    [
        np.unique(Y, return_inverse=True)[1],
        np.unique(Y, return_inverse=True)[1].astype(np.int8) - 3,
        np.unique(Y, return_inverse=True)[1] / 1,
        Y.astype(object),
        Y == "Walking",
        np.where(Y == "Walking", "zu Fuß", "sonst"),
    ],
    ids=["int64", "int8", "float64", "objects", "bool", "two texts"],
)
def test_classes_of_any_kind_come_back_as_they_are(labels):
    check(model_of([Prism(80)], labels), X_TEST)


@pytest.mark.parametrize("labels", [Y, Y == "Walking"], ids=["four", "two"])
def test_a_kernel_head_gives_what_it_gives_in_python(labels):
    check(model_of([Prism(80)], labels, classifier=KernelHead(30)), X_TEST)


@pytest.fixture(scope="module", params=["ridge", "kernel", "kernel of a root"])
def of_numbers(request):
    """A regressor with each head."""
    head = RegressionHead() if request.param == "ridge" else KernelRegressionHead(n_landmarks=25)
    highest = X[:, 0].max(axis=1)
    y = 100 + (50 * np.exp(highest - highest.max()) if request.param == "kernel of a root" else highest)
    banks, options = [Prism(80), Rocket(40)], {"honest": False, "random_state": 0}
    model = LightWaveSRegressor(banks, 40, regressor=head, **options).fit(X, y)
    if request.param != "ridge":
        assert model.regressor_.target_.root == (request.param == "kernel of a root")
    return model


def test_a_regressor_gives_the_number_that_it_predicts(of_numbers):
    proto = to_onnx(of_numbers)
    assert [output.name for output in proto.graph.output] == ["value"]
    for cases in (X_TEST[:1], X_TEST):
        (value,) = session_of(proto).run(None, {"X": cases})
        assert (value.shape, value.dtype) == ((len(cases),), np.float64)
        np.testing.assert_allclose(value, of_numbers.predict(cases), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:The features of case .* as far:UserWarning")
def test_of_series_far_from_all_others_a_regressor_s_number_is_the_same(of_numbers):
    far = np.concatenate([1e6 * X_TEST, -1e6 * X_TEST])
    (value,) = session_of(to_onnx(of_numbers)).run(None, {"X": far})
    np.testing.assert_allclose(value, of_numbers.predict(far), rtol=1e-5)


def test_a_regressor_s_number_stays_within_its_bounds(of_numbers):
    model = deepcopy(of_numbers)
    model.regressor_.bounds_ = bounds = np.quantile(model.predict(X_TEST), [0.3, 0.7])
    (value,) = session_of(to_onnx(model)).run(None, {"X": X_TEST})
    assert {*bounds} == {value.min(), value.max()}
    np.testing.assert_allclose(value, model.predict(X_TEST), rtol=1e-5)


def test_the_number_of_cases_is_open_and_the_opset_is_said(small):
    proto = to_onnx(small)
    onnx.checker.check_model(proto, full_check=True)
    assert [(o.domain, o.version) for o in proto.opset_import] == [("", OPSET)]
    assert {node.domain for node in proto.graph.node} == {""}, "standard operators only"
    for n_cases in (1, 2, 33):
        label, probabilities = run(proto, X_TEST[:n_cases])
        assert (len(label), probabilities.shape) == (n_cases, (n_cases, 4))


def test_every_constant_and_node_is_used(small):
    graph = to_onnx(small).graph
    used = {name for node in graph.node for name in node.input} | {"label", "probabilities"}
    assert not {tensor.name for tensor in graph.initializer} - used
    assert not {name for node in graph.node for name in node.output} - used


def test_every_node_has_a_name_of_its_own(small):
    names = [node.name for node in to_onnx(small).graph.node]
    assert len({*names} - {""}) == len(names)


def test_parts_are_of_times_and_never_of_rows(model):
    graph = to_onnx(model).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor).tolist() for tensor in graph.initializer}
    axes = [constants[node.input[3]] for node in graph.node if node.op_type == "Slice"]
    assert axes == [[-1]] * len(axes), "tract takes no step across the rows of a convolution"


def test_missing_values_count_as_the_mean_where_the_model_says_so():
    model, x = model_of([Prism(80)], missing="zero"), X_TEST.copy()
    x[::2, 1, 20:40] = x[1::2, :, 60] = np.nan
    check(model, x)


def test_far_levels_and_unscaled_channels():
    for options in ({"scale": False}, {}):
        model = LightWaveSClassifier([Prism(80)], 20, honest=False, random_state=0, **options).fit(X + 1000, Y)
        check(model, X_TEST + np.float32(1000))


def test_a_file_is_written_whole(small, tmp_path):
    proto = to_onnx(small, tmp_path / "model.onnx")
    assert onnx.load(tmp_path / "model.onnx") == proto
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_what_cannot_be_said_is_refused_by_name_and_nothing_is_written(small, tmp_path):
    path = tmp_path / "model.onnx"
    with pytest.raises(TypeError, match="KNeighborsClassifier"):
        to_onnx(model_of([Prism(80)], classifier=KNeighborsClassifier()), path)
    with pytest.raises(ValueError, match="interpolate"):
        to_onnx(model_of([Prism(80)], missing="interpolate"), path)
    with pytest.raises(TypeError, match="LightWaveS"):
        to_onnx(LightWaveS(), path)
    with pytest.raises(NotFittedError):
        to_onnx(LightWaveSClassifier(), path)
    for n_timepoints, error in ((0, ValueError), ("long", TypeError), (2**31 - 1, ValueError)):
        with pytest.raises(error, match="n_timepoints"):
            to_onnx(small, path, n_timepoints)
    with pytest.raises(FileNotFoundError):
        to_onnx(small, tmp_path / "nowhere" / "model.onnx")
    assert not path.exists()


def test_text_that_no_file_can_hold_is_refused():
    model = model_of([Prism(80)], np.array(["\ud800", "b"], object)[np.arange(len(X)) % 2])
    with pytest.raises(TypeError, match="UTF-8"):
        to_onnx(model)


def test_morlet_scattering_is_refused_by_name(tmp_path):
    pytest.importorskip("kymatio")
    model = model_of(MorletScattering(J=3, Q=1))
    with pytest.raises(TypeError, match="MorletScattering"):
        to_onnx(model, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("bank", [Intervals(depth=3), [Prism(80), Intervals(depth=3)]], ids=["alone", "mixed"])
def test_intervals_are_refused_by_name(bank, tmp_path):
    with pytest.raises(TypeError, match="IntervalPlan, those of Intervals"):
        to_onnx(model_of(bank), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_every_kind_of_plan_is_written_or_refused():
    assert {*WRITERS, *NAMES, Together} == set(PLANS.values())


@OTHER_LENGTHS
def test_differences_need_two_time_points():
    model = model_of(Prism(240, differences=1.0))
    with pytest.raises(ValueError, match="n_timepoints must be at least 2"):
        to_onnx(model, n_timepoints=1)


def test_without_onnx_the_error_names_the_extra(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=re.escape("pip install 'lightwaves[onnx]'")):
        to_onnx(small)
