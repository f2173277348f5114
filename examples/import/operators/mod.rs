//! The table of operators: what a node becomes.
//!
//! A new operator is a line in the table, and a function in the file of its kind. Then, if it has them:
//!
//! - its module in PyTorch, a line in the table of `torch/modules.rs`, with the names of its arguments and tensors;
//! - a layer that follows another on its line: its name among the `FOLLOWERS` in `text.rs`;
//! - what is no layer alone, but a step of several that are one: a [`Math`](super::part::Math), its words in `layers.rs`, and a rule
//!   in `rules`;
//! - an operator on constants alone: `fold.rs`.
//!
//! It has tests in `tests/import`, and a model in `tests/interop/models.py`, whose predictions are compared with PyTorch's. What is still
//! missing is listed in the README of the examples, and for this crate's own exports in `LACKING` of `tests/interop/main.rs`.
//!
//! A function reads the attributes that it knows from its [`Call`]; those that it has not asked for are complained about, by name
//! and value. Where a layer has no counterpart for a value yet, the function says so by [`Call::only`] or [`Call::refuse`], and goes
//! on with the shape that the operator would give, so that everything that is missing is found at once.

mod activation;
mod arithmetic;
mod normal;
mod resize;
mod shape;
mod weighted;
mod window;

pub use self::weighted::transpose;
use super::call::{Call, Made, Shape};

type Operator = fn(&Call) -> Made;

/// ONNX's operators, in the order of the alphabet.
const OPERATORS: &[(&str, Operator)] = &[
    ("Add", arithmetic::add),
    ("AveragePool", window::average_pool),
    ("BatchNormalization", normal::batch_norm),
    ("Cast", shape::cast),
    ("Clip", activation::clip),
    ("Concat", arithmetic::concat),
    ("Conv", weighted::conv),
    ("ConvTranspose", weighted::conv_transpose),
    ("Div", arithmetic::div),
    ("Dropout", normal::dropout),
    ("Elu", activation::elu),
    ("Erf", arithmetic::erf),
    ("Flatten", shape::flatten),
    ("Gelu", activation::gelu),
    ("Gemm", weighted::gemm),
    ("GlobalAveragePool", window::global_average_pool),
    ("GlobalMaxPool", window::global_max_pool),
    ("Greater", arithmetic::greater),
    ("GroupNormalization", normal::group_norm),
    ("HardSigmoid", activation::hard_sigmoid),
    ("HardSwish", |call| call.plain("HardSwish")),
    ("Identity", normal::identity),
    ("InstanceNormalization", normal::instance_norm),
    ("LayerNormalization", normal::layer_norm),
    ("LeakyRelu", activation::leaky_relu),
    ("LogSoftmax", activation::log_softmax),
    ("MatMul", weighted::mat_mul),
    ("MaxPool", window::max_pool),
    ("Mul", arithmetic::mul),
    ("PRelu", activation::prelu),
    ("Pad", shape::pad),
    ("Pow", arithmetic::pow),
    ("ReduceMax", window::reduce_max),
    ("ReduceMean", window::reduce_mean),
    ("Relu", |call| call.plain("ReLU")),
    ("Reshape", shape::reshape),
    ("Resize", resize::resize),
    ("Sigmoid", |call| call.plain("Sigmoid")),
    ("Softmax", activation::softmax),
    ("Softplus", activation::softplus),
    ("Squeeze", shape::squeeze),
    ("Sub", arithmetic::sub),
    ("Swish", activation::swish),
    ("Tanh", |call| call.plain("Tanh")),
    ("Transpose", shape::transpose),
    ("Unsqueeze", shape::unsqueeze),
    ("Where", arithmetic::choose),
];

/// What the node becomes. An operator that is not in the table gives a value of unknown shape.
pub fn apply(call: &Call) -> Made {
    let node = call.node;
    if let Some(refusal) = &node.refusal {
        call.complain(refusal);
    } else if let Ok(at) = OPERATORS.binary_search_by_key(&&*node.operator, |(name, _)| name) {
        return OPERATORS[at].1(call);
    } else {
        call.complain(match node.alias {
            Some(_) => "the importer does not know this module; if it is a class of your own, export the model as ONNX",
            None => "the importer does not know this operator",
        });
    }
    // Its attributes are its own affair.
    node.attributes.iter().for_each(|attribute| call.ignore(&[&attribute.name]));
    call.lost(Shape { dims: None, rank: 0 })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_in_order() {
        assert!(super::OPERATORS.is_sorted_by(|(a, _), (b, _)| a < b));
    }
}
