//! Constants that a model computes: exporters write sizes as small programs, and weights through `Identity` and `Transpose`.

use std::rc::Rc;

use super::call::{LONGEST, Value};
use super::fault::short;
use super::graph::{Node, Numbers, Setting, Tensor, volume};
use super::operators::transpose;

/// The result of a node whose inputs are all known without the data; `Shape` may have the data as its input.
///
/// `batch` is the number of samples, if the model says one.
pub fn fold(node: &Node, inputs: &[Option<Value>], batch: Option<usize>) -> Value {
    known(node, inputs, batch)
        .unwrap_or_else(|| Value::Unknown(format!("node `{}`, {}", short(&node.name), short(&node.operator))))
}

fn known(node: &Node, inputs: &[Option<Value>], batch: Option<usize>) -> Option<Value> {
    let first = inputs.first().and_then(Option::as_ref);
    match &*node.operator {
        "Constant" => constant(&node.attributes.first()?.setting),
        "Identity" => first.cloned(),
        "Cast" => cast(first?, setting(node, "to")),
        "Shape" => part_of(sizes(first?, batch)?, setting(node, "start"), setting(node, "end")),
        "Gather" => gather(first?, inputs.get(1)?.as_ref()?),
        "Concat" => concat(inputs),
        "Add" => whole(first?, inputs.get(1)?.as_ref()?, i64::checked_add),
        // The remainder of negative numbers depends on an attribute.
        "Mod" => whole(first?, inputs.get(1)?.as_ref()?, |a, b| (a >= 0 && b > 0).then(|| a % b)),
        "Slice" => slice(inputs),
        // Lists stay lists, whether they have an axis or not.
        "Squeeze" | "Unsqueeze" if first?.integers().is_some() => first.cloned(),
        "Unsqueeze" => unsqueeze(first?, &axes(node, inputs)?),
        "Reshape" if first?.integers().is_some() => first.cloned(),
        "Reshape" => reshape(first?, inputs.get(1)?.as_ref()?),
        "Transpose" => matrix(first?, setting(node, "perm")),
        _ => None,
    }
}

fn setting<'a>(node: &'a Node, name: &str) -> Option<&'a Setting> {
    node.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.setting)
}

fn constant(setting: &Setting) -> Option<Value> {
    let tensor = |dims, numbers| Some(Value::Constant(Rc::new(Tensor { dims, numbers })));
    match setting {
        Setting::Tensor(tensor) => Some(Value::Constant(Rc::clone(tensor))),
        Setting::Int(number) => tensor(vec![], Numbers::Whole(vec![*number])),
        Setting::Ints(numbers) => tensor(vec![numbers.len()], Numbers::Whole(numbers.clone())),
        Setting::Float(number) => tensor(vec![], Numbers::Real(vec![*number])),
        Setting::Floats(numbers) => tensor(vec![numbers.len()], Numbers::Real(numbers.clone())),
        Setting::Text(_) | Setting::Other(_) => None,
    }
}

/// To real numbers (types 1, 10, 11, 16) or integers.
fn cast(value: &Value, to: Option<&Setting>) -> Option<Value> {
    let (Value::Constant(tensor), Some(Setting::Int(1 | 10 | 11 | 16))) = (value, to) else {
        return Some(value.clone());
    };
    match &tensor.numbers {
        Numbers::Whole(numbers) => {
            let numbers = Numbers::Real(numbers.iter().map(|&number| number as f64).collect());
            Some(Value::Constant(Rc::new(Tensor { dims: tensor.dims.clone(), numbers })))
        }
        _ => Some(value.clone()),
    }
}

fn sizes(value: &Value, batch: Option<usize>) -> Option<Value> {
    let whole = |size: usize| i64::try_from(size).ok();
    let sizes = match value {
        Value::Data(_, shape) => {
            let dims = shape.dims?;
            let [n, c, h, w] = [batch, Some(dims.channels), Some(dims.height), Some(dims.width)];
            let sizes = match shape.rank {
                2 => vec![n, c],
                3 => vec![n, c, w],
                4 => vec![n, c, h, w],
                _ => return None,
            };
            sizes.into_iter().map(|size| size.and_then(whole)).collect()
        }
        Value::Constant(tensor) => tensor.dims.iter().map(|&size| whole(size)).collect(),
        _ => return None,
    };
    Some(Value::Sizes(sizes))
}

