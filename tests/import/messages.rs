//! What a network cannot have is named, all of it.

use std::rc::Rc;

use shapeproof::shape::Dims;

use crate::example::graph::{Attribute, Graph, Node, Numbers, Setting, Tensor};
use crate::example::import;
use crate::example::translate::Refusal;

/// A node with the name of its output.
pub fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, Setting)]) -> Node {
    let attribute = |(name, setting): &(&str, Setting)| Attribute {
        name: (*name).into(),
        alias: (*name).into(),
        setting: setting.clone(),
    };
    Node {
        name: output.into(),
        operator: operator.into(),
        inputs: inputs.iter().map(|&name| name.into()).collect(),
        outputs: vec![output.into()],
        attributes: attributes.iter().map(attribute).collect(),
        ..Node::default()
    }
}

/// A graph from `x`, 4×8×6, to the last node's output, with the weights `w` `[4, 4, 3, 3]` and `k`, a number.
pub fn graph(nodes: &[Node]) -> Graph {
    let tensor = |dims: &[usize], number: f64| {
        Rc::new(Tensor { dims: dims.into(), numbers: Numbers::Real(vec![number; dims.iter().product()]) })
    };
    Graph {
        opset: 20,
        inputs: vec![("x".into(), Some(vec![None, Some(4), Some(8), Some(6)]))],
        outputs: nodes.last().map(|node| node.outputs[0].clone()).into_iter().collect(),
        nodes: nodes.to_vec(),
        constants: [("w".into(), tensor(&[4, 4, 3, 3], 0.5)), ("k".into(), tensor(&[], 0.5))].into(),
        ..Graph::default()
    }
}

/// The complaints about a graph.
pub fn says(nodes: &[Node]) -> Vec<String> {
    match import(&graph(nodes), None) {
        Err(Refusal::Complaints(complaints)) => complaints.iter().map(|complaint| complaint.to_string()).collect(),
        Err(Refusal::Damage(damage)) => {
            vec![format!("{}: found {}, expected {}", damage.what, damage.found, damage.expected)]
        }
        Ok(imported) => vec![crate::example::text::text(&imported.network, "Net", &[], false)],
    }
}

pub fn ints(numbers: &[i64]) -> Setting {
    Setting::Ints(numbers.into())
}

#[test]
fn everything_without_a_counterpart_is_named() {
    let found = says(&[
        node("Conv", &["x", "w"], "a", &[("auto_pad", Setting::Text("SOME".into())), ("shade", Setting::Int(7))]),
        node("Mish", &["a"], "b", &[]),
        node("Conv", &["b", "w"], "c", &[("pads", ints(&[1, 1]))]),
        node("Elu", &["c"], "d", &[("gamma", Setting::Float(0.25))]),
    ]);
    assert_eq!(
        found,
        [
            "node `a`, Conv: auto_pad: found SOME, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER",
            "node `a`, Conv: shade: found 7, expected no such attribute",
            "node `b`, Mish: the importer does not know this operator",
            "node `c`, Conv: pads: found [1, 1], expected 4 sizes",
            "node `d`, Elu: gamma: found 0.25, expected no such attribute",
        ]
    );
    let group = |groups| says(&[node("Conv", &["x", "w"], "a", &[("group", Setting::Int(groups))])]);
    assert_eq!(group(3), ["node `a`, Conv: Conv2D has 3 groups, which do not divide its 4 input channels"]);
    assert_eq!(group(2), ["node `a`, Conv: weight: found 4 channels in 2 groups, expected 4 in all"]);
    assert_eq!(group(0), ["node `a`, Conv: group: found 0, expected at least 1"]);
}

#[test]
fn axes_and_sizes_that_are_wrong_are_named() {
    let axes = |operator: &str, axes: &[i64]| {
        let list = node("Constant", &[], "axes", &[("value_ints", ints(axes))]);
        says(&[list, node(operator, &["x", "axes"], "y", &[])]).join("\n")
    };
    assert_eq!(
        axes("Squeeze", &[-1]),
        "node `y`, Squeeze: axes: found [3] of an input that is 4×8×6, with 4 axes, expected [2], [3] or both of an [N, C, 1, 1], \
         or [2] of an [N, C, 1, L] or [N, C, 1]"
    );
    assert_eq!(
        axes("Unsqueeze", &[0]),
        "node `y`, Unsqueeze: axes: found [0] of an input with 4 axes, expected [1], [2] or [2, 3] of an [N, C], or [2] of an \
         [N, C, L]"
    );
    let flat = [node("Flatten", &["x"], "a", &[]), node("Conv", &["a", "w"], "y", &[])];
    assert_eq!(says(&flat), ["node `y`, Conv: found an input with 2 axes, expected [N, C, H, W] or [N, C, L]"]);
    let pads = |pads: Setting| says(&[node("Conv", &["x", "w"], "y", &[("pads", pads)])]).join("\n");
    assert_eq!(pads(ints(&[0, -1, 0, 0])), "node `y`, Conv: pads: found [0, -1, 0, 0], expected sizes of at least 0");
    assert_eq!(pads(Setting::Int(1)), "node `y`, Conv: pads: found 1, expected a list of sizes");
}

