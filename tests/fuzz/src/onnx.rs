//! Any bytes imported as an ONNX model: refused in few words, or a network whose weights are no more than a few times the file.

use super::importer::{graph::Graph, import, onnx, text, translate::Refusal};
use shapeproof::shape::Dims;

/// The longest complaint, and how many bytes more than the file all of them and the weights may have: a layer takes some.
const COMPLAINT: usize = 4096;
const MORE: usize = 32 << 20;

pub fn fuzz(bytes: &[u8]) {
    match onnx::read(bytes) {
        Ok(graph) => {
            check(&graph, None, bytes.len());
            check(&graph, Some(Dims::new(2, 6, 5)), bytes.len());
        }
        Err(damage) => {
            assert!(damage.what.len() + damage.found.len() + damage.expected.len() <= COMPLAINT, "{damage:?}")
        }
    }
}

/// Translates a graph that was read from a file of so many bytes.
pub fn check(graph: &Graph, input: Option<Dims>, size: usize) {
    match import(graph, input) {
        Ok(imported) => {
            assert!(imported.weights.len() <= 64 * size + MORE, "{} bytes of weights", imported.weights.len());
            let text = text::text(&imported.network, "Net", &[], graph.double);
            assert!(text.starts_with("shapeproof::network! {\n") && text.ends_with("}\n"), "{text}");
            safetensors::SafeTensors::deserialize(&imported.weights).expect("the weights are a whole file");
        }
        Err(Refusal::Complaints(complaints)) => {
            assert!(!complaints.is_empty());
            for complaint in complaints {
                let text = complaint.to_string();
                assert!(text.len() <= COMPLAINT, "{text}");
            }
        }
        Err(Refusal::Damage(damage)) => {
            assert!(damage.what.len() + damage.found.len() + damage.expected.len() <= COMPLAINT, "{damage:?}");
        }
    }
}
