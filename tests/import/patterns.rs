//! What exporters write as several operators becomes one layer.

use std::rc::Rc;

use crate::example::graph::{Node, Numbers, Setting, Tensor};
use crate::example::import;
use crate::example::weights::parameters;
use crate::messages::{graph, ints, node, says};

/// A node with a constant.
fn number(name: &str, number: f64) -> Node {
    node("Constant", &[], name, &[("value_float", Setting::Float(number))])
}

fn list(name: &str, numbers: &[i64]) -> Node {
    node("Constant", &[], name, &[("value_ints", ints(numbers))])
}

/// The layers that these nodes become, on one line.
fn layers(nodes: &[Node]) -> String {
    let said = says(nodes).join("\n");
    let (_, layers) = said.split_once("=>\n").unwrap_or(("", &said));
    let lines = layers.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines.collect::<Vec<_>>().join(" ").trim_end_matches([' ', '}', ',']).into()
}

/// The weights of the network that these nodes become.
fn weights(nodes: &[Node]) -> Vec<(String, Vec<f64>)> {
    let parameters = parameters(&import(&graph(nodes), None).unwrap().network);
    parameters.into_iter().map(|(name, tensor)| (name, tensor.real().unwrap().into())).collect()
}

fn constants() -> Vec<Node> {
    vec![
        number("half", 0.5),
        number("one", 1.0),
        number("two", 2.0),
        number("three", 3.0),
        number("six", 6.0),
        number("zero", 0.0),
        number("root", std::f64::consts::SQRT_2),
        number("cubic", f64::from(0.044715f32)),
        number("factor", f64::from((2.0 / std::f64::consts::PI).sqrt() as f32)),
        number("five", 5.0),
    ]
}

/// Nodes from triples of operator, inputs and output.
fn chain(triples: &[(&str, &[&str], &str)]) -> String {
    let nodes = triples.iter().map(|(operator, inputs, output)| node(operator, inputs, output, &[]));
    layers(&[constants(), nodes.collect()].concat())
}

#[test]
fn gelu_by_erf_and_by_tanh() {
    let gate: &[(&str, &[&str], &str)] =
        &[("Div", &["x", "root"], "a"), ("Erf", &["a"], "b"), ("Add", &["b", "one"], "c")];
    let end: &[(&str, &[&str], &str)] = &[("Mul", &["x", "c"], "d"), ("Mul", &["d", "half"], "y")];
    assert_eq!(chain(&[gate, end].concat()), "GELU");
    let end: &[(&str, &[&str], &str)] = &[("Mul", &["half", "x"], "d"), ("Mul", &["d", "c"], "y")];
    assert_eq!(chain(&[gate, end].concat()), "GELU");

    for cube in
        [&[("Pow", &["x", "three"][..], "cube")][..], &[("Mul", &["x", "x"], "s"), ("Mul", &["x", "s"], "cube")]]
    {
        let rest: &[(&str, &[&str], &str)] = &[
            ("Mul", &["cubic", "cube"], "a"),
            ("Add", &["x", "a"], "b"),
            ("Mul", &["b", "factor"], "c"),
            ("Tanh", &["c"], "d"),
            ("Add", &["one", "d"], "e"),
            ("Mul", &["x", "e"], "f"),
            ("Mul", &["f", "half"], "y"),
        ];
        assert_eq!(chain(&[cube, rest].concat()), "GELU(approximate = true)");
    }
}

