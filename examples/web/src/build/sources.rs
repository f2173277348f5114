//! The lines of Rust that the page shows: what computes each kind of layer, cut from the crate's own sources.

use std::path::Path;

use shapeproof_web::json::Json;

use super::cut::{self, Lines};
use super::read;

/// One entry of a kind: its name, the file, and what is cut from it.
type Entry = (&'static str, &'static str, &'static [Cut]);

/// What is cut from a file.
enum Cut {
    /// The function of this name.
    Function(&'static str),
    /// The equation in the docs of the type of this name.
    Equation(&'static str),
}

use Cut::{Equation, Function};

const CONVOLUTIONS: &str = "src/kernel/naive/conv2d.rs";
const ELEMENTWISE: &str = "src/kernel/naive/elementwise.rs";
const POOLINGS: &str = "src/kernel/naive/pool2d.rs";
const PRODUCTS: &str = "src/kernel/naive/products.rs";

/// What the page shows of each kind: its equation, what it calls forward and backward, the kernels that these call where one
/// function says it all, and the definitions that those kernels are tested against.
const KINDS: &[(&str, &[Entry])] = &[
    (
        "Conv2D",
        &[
            ("equation", "src/layer/conv2d/mod.rs", &[Equation("Conv2D")]),
            ("forward", "src/layer/conv2d/mod.rs", &[Function("forward_phase")]),
            ("apply", "src/layer/conv2d/mod.rs", &[Function("apply")]),
            ("backward", "src/layer/conv2d/mod.rs", &[Function("backward_phase")]),
            ("kernel", "src/kernel/conv2d/forward.rs", &[Function("product_conv2d")]),
            ("kernel_backward", "src/kernel/conv2d/backward.rs", &[Function("product_conv2d_backward")]),
            ("definition", CONVOLUTIONS, &[Function("for_each_product"), Function("conv2d")]),
            (
                "definition_backward",
                CONVOLUTIONS,
                &[Function("conv2d_grad_input"), Function("add_conv2d_grad_parameters")],
            ),
        ],
    ),
    (
        "PReLU",
        &[
            ("equation", "src/layer/prelu.rs", &[Equation("PReLU")]),
            ("forward", "src/layer/prelu.rs", &[Function("forward_phase")]),
            ("backward", "src/layer/prelu.rs", &[Function("backward_phase")]),
            ("kernel", "src/kernel/rectifier.rs", &[Function("apply")]),
            ("kernel_backward", "src/kernel/rectifier.rs", &[Function("backward")]),
            ("definition", ELEMENTWISE, &[Function("leaky_relu")]),
            (
                "definition_backward",
                ELEMENTWISE,
                &[Function("leaky_relu_grad_input"), Function("leaky_relu_grad_slope")],
            ),
        ],
    ),
    (
        "ReLU",
        &[
            ("equation", "src/layer/relu.rs", &[Equation("ReLU")]),
            ("forward", "src/layer/relu.rs", &[Function("forward_phase")]),
            ("backward", "src/layer/relu.rs", &[Function("backward_phase")]),
            ("kernel", "src/kernel/activation.rs", &[Function("relu")]),
            ("kernel_backward", "src/kernel/activation.rs", &[Function("relu_grad_input")]),
            ("definition", ELEMENTWISE, &[Function("relu")]),
            ("definition_backward", ELEMENTWISE, &[Function("relu_grad_input")]),
        ],
    ),
    (
        "MaxPool2D",
        &[
            ("equation", "src/layer/max_pool2d.rs", &[Equation("MaxPool2D")]),
            ("forward", "src/layer/max_pool2d.rs", &[Function("forward_phase")]),
            ("backward", "src/layer/max_pool2d.rs", &[Function("backward_phase")]),
            ("kernel", "src/kernel/pool2d.rs", &[Function("max_pool2d")]),
            ("kernel_backward", "src/kernel/pool2d.rs", &[Function("max_pool2d_grad_input")]),
            ("definition", POOLINGS, &[Function("max_pool2d")]),
            ("definition_backward", POOLINGS, &[Function("max_pool2d_grad_input")]),
        ],
    ),
    (
        "Flatten",
        &[
            ("equation", "src/layer/flatten.rs", &[Equation("Flatten")]),
            ("forward", "src/layer/flatten.rs", &[Function("forward")]),
            ("backward", "src/layer/flatten.rs", &[Function("backward")]),
            // It copies: that is all there is to define.
            ("definition", "src/layer/flatten.rs", &[Function("forward")]),
            ("definition_backward", "src/layer/flatten.rs", &[Function("backward")]),
        ],
    ),
    (
        "Dropout",
        &[
            ("equation", "src/layer/dropout.rs", &[Equation("Dropout")]),
            ("forward", "src/layer/dropout.rs", &[Function("forward")]),
            ("backward", "src/layer/dropout.rs", &[Function("backward")]),
            ("definition", "src/layer/dropout.rs", &[Function("draw"), Function("apply")]),
            ("definition_backward", "src/layer/dropout.rs", &[Function("apply")]),
        ],
    ),
    (
        "Dense",
        &[
            ("equation", "src/layer/dense.rs", &[Equation("Dense")]),
            ("forward", "src/layer/dense.rs", &[Function("forward")]),
            ("backward", "src/layer/dense.rs", &[Function("backward")]),
            ("kernel", "src/kernel/dense.rs", &[Function("dense")]),
            (
                "kernel_backward",
                "src/kernel/dense.rs",
                &[Function("dense_grad_input"), Function("add_dense_grad_parameters")],
            ),
            ("definition", PRODUCTS, &[Function("dense")]),
            ("definition_backward", PRODUCTS, &[Function("dense_grad_input"), Function("add_dense_grad_parameters")]),
        ],
    ),
    (
        "CrossEntropy",
        &[
            ("equation", "src/loss/cross_entropy.rs", &[Equation("CrossEntropy")]),
            ("forward", "src/loss/cross_entropy.rs", &[Function("value")]),
            ("backward", "src/loss/cross_entropy.rs", &[Function("gradient")]),
            ("definition", "src/loss/cross_entropy.rs", &[Function("share"), Function("loss")]),
            ("definition_backward", "src/loss/cross_entropy.rs", &[Function("gradient")]),
            ("kernel", "src/loss/label.rs", &[Function("softmax_sum")]),
        ],
    ),
];

/// All of it as JSON: `{"Conv2D": {"forward": {"file": "src/layer/conv2d/mod.rs", "line": 310, "code": "fn …"}, …}, …}`.
pub fn json(root: &Path) -> Result<String, String> {
    let mut json = Json::object();
    for (kind, entries) in KINDS {
        json.open(kind, '{');
        for (key, file, cuts) in *entries {
            let cut = lines(&read(&root.join(file))?, cuts).map_err(|text| format!("{file}: {text}"))?;
            json.open(key, '{').text("file", file).number("line", cut.line as f64).text("code", &cut.code).close();
        }
        json.close();
    }
    // It stands in strings only. By its number, none of them can end the `<script>` around them.
    Ok(json.end().replace('<', "\\u003c"))
}

/// What is cut from a file, with an empty line between two functions, and the number of the first line.
fn lines(source: &str, cuts: &[Cut]) -> Result<Lines, String> {
    let pieces: Result<Vec<Lines>, String> = cuts
        .iter()
        .map(|cut| match cut {
            Function(name) => cut::function(source, name),
            Equation(name) => cut::equation(source, name),
        })
        .collect();
    let pieces = pieces?;
    let line = pieces.first().map_or(1, |piece| piece.line);
    let code: Vec<String> = pieces.into_iter().map(|piece| piece.code).collect();
    Ok(Lines { line, code: code.join("\n\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_lines() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let json = json(&root).unwrap();
        assert!(
            json.starts_with(r#"{"Conv2D":{"equation":{"file":"src/layer/conv2d/mod.rs","line":"#),
            "{}",
            &json[..80]
        );
        for (kind, entries) in KINDS {
            assert!(json.contains(&format!("\"{kind}\":{{\"equation\"")), "{kind}");
            for key in ["equation", "forward", "backward", "definition", "definition_backward"] {
                assert!(entries.iter().any(|(other, ..)| *other == key), "{kind} has no {key}");
            }
        }
        assert!(!json.contains('<') && json.contains("y[n, o] = b[o] + Σᵢ W[o, i] · x[n, i]"));
    }

    #[test]
    fn a_function_that_has_gone_is_an_error() {
        let gone = lines("fn backward() {}", &[Function("backward"), Function("forward")]);
        assert_eq!(gone.unwrap_err(), "there is no `fn forward`");
    }
}