#[test]
fn the_shape_of_a_sample_is_asked_for() {
    let says = |sizes: &[Option<usize>], input| {
        let mut graph = graph(&[node("Relu", &["x"], "y", &[])]);
        graph.inputs = vec![("x".into(), Some(sizes.into()))];
        match import(&graph, input) {
            Err(Refusal::Damage(damage)) => {
                format!("{}: found {}, expected {}", damage.what, damage.found, damage.expected)
            }
            other => panic!("{other:?}", other = other.err()),
        }
    };
    let series = "`--input C,L`, channels and length of a series";
    assert_eq!(
        says(&[None, Some(2), None], None),
        format!("input `x`: found [?, 2, ?], expected sizes; give them as {series}")
    );
    let image = Some(Dims::new(2, 6, 5));
    assert_eq!(says(&[None; 3], image), format!("--input: found 2×6×5, expected {series}"));
    let vector = "`--input C`, the numbers of a vector";
    assert_eq!(says(&[None; 2], image), format!("--input: found 2×6×5, expected {vector}"));
    let whole = "input `x`: found [?, 3, ?, ?], expected sizes; give them as `--input C,H,W`";
    assert_eq!(says(&[None, Some(3), None, None], None), whole);
}

#[test]
fn windows_of_all_kinds() {
    let layer = |operator: &str, weight: &[&str], more: &[(&str, Setting)]| {
        let text = says(&[node(operator, &[&["x"], weight].concat(), "p", more)]).remove(0);
        text.lines().nth(2).unwrap_or(&text).trim().to_string()
    };
    let sides = ("pads", ints(&[0, 1, 2, 1]));
    assert_eq!(
        layer("Conv", &["w"], &[sides.clone(), ("dilations", ints(&[2, 1]))]),
        "Conv2D(filters = 4, kernel = 3, padding = [[0, 2], [1, 1]], dilation = [2, 1], bias = false), // 4×6×6"
    );
    let [size, strides, ceil] =
        [("kernel_shape", ints(&[3, 3])), ("strides", ints(&[2, 2])), ("ceil_mode", Setting::Int(1))];
    assert_eq!(
        layer("MaxPool", &[], &[size.clone(), strides, ceil]),
        "MaxPool2D(window = 3, stride = 2, ceil = true), // 4×4×3"
    );
    assert_eq!(
        layer("AveragePool", &[], &[size.clone(), ("pads", ints(&[0, 1, 1, 1]))]),
        "AvgPool2D(window = 3, stride = 1, padding = [[0, 1], [1, 1]], count_padding = false), // 4×7×6"
    );
    assert_eq!(layer("MaxPool", &[], &[("kernel_shape", ints(&[8, 6]))]), "GlobalMaxPool2D, // 4");
    assert_eq!(
        layer("MaxPool", &[], &[size, ("strides", ints(&[0, 1]))]),
        "node `p`, MaxPool: MaxPool2D window 3×3 has stride 0×1; it must be at least 1"
    );
}

#[test]
fn transposed_convolutions_and_what_they_lack() {
    let layer = |more: &[(&str, Setting)]| {
        let text = says(&[node("ConvTranspose", &["x", "w"], "p", more)]).join("\n");
        text.lines().nth(2).unwrap_or(&text).trim().to_string()
    };
    let strides = ("strides", ints(&[2, 3]));
    assert_eq!(
        layer(&[strides.clone(), ("pads", ints(&[1, 0, 1, 0])), ("output_padding", ints(&[1, 2]))]),
        "ConvTranspose2D(filters = 4, kernel = 3, stride = [2, 3], padding = [1, 0], output_padding = [1, 2], bias = false), // 4×16×20"
    );
    for (more, what) in [
        (
            ("output_padding", ints(&[1, 3])),
            "ConvTranspose2D kernel 3×3 has output_padding 1×3; it must be below its stride, 2×3",
        ),
        (("pads", ints(&[0, 0, 1, 1])), "pads: found [0, 0, 1, 1], expected the same on opposite sides"),
        (
            ("pads", ints(&[9; 4])),
            "ConvTranspose2D kernel 3×3 gives 17×18 pixels of its 4×8×6 input, of which padding 9×9 leaves nothing",
        ),
        (("group", Setting::Int(2)), "group: found 2, expected 1"),
        (("auto_pad", Setting::Text("SAME_UPPER".into())), "auto_pad: found SAME_UPPER, expected NOTSET or VALID"),
        (("output_shape", ints(&[16, 18])), "output_shape: found [16, 18], expected no such attribute"),
    ] {
        assert_eq!(layer(&[strides.clone(), more]), format!("node `p`, ConvTranspose: {what}"));
    }
    assert_eq!(
        layer(&[("strides", ints(&[0, 1]))]),
        "node `p`, ConvTranspose: ConvTranspose2D kernel 3×3 has stride 0×1; it must be from 1 to 2147483647"
    );
}

