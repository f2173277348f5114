//! The extension `classification`: the largest outputs of a sample, with their indices and names.

/// The `count` largest of a sample's outputs, the largest first, as `value:index:name`, or `value:index` without names. Values have
/// six decimals, as Triton writes them.
pub fn top(outputs: &[f32], count: usize, classes: &[String]) -> Vec<String> {
    let mut order: Vec<usize> = (0..outputs.len()).collect();
    order.sort_by(|&a, &b| outputs[b].total_cmp(&outputs[a]));
    let text = |&at: &usize| match classes.get(at) {
        Some(name) => format!("{:.6}:{at}:{name}", outputs[at]),
        None => format!("{:.6}:{at}", outputs[at]),
    };
    order.iter().take(count).map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first() {
        let names = ["a", "b", "c", "d"].map(String::from);
        assert_eq!(top(&[1.0, 5.0, 10.0, 4.0], 2, &names), ["10.000000:2:c", "5.000000:1:b"]);
        assert_eq!(top(&[1.0, 5.0, 5.0], 9, &[]), ["5.000000:1", "5.000000:2", "1.000000:0"]);
    }
}
