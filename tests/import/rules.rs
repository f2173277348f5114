//! What `network!` refuses is refused by the importer, in the same words: what it prints compiles.

use crate::example::graph::{Node, Setting};
use crate::messages::{graph, ints, node, says};

fn reals(name: &str, numbers: &[f64]) -> Node {
    node("Constant", &[], name, &[("value_floats", Setting::Floats(numbers.into()))])
}

/// The one complaint about the last of these nodes, `y`.
fn complaint(nodes: &[Node]) -> String {
    let found = says(nodes);
    let [one] = &found[..] else { panic!("{found:?}") };
    let place = format!("node `y`, {}: ", nodes.last().unwrap().operator);
    one.strip_prefix(&place).unwrap_or_else(|| panic!("{one}")).into()
}

#[test]
fn windows() {
    let pool =
        |more: (&str, Setting)| complaint(&[node("MaxPool", &["x"], "y", &[("kernel_shape", ints(&[3, 2])), more])]);
    assert_eq!(
        pool(("pads", ints(&[2, 0, 0, 0]))),
        "MaxPool2D padding [[2, 0], [0, 0]] is more than half of its 3×2 window"
    );
    assert_eq!(pool(("dilations", ints(&[1, 0]))), "MaxPool2D window 3×2 has dilation 1×0; it must be at least 1");
    assert_eq!(
        pool(("dilations", ints(&[4, 1]))),
        "MaxPool2D window 3×2 with dilation 4×1 does not fit its 4×8×6 input"
    );
    let conv = |operator, more: (&str, Setting)| complaint(&[node(operator, &["x", "w"], "y", &[more])]);
    let text = "kernel 3×3 has dilation 0×1; it must be at least 1";
    assert_eq!(conv("Conv", ("dilations", ints(&[0, 1]))), format!("Conv2D {text}"));
    assert_eq!(conv("ConvTranspose", ("dilations", ints(&[0, 1]))), format!("ConvTranspose2D {text}"));
    assert_eq!(conv("Conv", ("strides", ints(&[1, 0]))), "Conv2D kernel 3×3 has stride 1×0; it must be at least 1");
}

#[test]
fn normalizations() {
    let norm = |operator: &str, input: &[Node], from: &str, channels: usize, more: &[(&str, Setting)]| {
        let inputs: &[&str] = match operator {
            "BatchNormalization" => &[from, "w", "w", "w", "w"],
            _ => &[from, "w", "w"],
        };
        complaint(&[input, &[reals("w", &vec![1.0; channels]), node(operator, inputs, "y", more)]].concat())
    };
    let eps = |kind: &str| format!("{kind} has eps 0; it must be a finite number above 0");
    let zero = [("epsilon", Setting::Float(0.0))];
    assert_eq!(norm("BatchNormalization", &[], "x", 4, &zero), eps("BatchNorm"));
    assert_eq!(norm("InstanceNormalization", &[], "x", 4, &zero), eps("GroupNorm"));
    assert_eq!(
        norm("GroupNormalization", &[], "x", 4, &[zero[0].clone(), ("num_groups", Setting::Int(2))]),
        eps("GroupNorm")
    );
    let mean = node("GlobalAveragePool", &["x"], "mean", &[]);
    let vector = node("Flatten", &["mean"], "v", &[]);
    assert_eq!(norm("LayerNormalization", &[mean.clone(), vector], "v", 4, &zero), eps("LayerNorm"));
    let text =
        "GroupNorm cannot split the 4 channels of its 4 input into 4 groups of one number, which has no variance";
    assert_eq!(norm("InstanceNormalization", &[mean], "mean", 4, &[]), text);
    let momentum = [("momentum", Setting::Float(-1.0))];
    assert_eq!(norm("BatchNormalization", &[], "x", 4, &momentum), "BatchNorm has momentum 2; it must be from 0 to 1");
}

#[test]
fn functions() {
    let function = |operator, more: &[(&str, Setting)]| complaint(&[node(operator, &["x"], "y", more)]);
    let nan = Setting::Float(f64::NAN);
    assert_eq!(function("Elu", &[("alpha", nan.clone())]), "ELU's `alpha` must be a finite number");
    assert_eq!(
        function("Clip", &[("min", Setting::Float(1.0)), ("max", Setting::Float(0.5))]),
        "Clip has min 1 and max 0.5; both must be finite numbers, min below max"
    );
    assert_eq!(
        function("Softplus", &[("beta", Setting::Float(0.0))]),
        "Softplus has beta 0; it must be a finite number above 0"
    );
    let dropout = |ratio| complaint(&[reals("ratio", &[ratio]), node("Dropout", &["x", "ratio"], "y", &[])]);
    assert_eq!(dropout(1.0), "Dropout drops 100 percent; it must be below 100");
    assert_eq!(dropout(-0.5), "ratio: found -50 %, expected at least 0");
    let row = [
        node("MaxPool", &["x"], "a", &[("kernel_shape", ints(&[8, 1]))]),
        node("Softmax", &["a"], "y", &[("axis", Setting::Int(2))]),
    ];
    let text = "Softmax over `axis = 2` of its 4×1×6 input sums over one number each, which becomes 1";
    assert_eq!(complaint(&row), text);
    // As several operators, it is no Softplus.
    let several = [
        reals("beta", &[-2.0]),
        node("Mul", &["x", "beta"], "a", &[]),
        node("Softplus", &["a"], "b", &[]),
        node("Div", &["b", "beta"], "c", &[]),
    ];
    let found = ["node `a`, Mul: found a product with -2", "node `c`, Div: found a product with -0.5"];
    assert_eq!(says(&several), found.map(|found| format!("{found}, which is no layer alone")));
}

#[test]
fn blocks() {
    let pool = |size: i64, output| node("MaxPool", &["x"], output, &[("kernel_shape", ints(&[size, 1]))]);
    let joined = |operator, inputs: &[&str]| complaint(&[pool(2, "a"), pool(3, "b"), node(operator, inputs, "y", &[])]);
    assert_eq!(
        joined("Concat", &["a", "b"]),
        "Concat's branches give 4×7×6 and 4×6×6, which differ in height or width and cannot be joined along the channels"
    );
    assert_eq!(
        joined("Add", &["a", "x"]),
        "Residual's body gives 4×7×6, which cannot be added to its 4×8×6 input; give it a `shortcut` to 4×7×6"
    );
    assert_eq!(
        joined("Add", &["a", "b"]),
        "Residual's body gives 4×7×6, which cannot be added to the 4×6×6 of its shortcut"
    );
    assert_eq!(
        joined("Mul", &["x", "b"]),
        "Gate's layers give 4×6×6, which cannot multiply its 4×8×6 input: they have to give 4, one for each channel, or 4×8×6"
    );
    // ONNX would broadcast the channels of the one to the columns of the other.
    let vector = [node("GlobalAveragePool", &["x"], "a", &[]), node("Flatten", &["a"], "b", &[])];
    let product = [&vector[..], &[node("Mul", &["x", "b"], "y", &[])]].concat();
    assert_eq!(complaint(&product), "found values of 4 and of 2 axes, expected the same of all");
}

#[test]
fn inputs() {
    let mut graph = graph(&[node("Relu", &["x"], "y", &[])]);
    graph.inputs = vec![("x".into(), Some(vec![None, Some(1 << 20), Some(1 << 20), Some(2)]))];
    let refusal = crate::example::import(&graph, None).err().unwrap();
    assert!(format!("{refusal:?}").contains("expected: \"1 to 2147483647 numbers\""), "{refusal:?}");
}