#[test]
fn gates_and_softplus() {
    assert_eq!(chain(&[("Sigmoid", &["x"], "a"), ("Mul", &["a", "x"], "y")]), "SiLU");
    let clip: &[(&str, &[&str], &str)] = &[("Add", &["x", "three"], "a"), ("Clip", &["a", "zero", "six"], "b")];
    assert_eq!(chain(&[clip, &[("Div", &["b", "six"], "y")]].concat()), "HardSigmoid");
    assert_eq!(chain(&[clip, &[("Div", &["b", "six"], "c"), ("Mul", &["x", "c"], "y")]].concat()), "HardSwish");
    assert_eq!(chain(&[clip, &[("Mul", &["x", "b"], "c"), ("Div", &["c", "six"], "y")]].concat()), "HardSwish");
    assert_eq!(chain(&[("Clip", &["x", "zero"], "y")]), "ReLU");

    let soft: &[(&str, &[&str], &str)] =
        &[("Mul", &["x", "two"], "a"), ("Softplus", &["a"], "b"), ("Div", &["b", "two"], "c")];
    assert_eq!(chain(soft), "Softplus(beta = 2.0)");
    let limit: &[(&str, &[&str], &str)] = &[("Greater", &["a", "five"], "d"), ("Where", &["d", "x", "c"], "y")];
    assert_eq!(chain(&[soft, limit].concat()), "Softplus(beta = 2.0, threshold = 5.0)");
}

#[test]
fn the_sizes_of_a_view_are_computed() {
    let shape = |end: &str| {
        layers(&[
            node("Shape", &["x"], "shape", &[]),
            node("Constant", &[], "first", &[("value_int", Setting::Int(0))]),
            node("Gather", &["shape", "first"], "n", &[]),
            list("axis", &[0]),
            node("Unsqueeze", &["n", "axis"], "batch", &[]),
            list("rest", &[end.parse().unwrap()]),
            node("Concat", &["batch", "rest"], "sizes", &[("axis", Setting::Int(0))]),
            node("Reshape", &["x", "sizes"], "y", &[]),
        ])
    };
    assert_eq!((shape("-1"), shape("192")), ("Flatten".into(), "Flatten".into()));
    assert_eq!(shape("96"), "node `y`, Reshape: shape: found [N, 96], expected [N, 192], as Flatten gives");
    // As PyTorch writes an Unflatten of axis −1 of two: what is before it in the shape is found by a remainder.
    let unflatten = |axis: i64| {
        layers(&[
            node("Flatten", &["x"], "vector", &[]),
            list("axis", &[axis]),
            list("rank", &[2]),
            node("Mod", &["axis", "rank"], "place", &[]),
            node("Shape", &["vector"], "shape", &[]),
            list("first", &[0]),
            node("Slice", &["shape", "first", "place"], "before", &[]),
            list("one", &[1]),
            node("Add", &["place", "one"], "next", &[]),
            list("last", &[i64::MAX]),
            node("Slice", &["shape", "next", "last"], "after", &[]),
            list("inside", &[8, 6, 4]),
            node("Concat", &["before", "inside", "after"], "sizes", &[("axis", Setting::Int(0))]),
            node("Reshape", &["vector", "sizes"], "y", &[]),
        ])
    };
    assert_eq!(unflatten(3), "Flatten, Unflatten(channels = 8, height = 6, width = 4)");
    assert!(unflatten(-1).contains("found the result of node"), "{}", unflatten(-1));
    // A part of the shape, as PyTorch's exporter by dynamo takes it.
    let part = |start: i64, end: i64| {
        layers(&[
            node("Shape", &["x"], "shape", &[("start", Setting::Int(start)), ("end", Setting::Int(end))]),
            list("larger", &[16, 18]),
            node("Concat", &["shape", "larger"], "sizes", &[("axis", Setting::Int(0))]),
            node("Resize", &["x", "", "", "sizes"], "y", &[]),
        ])
    };
    assert_eq!((part(0, 2), part(-4, -2)), ("Upsample(scale = [2, 3])".into(), "Upsample(scale = [2, 3])".into()));
    assert!(part(0, 4).contains("sizes: found [N, 4, 8, 6, 16, 18]"), "{}", part(0, 4));
    // For a batch of three alone.
    let text = layers(&[list("sizes", &[3, -1]), node("Reshape", &["x", "sizes"], "y", &[])]);
    assert_eq!(text, "node `y`, Reshape: shape: found [3, -1], expected [N, 192], as Flatten gives");
}

