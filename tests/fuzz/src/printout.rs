//! Any text imported as the printout of a PyTorch module: refused in few words, or a network.
//!
//! The lines before the first empty one name the tensors of the state dict, with their sizes: `0.weight 6 2 5`.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use shapeproof::shape::Dims;

use super::importer::torch;
use super::onnx::check;

/// The most numbers of a tensor, which a fuzzer may claim in few bytes.
const LARGEST: usize = 1 << 12;

pub fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (tensors, printout) = text.split_once("\n\n").unwrap_or(("", &text));
    let Ok(module) = torch::printout::parse(printout) else { return };
    let file = state_dict(tensors);
    let Ok(graph) = torch::read(&file, &module) else { return };
    for input in [Dims::new(2, 6, 5), Dims::new(2, 1, 30), Dims::new(60, 1, 1)] {
        check(&graph, Some(input), file.len() + bytes.len());
    }
}

/// The file of these tensors, all zeros.
fn state_dict(lines: &str) -> Vec<u8> {
    let mut tensors = BTreeMap::new();
    for line in lines.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let Some(dims) = words.map(|word| word.parse().ok()).collect::<Option<Vec<usize>>>() else { continue };
        let count = dims.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
        if let Some(count) = count.filter(|&count| count <= LARGEST) {
            tensors.insert(name, (dims, vec![0; 4 * count]));
        }
    }
    let views = tensors
        .iter()
        .filter_map(|(name, (dims, data))| Some((name, TensorView::new(Dtype::F32, dims.clone(), data).ok()?)));
    safetensors::serialize(views, None).expect("tensors can be written")
}
