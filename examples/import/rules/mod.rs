//! Arithmetic that belongs together becomes a layer: exporters write many activations as several operators.

mod numbers;

use shapeproof::shape::{Dims, inference};

use super::budget::Budget;
use super::fault::Damage;
use super::part::{How, Join, Layer, Math, Part, close, real};

/// Puts together what belongs together, inside branches first.
///
/// # Errors
/// The layers would have more numbers than there may be.
pub fn simplify(parts: Vec<Part>, budget: &mut Budget) -> Result<Vec<Part>, Damage> {
    let mut done = Vec::new();
    for mut part in parts {
        if let Part::Join(join) = &mut part {
            for branch in &mut join.branches {
                *branch = simplify(std::mem::take(branch), budget)?;
            }
        }
        done.push(part);
        while RULES.iter().any(|rule| rule(&mut done)) || numbers::combine(&mut done, budget)? {}
    }
    Ok(done)
}

/// Each looks at the last parts of a sequence, and replaces them by fewer, or returns false.
const RULES: [fn(&mut Vec<Part>) -> bool; 7] = [softplus, hard_sigmoid, gated, gelu, threshold, softmax_of_two, maxout];

/// The layer in the place of the last `count` parts.
fn replace(parts: &mut Vec<Part>, count: usize, kind: &'static str, arguments: Vec<(&'static str, String)>) -> bool {
    let last = parts.split_off(parts.len() - count);
    let output = last.last().and_then(Part::output);
    let label = last.into_iter().find_map(|part| match part {
        Part::Layer(layer) => layer.label,
        Part::Join(join) => join.label,
        Part::Step(step) => step.label,
    });
    parts.push(Part::Layer(Layer { kind, arguments, weights: Vec::new(), label, output }));
    true
}

/// The mathematics of a step.
fn math(part: &Part) -> Option<&Math> {
    if let Part::Step(step) = part { Some(&step.math) } else { None }
}

fn adds(part: &Part, number: f64) -> bool {
    matches!(math(part), Some(Math::Add(k)) if close(*k, number))
}

fn multiplies(part: &Part, number: f64) -> bool {
    matches!(math(part), Some(Math::Mul(k)) if close(*k, number))
}

/// `ln(1 + exp(beta·x))/beta`
fn softplus(parts: &mut Vec<Part>) -> bool {
    let [.., first, Part::Layer(layer), last] = &parts[..] else { return false };
    let Some(&Math::Mul(beta)) = math(first) else { return false };
    let fits = layer.is("Softplus", &[]) && multiplies(last, 1.0 / beta) && is_softplus(layer, beta, 20.0);
    fits && replace(parts, 3, "Softplus", vec![("beta", real(beta))])
}

/// Whether a layer in the place of this one can have these numbers.
fn is_softplus(layer: &Layer, beta: f64, threshold: f64) -> bool {
    layer.output.is_some_and(|dims| inference::softplus(dims, beta, threshold).is_ok())
}

/// `min(max(x + 3, 0), 6)/6`
fn hard_sigmoid(parts: &mut Vec<Part>) -> bool {
    let [.., first, Part::Layer(layer), last] = &parts[..] else { return false };
    let fits = adds(first, 3.0) && layer.is("Clip", &[("min", "0.0"), ("max", "6.0")]) && multiplies(last, 1.0 / 6.0);
    fits && replace(parts, 3, "HardSigmoid", vec![])
}

/// The two branches of the last part, if it is their product; the shorter one first.
fn product(part: &Part) -> Option<(&[Part], &[Part])> {
    match part {
        Part::Join(Join { how: How::Mul, branches, .. }) => match &branches[..] {
            [a, b] if a.len() <= b.len() => Some((a, b)),
            [a, b] => Some((b, a)),
            _ => None,
        },
        _ => None,
    }
}

/// `x·σ(x)`, and likewise with a hard sigmoid, whose division may come last.
fn gated(parts: &mut Vec<Part>) -> bool {
    if let [.., last] = &parts[..]
        && let Some(([], [Part::Layer(gate)])) = product(last)
    {
        let kind = match gate.kind {
            "Sigmoid" => "SiLU",
            "HardSigmoid" => "HardSwish",
            _ => return false,
        };
        return replace(parts, 1, kind, vec![]);
    }
    if let [.., join, last] = &parts[..]
        && let Some(([], [first, Part::Layer(layer)])) = product(join)
    {
        let fits =
            adds(first, 3.0) && layer.is("Clip", &[("min", "0.0"), ("max", "6.0")]) && multiplies(last, 1.0 / 6.0);
        return fits && replace(parts, 2, "HardSwish", vec![]);
    }
    false
}