/// Real numbers.
fn reals(name: &str, dims: &[usize], numbers: &[f64]) -> Node {
    let tensor = Tensor { dims: dims.into(), numbers: Numbers::Real(numbers.into()) };
    node("Constant", &[], name, &[("value", Setting::Tensor(Rc::new(tensor)))])
}

/// `x`, 4×8×6, as `[N, 2, 96]`, normalized, and as it was.
fn normalized_groups(scale: &[f64]) -> Vec<Node> {
    vec![
        list("sizes", &[0, 2, -1]),
        node("Reshape", &["x", "sizes"], "a", &[]),
        reals("scale", &[2], scale),
        reals("shift", &[2], &[0.0; 2]),
        node("InstanceNormalization", &["a", "scale", "shift"], "b", &[("epsilon", Setting::Float(0.25))]),
        node("Shape", &["x"], "shape", &[]),
        node("Reshape", &["b", "shape"], "c", &[]),
    ]
}

#[test]
fn groups_that_are_normalized() {
    let more = [
        reals("weight", &[4, 1, 1], &[2.0, 3.0, 5.0, 7.0]),
        node("Mul", &["c", "weight"], "d", &[]),
        reals("bias", &[1, 4, 1, 1], &[0.5, 1.5, 2.5, 3.5]),
        node("Add", &["d", "bias"], "y", &[]),
    ];
    let nodes = [normalized_groups(&[1.0; 2]), more.to_vec()].concat();
    assert_eq!(layers(&nodes), "GroupNorm(groups = 2, eps = 0.25)");
    assert_eq!(
        weights(&nodes),
        [("0.weight".into(), vec![2.0, 3.0, 5.0, 7.0]), ("0.bias".into(), vec![0.5, 1.5, 2.5, 3.5])]
    );
    // Without numbers for each channel, it has those of the groups.
    let nodes = normalized_groups(&[1.0, 3.0]);
    assert_eq!(weights(&nodes), [("0.weight".into(), vec![1.0, 1.0, 3.0, 3.0]), ("0.bias".into(), vec![0.0; 4])]);
    // Alone, or to another shape, the reshape is none of a network.
    assert_eq!(layers(&nodes[..5]), "node `a`, Reshape: found a reshape of 4×8×6 to 2×1×96, which is no layer alone");
    let swapped = [&nodes[..5], &[list("other", &[0, 4, 6, 8]), node("Reshape", &["b", "other"], "c", &[])]].concat();
    assert!(layers(&swapped).contains("found a reshape of 2×1×96 to 4×6×8"), "{}", layers(&swapped));
}