#[test]
fn images_become_larger_a_whole_number_of_times() {
    let text = |text: &str| Setting::Text(text.into());
    let resize = |scales: &[f64], sizes: &[i64], more: &[(&str, Setting)]| {
        let list = |name, setting| node("Constant", &[], name, &[setting]);
        let nodes = [
            list("scales", ("value_floats", Setting::Floats(scales.into()))),
            list("sizes", ("value_ints", ints(sizes))),
            node("Resize", &["x", "", "scales", if sizes.is_empty() { "" } else { "sizes" }], "p", more),
        ];
        let text = says(&nodes).join("\n");
        text.lines().nth(2).unwrap_or(&text).trim().to_string()
    };
    let nearest = [("coordinate_transformation_mode", text("asymmetric")), ("nearest_mode", text("floor"))];
    assert_eq!(resize(&[1.0, 1.0, 2.0, 3.0], &[], &nearest), "Upsample(scale = [2, 3]), // 4×16×18");
    assert_eq!(resize(&[1.0, 1.0, 2.0, 2.0], &[], &[]), "Upsample(scale = 2), // 4×16×12");
    assert_eq!(
        resize(&[], &[5, 4, 16, 12], &[("mode", text("linear"))]),
        "Upsample(scale = 2, bilinear = true), // 4×16×12"
    );
    assert_eq!(resize(&[], &[8, 18], &[("axes", ints(&[2, 3]))]), "Upsample(scale = [1, 3]), // 4×8×18");
    let refused = |what: &str| format!("node `p`, Resize: {what}");
    let whole = "expected whole multiples of its 4×8×6 input";
    for (scales, sizes, found) in [
        (&[1.0, 1.0, 1.5, 2.0][..], &[][..], "scales: found [1, 1, 1.5, 2]"),
        (&[1.0, 2.0, 2.0, 2.0], &[], "scales: found [1, 2, 2, 2]"),
        (&[2.0, 2.0], &[], "scales: found [2, 2]"),
        (&[1.0, 1.0, 0.0, f64::NAN], &[], "scales: found [1, 1, 0, NaN]"),
        (&[], &[1, 4, 12, 12], "sizes: found [1, 4, 12, 12]"),
        (&[], &[1, 4, 0, 12], "sizes: found [1, 4, 0, 12]"),
        (&[], &[1, 4, 8, 6, 16, 12], "sizes: found [1, 4, 8, 6, 16, 12]"),
    ] {
        assert_eq!(resize(scales, sizes, &[]), refused(&format!("{found}, {whole}")));
    }
    let more = |name, setting| resize(&[1.0, 1.0, 2.0, 2.0], &[], &[(name, setting)]);
    assert_eq!(more("mode", text("cubic")), refused("mode: found cubic, expected nearest or linear"));
    assert_eq!(more("axes", ints(&[3, 2])), refused("axes: found [3, 2], expected [2, 3], height and width"));
    assert_eq!(
        more("nearest_mode", text("ceil")),
        refused(
            "coordinate_transformation_mode and nearest_mode: found half_pixel and ceil, \
             expected asymmetric and floor, or half_pixel and round_prefer_floor"
        )
    );
    assert_eq!(
        resize(
            &[1.0, 1.0, 2.0, 2.0],
            &[],
            &[("mode", text("linear")), ("coordinate_transformation_mode", text("align_corners"))]
        ),
        refused("coordinate_transformation_mode: found align_corners, expected half_pixel")
    );
    assert_eq!(resize(&[], &[], &[]), refused("sizes and scales: found none that is known, expected one of them"));
}