/// `x·(1 + erf(x/√2))/2` or `x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2`, with the half first or last.
fn gelu(parts: &mut Vec<Part>) -> bool {
    let (count, gate) = match &parts[..] {
        [.., join, last] if multiplies(last, 0.5) => match product(join) {
            Some(([], gate)) => (2, gate),
            _ => return false,
        },
        [.., join] => match product(join) {
            Some(([half], gate)) if multiplies(half, 0.5) => (1, gate),
            _ => return false,
        },
        [] => return false,
    };
    let approximate = match gate {
        [scale, erf, one]
            if multiplies(scale, 0.5f64.sqrt()) && matches!(math(erf), Some(Math::Erf)) && adds(one, 1.0) =>
        {
            false
        }
        [sum, scale, Part::Layer(tanh), one]
            if is_cubic(sum)
                && multiplies(scale, (2.0 / std::f64::consts::PI).sqrt())
                && tanh.is("Tanh", &[])
                && adds(one, 1.0) =>
        {
            true
        }
        _ => return false,
    };
    let arguments = if approximate { vec![("approximate", "true".into())] } else { vec![] };
    replace(parts, count, "GELU", arguments)
}

/// `x + 0.044715·x³`
fn is_cubic(part: &Part) -> bool {
    let Part::Join(Join { how: How::Add, branches, .. }) = part else { return false };
    let [a, b] = &branches[..] else { return false };
    let (([], [cube, scale]) | ([cube, scale], [])) = (&a[..], &b[..]) else { return false };
    let is_square = |part: &Part| matches!(product(part), Some(([], [])));
    let is_cube = match math(cube) {
        Some(Math::Pow(k)) => *k == 3.0,
        _ => matches!(product(cube), Some(([], [square])) if is_square(square)),
    };
    is_cube && multiplies(scale, 0.044715)
}

/// `x` where `beta·x` is above a threshold, otherwise a softplus with this `beta`.
fn threshold(parts: &mut Vec<Part>) -> bool {
    let [.., Part::Join(Join { how: How::Where, branches, .. })] = &parts[..] else { return false };
    let [test, above, below] = &branches[..] else { return false };
    let (true, [Part::Layer(layer)]) = (above.is_empty(), &below[..]) else { return false };
    let (beta, greater) = match &test[..] {
        [greater] => (1.0, greater),
        [scale, greater] => match math(scale) {
            Some(&Math::Mul(beta)) => (beta, greater),
            _ => return false,
        },
        _ => return false,
    };
    let Some(&Math::Greater(limit)) = math(greater) else { return false };
    let mut arguments = layer.arguments.clone();
    let expected = if beta == 1.0 { vec![] } else { vec![("beta", real(beta))] };
    if layer.kind != "Softplus"
        || !is_softplus(layer, beta, limit)
        || (arguments != expected && arguments != [("beta", real(beta))])
    {
        return false;
    }
    arguments = expected;
    if limit != 20.0 {
        arguments.push(("threshold", real(limit)));
    }
    replace(parts, 1, "Softplus", arguments)
}

/// The shape after the last part, and the one before a reshape and another part.
fn reshaped(parts: &[Part]) -> Option<(Dims, Dims, &Layer)> {
    let [.., first, Part::Layer(layer), last] = parts else { return None };
    let Some(&Math::Reshape { from, to }) = math(first) else { return None };
    let back = match last {
        Part::Layer(last) => last.kind == "Flatten" && from.is_flat(),
        last => matches!(math(last), Some(Math::Reshape { to, .. }) if *to == from),
    };
    back.then_some((from, to, layer))
}

/// Two neighboring axes as one, a softmax over that, and the shape that was before.
fn softmax_of_two(parts: &mut Vec<Part>) -> bool {
    let Some((from, to, layer)) = reshaped(parts) else { return false };
    let kind = match layer.kind {
        kind @ ("Softmax" | "LogSoftmax") => kind,
        _ => return false,
    };
    let is_over = |axis: &[(&str, &str)], channels: usize| layer.is(kind, axis) && to.channels == channels;
    let axes = if is_over(&[], from.channels.saturating_mul(from.height)) && to.width == from.width {
        "[1, 2]"
    } else if is_over(&[("axis", "3")], from.channels) && to.height == 1 {
        "[2, 3]"
    } else {
        return false;
    };
    replace(parts, 3, kind, vec![("axis", axes.into())])
}

/// The largest of pieces; of a vector's, after a reshape to a series for each channel.
fn maxout(parts: &mut Vec<Part>) -> bool {
    let [.., first, last] = &parts[..] else { return false };
    let pieces = match (math(first), last) {
        (Some(&Math::Split { pieces }), last) if matches!(math(last), Some(Math::Largest)) => pieces,
        (Some(&Math::Reshape { from, to }), Part::Layer(layer))
            if from.is_flat() && to.height == 1 && layer.kind == "GlobalMaxPool2D" =>
        {
            to.width
        }
        _ => return false,
    };
    replace(parts, 2, "Maxout", vec![("pieces", pieces.to_string())])
}