#[test]
fn a_factor_for_each_channel_is_part_of_the_weights() {
    let nodes = [
        reals("k1", &[2, 4, 1, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        reals("b1", &[2], &[1.0, -1.0]),
        node("Conv", &["x", "k1", "b1"], "a", &[]),
        reals("factor", &[2, 1, 1], &[10.0, 0.5]),
        node("Mul", &["a", "factor"], "y", &[]),
    ];
    assert_eq!(layers(&nodes), "Conv2D(filters = 2, kernel = 1)");
    assert_eq!(
        weights(&nodes),
        [("0.weight".into(), vec![10.0, 20.0, 30.0, 40.0, 2.5, 3.0, 3.5, 4.0]), ("0.bias".into(), vec![10.0, -0.5])]
    );
    let alone = [reals("factor", &[4, 1, 1], &[1.0, 2.0, 3.0, 4.0]), node("Mul", &["x", "factor"], "y", &[])];
    assert_eq!(
        layers(&alone),
        "node `y`, Mul: found a product with a number for each channel, after no layer with weights, which is no layer alone"
    );
}

#[test]
fn softmax_over_two_axes() {
    let over = |joined: &[i64], axis: i64, back: &[i64]| {
        layers(&[
            list("joined", joined),
            node("Reshape", &["x", "joined"], "a", &[]),
            node("LogSoftmax", &["a"], "b", &[("axis", Setting::Int(axis))]),
            list("back", back),
            node("Reshape", &["b", "back"], "y", &[]),
        ])
    };
    assert_eq!(over(&[0, 32, 6], 1, &[0, 4, 8, 6]), "LogSoftmax(axis = [1, 2])");
    assert_eq!(over(&[0, 4, -1], -1, &[-1, 4, 8, 6]), "LogSoftmax(axis = [2, 3])");
    let refused = "found a reshape of 4×8×6 to 4×1×48, which is no layer alone";
    assert!(over(&[0, 4, 48], 1, &[0, 4, 8, 6]).contains(refused), "{}", over(&[0, 4, 48], 1, &[0, 4, 8, 6]));
}

#[test]
fn the_largest_of_pieces() {
    let pieces = |sizes: &[i64], axis: i64, keeps: i64| {
        layers(&[
            list("pieces", sizes),
            node("Reshape", &["x", "pieces"], "a", &[]),
            list("axis", &[axis]),
            node("ReduceMax", &["a", "axis"], "y", &[("keepdims", Setting::Int(keeps))]),
        ])
    };
    assert_eq!(pieces(&[0, 2, 2, 8, 6], 2, 0), "Maxout(pieces = 2)");
    assert_eq!(pieces(&[0, -1, 4, 8, 6], -3, 0), "Maxout(pieces = 4)");
    assert!(pieces(&[0, 2, 2, 8, 6], 1, 0).contains("axes: found [1], expected"), "{}", pieces(&[0, 2, 2, 8, 6], 1, 0));
    let vectors = [
        node("Flatten", &["x"], "v", &[]),
        list("pieces", &[0, 64, 3]),
        node("Reshape", &["v", "pieces"], "a", &[]),
        list("axis", &[-1]),
        node("ReduceMax", &["a", "axis"], "y", &[("keepdims", Setting::Int(0))]),
    ];
    assert_eq!(layers(&vectors), "Flatten, Maxout(pieces = 3)");
}

#[test]
fn a_vector_becomes_a_series() {
    let series = |by: &str, list: Node| {
        let name = list.outputs[0].clone();
        layers(&[
            node("Flatten", &["x"], "v", &[]),
            list,
            node(by, &["v", &name], "a", &[]),
            node(
                "MaxPool",
                &["a"],
                "b",
                &[("kernel_shape", ints(&[4])), ("strides", ints(&[4])), ("pads", ints(&[0, 0]))],
            ),
            node("Relu", &["b"], "y", &[]),
        ])
    };
    let expected = |channels, width| {
        format!("Flatten, Unflatten(channels = {channels}, height = 1, width = {width}), MaxPool1D(window = 4), ReLU")
    };
    assert_eq!(series("Unsqueeze", list("axis", &[1])), expected(1, 192));
    assert_eq!(series("Reshape", list("sizes", &[-1, 6, 32])), expected(6, 32));
}

#[test]
fn a_product_and_a_sum_are_a_dense_layer() {
    let nodes = [
        list("axes", &[2, 3]),
        node("ReduceMean", &["x", "axes"], "mean", &[("keepdims", Setting::Int(1))]),
        list("last", &[-1]),
        node("Squeeze", &["mean", "last"], "a", &[]),
        node("Squeeze", &["a", "last"], "b", &[]),
        reals("w", &[4, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        node("MatMul", &["b", "w"], "c", &[]),
        reals("shift", &[2], &[0.5, 1.5]),
        node("Add", &["shift", "c"], "y", &[]),
    ];
    assert_eq!(layers(&nodes), "GlobalAvgPool2D, Dense(units = 2)");
    let parameters = parameters(&import(&graph(&nodes), None).unwrap().network);
    let found: Vec<_> =
        parameters.iter().map(|(name, tensor)| (&**name, &tensor.dims[..], tensor.real().unwrap())).collect();
    let weight = [1.0, 3.0, 5.0, 7.0, 2.0, 4.0, 6.0, 8.0];
    assert_eq!(found, [("1.weight", &[2, 4][..], &weight[..]), ("1.bias", &[2], &[0.5, 1.5])]);
}