/// The sizes from one axis to before another; all by default.
fn part_of(sizes: Value, start: Option<&Setting>, end: Option<&Setting>) -> Option<Value> {
    let list = sizes.integers()?;
    let place = |setting: Option<&Setting>, default: usize| match setting {
        Some(Setting::Int(at)) => Some(place(*at, list.len())),
        Some(_) => None,
        None => Some(default),
    };
    let (start, end) = (place(start, 0)?, place(end, list.len())?);
    Some(Value::Sizes(list.get(start..end.max(start)).unwrap_or_default().to_vec()))
}

/// A place in a list, counted from its end if it is negative; the nearest if there is none.
fn place(at: i64, length: usize) -> usize {
    let length = length as i64;
    (if at < 0 { at.saturating_add(length) } else { at }).clamp(0, length) as usize
}

fn gather(list: &Value, at: &Value) -> Option<Value> {
    let list = list.integers()?;
    let pick = |at: Option<i64>| {
        let at = if at? < 0 { at?.checked_add(i64::try_from(list.len()).ok()?)? } else { at? };
        list.get(usize::try_from(at).ok()?).copied()
    };
    Some(Value::Sizes(at.integers()?.into_iter().map(pick).collect::<Option<_>>()?))
}

fn concat(inputs: &[Option<Value>]) -> Option<Value> {
    let lists = inputs.iter().map(|value| value.as_ref()?.integers()).collect::<Option<Vec<_>>>()?;
    let list = lists.concat();
    (list.len() <= LONGEST).then_some(Value::Sizes(list))
}

/// Two integers, or lists of one, which PyTorch computes the axes of an Unflatten with.
fn whole(a: &Value, b: &Value, of: fn(i64, i64) -> Option<i64>) -> Option<Value> {
    match (&a.integers()?[..], &b.integers()?[..]) {
        (&[Some(a)], &[Some(b)]) => Some(Value::Sizes(vec![Some(of(a, b)?)])),
        _ => None,
    }
}

/// Along the one axis of a list, in steps of 1.
fn slice(inputs: &[Option<Value>]) -> Option<Value> {
    let number = |at: usize| inputs.get(at)?.as_ref()?.integers()?.first().copied().flatten();
    let list = inputs.first()?.as_ref()?.integers()?;
    let (start, end) = (place(number(1)?, list.len()), place(number(2)?, list.len()));
    let step = if inputs.len() > 4 { number(4)? } else { 1 };
    (step == 1).then(|| Value::Sizes(list.get(start..end.max(start)).unwrap_or_default().to_vec()))
}

fn axes(node: &Node, inputs: &[Option<Value>]) -> Option<Vec<i64>> {
    if let Some(Setting::Ints(axes)) = setting(node, "axes") {
        return Some(axes.clone());
    }
    inputs.get(1)?.as_ref()?.integers()?.into_iter().collect()
}

fn unsqueeze(value: &Value, axes: &[i64]) -> Option<Value> {
    let Value::Constant(tensor) = value else { return None };
    let mut dims = tensor.dims.clone();
    let rank = (dims.len() + axes.len()) as i64;
    let mut axes: Vec<i64> = axes.iter().map(|&axis| if axis < 0 { axis.saturating_add(rank) } else { axis }).collect();
    axes.sort_unstable();
    for axis in axes {
        let axis = usize::try_from(axis).ok().filter(|&axis| axis <= dims.len() && dims.len() < LONGEST)?;
        dims.insert(axis, 1);
    }
    Some(Value::Constant(Rc::new(Tensor { dims, numbers: tensor.numbers.clone() })))
}

fn reshape(value: &Value, target: &Value) -> Option<Value> {
    let Value::Constant(tensor) = value else { return None };
    let target = target.integers()?.into_iter().collect::<Option<Vec<i64>>>()?;
    let length = volume(&tensor.dims)?;
    let known = volume(&target.iter().filter(|&&size| size > 0).map(|&size| size as usize).collect::<Vec<_>>())?;
    let size = |&size: &i64| if size == -1 { length.checked_div(known) } else { usize::try_from(size).ok() };
    let dims = target.iter().map(size).collect::<Option<Vec<usize>>>()?;
    (volume(&dims)? == length).then(|| Value::Constant(Rc::new(Tensor { dims, numbers: tensor.numbers.clone() })))
}

fn matrix(value: &Value, perm: Option<&Setting>) -> Option<Value> {
    let Value::Constant(tensor) = value else { return None };
    let swaps = match perm {
        None => true,
        Some(Setting::Ints(perm)) => perm[..] == [1, 0],
        Some(_) => false,
    };
    let (true, [rows, columns], Some([_, ..])) = (swaps, &tensor.dims[..], tensor.real()) else { return None };
    Some(Value::Constant(Rc::new(transpose(tensor, *rows, *columns))))
}
