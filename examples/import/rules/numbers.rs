//! Arithmetic with constants becomes part of the layer's own numbers. What it makes is counted: a file may repeat a constant as often
//! as it has nodes.

use std::rc::Rc;

use super::super::budget::Budget;
use super::super::fault::Damage;
use super::super::graph::{Numbers, Tensor};
use super::super::part::{Layer, Math, Part};
use super::{replace, reshaped};

/// Looks at the last parts of a sequence, and replaces them by fewer, or returns false.
pub fn combine(parts: &mut Vec<Part>, budget: &mut Budget) -> Result<bool, Damage> {
    Ok(bias(parts, budget)? || scale(parts, budget)? || groups(parts, budget)?)
}

/// The last layer, and the step after it.
fn layer_and_step(parts: &mut [Part]) -> Option<(&mut Layer, &Math, &str)> {
    match parts {
        [.., Part::Layer(layer), Part::Step(step)] => Some((layer, &step.math, &step.place)),
        _ => None,
    }
}

/// The layers that can have a bias for each channel. A LayerNorm of an image has one for each number.
const BIASED: [&str; 6] = ["BatchNorm", "Conv1D", "Conv2D", "ConvTranspose2D", "Dense", "GroupNorm"];
/// The layers whose weight has the channels of the output as its first axis. That of a ConvTranspose2D is `[C, O, KH, KW]`.
const SCALED: [&str; 6] = ["BatchNorm", "Conv1D", "Conv2D", "Dense", "GroupNorm", "LayerNorm"];

/// `W·x`, then a number for each channel: the bias.
fn bias(parts: &mut Vec<Part>, budget: &mut Budget) -> Result<bool, Damage> {
    let Some((layer, Math::AddEach(shift), place)) = layer_and_step(parts) else { return Ok(false) };
    let Some(shift) = shift.real() else { return Ok(false) };
    if !BIASED.contains(&layer.kind) || layer.output.is_none_or(|dims| dims.channels != shift.len()) {
        return Ok(false);
    }
    budget.spend(place, shift.len())?;
    let before = layer.weights.iter().find(|(name, _)| *name == "bias").and_then(|(_, bias)| bias.real());
    let sum = |(at, number): (usize, &f64)| number + before.and_then(|bias| bias.get(at)).unwrap_or(&0.0);
    let numbers = Numbers::Real(shift.iter().enumerate().map(sum).collect());
    let bias = Rc::new(Tensor { dims: vec![shift.len()], numbers });
    layer.arguments.retain(|(name, _)| *name != "bias");
    layer.weights.retain(|(name, _)| *name != "bias");
    layer.weights.push(("bias", bias));
    parts.pop();
    Ok(true)
}

/// `W·x + b`, then a factor for each channel.
fn scale(parts: &mut Vec<Part>, budget: &mut Budget) -> Result<bool, Damage> {
    let Some((layer, Math::MulEach(factors), place)) = layer_and_step(parts) else { return Ok(false) };
    let Some(factors) = factors.real() else { return Ok(false) };
    let fits = |tensor: &Tensor| tensor.dims.first() == Some(&factors.len()) && tensor.real().is_some();
    if !SCALED.contains(&layer.kind)
        || layer.output.is_none_or(|dims| dims.channels != factors.len())
        || !layer.weights.iter().all(|(name, tensor)| name.starts_with("running") || fits(tensor))
    {
        return Ok(false);
    }
    for (_, tensor) in layer.weights.iter_mut().filter(|(name, _)| !name.starts_with("running")) {
        let numbers = tensor.real().unwrap_or_default();
        budget.spend(place, numbers.len())?;
        let rows = numbers.chunks((numbers.len() / factors.len().max(1)).max(1));
        let scaled = rows.zip(factors).flat_map(|(row, factor)| row.iter().map(move |number| number * factor));
        *tensor = Rc::new(Tensor { dims: tensor.dims.clone(), numbers: Numbers::Real(scaled.collect()) });
    }
    parts.pop();
    Ok(true)
}

/// Each group of channels as one series, which is normalized alone, and the shape that was before. The numbers of a group are repeated
/// for each of its channels.
fn groups(parts: &mut Vec<Part>, budget: &mut Budget) -> Result<bool, Damage> {
    let Some((from, to, layer)) = reshaped(parts) else { return Ok(false) };
    let is_each = layer.arguments.first().is_some_and(|(_, groups)| *groups == to.channels.to_string());
    let Some(count) = from.channels.checked_div(to.channels).filter(|count| count * to.channels == from.channels)
    else {
        return Ok(false);
    };
    let fits = |tensor: &Tensor| tensor.real().is_some_and(|numbers| numbers.len() == to.channels);
    if layer.kind != "GroupNorm" || !is_each || !layer.weights.iter().all(|(_, tensor)| fits(tensor)) {
        return Ok(false);
    }
    if let [.., Part::Step(first), _, _] = &parts[..] {
        budget.spend(&first.place, from.channels.saturating_mul(layer.weights.len()))?;
    }
    let repeat = |(name, tensor): &(&'static str, Rc<Tensor>)| {
        let numbers = tensor.real().unwrap_or_default();
        let numbers = numbers.iter().flat_map(|&number| std::iter::repeat_n(number, count)).collect();
        (*name, Rc::new(Tensor { dims: vec![from.channels], numbers: Numbers::Real(numbers) }))
    };
    let (arguments, weights) = (layer.arguments.clone(), layer.weights.iter().map(repeat).collect());
    replace(parts, 3, "GroupNorm", arguments);
    if let Some(Part::Layer(layer)) = parts.last_mut() {
        layer.weights = weights;
    }
    Ok(true)
}