#[test]
fn a_softmax_is_over_an_axis() {
    let softmax = |axis: i64, opset| {
        let mut graph = graph(&[node("Softmax", &["x"], "p", &[("axis", Setting::Int(axis))])]);
        graph.opset = opset;
        match import(&graph, None) {
            Ok(imported) => crate::example::text::text(&imported.network, "Net", &[], false),
            Err(refusal) => format!("{refusal:?}"),
        }
    };
    for (axis, layer) in [(1, "Softmax"), (-3, "Softmax"), (2, "Softmax(axis = 2)"), (-1, "Softmax(axis = 3)")] {
        assert!(softmax(axis, 13).contains(&format!("        {layer},\n")), "{}", softmax(axis, 13));
    }
    for (axis, opset) in [(0, 13), (4, 13), (-9, 13), (1, 12), (3, 12)] {
        assert!(softmax(axis, opset).contains(&format!("axis: found {axis}, expected 1")), "{axis} {opset}");
    }
}

#[test]
fn branches_that_no_block_joins_are_named() {
    let relu = |input, output| node("Relu", &[input], output, &[]);
    let tanh = |input, output| node("Tanh", &[input], output, &[]);
    let axis = |axis| [("axis", Setting::Int(axis))];
    let text = says(&[relu("x", "a"), tanh("a", "b"), node("Concat", &["b", "x"], "c", &axis(1))]).remove(0);
    assert!(
        text.contains("        Concat(\n            (ReLU, Tanh),\n            Identity,\n        ), // 8×8×6\n"),
        "{text}"
    );
    assert_eq!(
        says(&[relu("x", "a"), tanh("x", "b"), node("Concat", &["a", "b"], "c", &axis(2))]),
        ["node `c`, Concat: axis: found 2, expected 1, the channels"]
    );
    // Mish, as TorchScript writes it, is a gate.
    assert_eq!(
        says(&[node("Softplus", &["x"], "a", &[]), tanh("a", "b"), node("Mul", &["x", "b"], "c", &[])]),
        ["shapeproof::network! {\n    pub type Net = [4, 8, 6] =>\n        Gate(Softplus, Tanh),\n}\n"]
    );
    assert_eq!(
        says(&[relu("x", "a"), node("Add", &["a", "a"], "b", &[])]),
        ["node `b`, Add: found a value that is added to itself, expected two branches"]
    );
    assert_eq!(
        says(&[relu("x", "a"), node("Mul", &["a", "k"], "b", &[])]),
        ["node `b`, Mul: found a product with 0.5, which is no layer alone"]
    );
    // A value of one branch is used on the other.
    let conv = |input, output| node("Conv", &[input, "w"], output, &[("pads", ints(&[1; 4]))]);
    let add = |inputs: &[&str], output| node("Add", inputs, output, &[]);
    let crossing =
        says(&[conv("x", "a"), relu("a", "b"), add(&["b", "x"], "c"), tanh("c", "d"), add(&["d", "a"], "e")]);
    assert!(crossing.iter().any(|what| what.contains("branches which cross")), "{crossing:?}");
}

#[test]
fn values_come_before_they_are_used() {
    let found = says(&[node("Relu", &["b"], "a", &[]), node("Relu", &["a"], "b", &[])]);
    assert_eq!(
        found,
        ["an input of node `a`, Relu: found `b`, which no node before it computes, \
          expected a constant, or the first output of a node before it"]
    );
    assert!(says(&[node("Relu", &["nowhere"], "a", &[])])[0].contains("`nowhere`"));
    let long = says(&[node(&"Long".repeat(10_000), &["x"], &"name".repeat(10_000), &[])]);
    assert!(long.len() == 1 && long[0].len() < 1000 && long[0].contains('…'), "{long:?}");
    // What the output does not depend on is left out.
    let text = says(&[node("Mish", &["x"], "unused", &[]), node("Relu", &["x"], "a", &[])]);
    assert_eq!(text, ["shapeproof::network! {\n    pub type Net = [4, 8, 6] =>\n        ReLU,\n}\n"]);
}

/// Sums inside sums, as deep as a file may have them: no more memory or stack than for any other.
#[test]
fn many_branches_are_refused_quickly() {
    let names: Vec<String> = (0..5000).map(|at| format!("v{at}")).collect();
    let mut nodes = vec![node("Relu", &["x"], "v0", &[])];
    nodes.extend(names.windows(2).map(|pair| node("Add", &[&pair[0], "x"], &pair[1], &[])));
    assert!(says(&nodes)[0].contains("branches inside each other"));
    // Each is the sum of the two before it.
    let mut nodes = vec![node("Relu", &["x"], "v0", &[]), node("Tanh", &["x"], "v1", &[])];
    nodes.extend(names.windows(3).map(|three| node("Add", &[&three[0], &three[1]], &three[2], &[])));
    assert!(says(&nodes)[0].contains("branches"));
}
