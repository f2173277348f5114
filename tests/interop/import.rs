//! The example `import`: every network's own export comes back, and PyTorch's models predict the same here.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use shapeproof::io;
use shapeproof::layer::LayerPath;
use shapeproof::network::Network;
use shapeproof::shape::{Dims, Shape};
use shapeproof::tensor::{flat, flat_mut, zeros};

use crate::example::fault::Complaint;
use crate::example::layers::Item;
use crate::example::translate::Refusal;
use crate::example::{Imported, graph::Graph, import, onnx, text, torch};
use crate::imported::NETWORKS;

/// What the importer prints for PyTorch's models, compiled into this test as the module `imported`.
const PRINTED: &str = include_str!("imported.rs");
/// The largest difference from PyTorch, relative to max(1, |expected|).
const TOLERANCE: f64 = 1e-5;

/// A network with these weights (safetensors), compared with PyTorch.
pub type Compare = fn(&[u8], &Case) -> f64;

/// Networks that contain networks: their layers are imported one after the other, under other names.
const FLATTENED: [&str; 2] = ["NetworkInANetwork", "NetworkFirstAndLast"];

/// `NAME.json`, as `models.py` writes it.
#[derive(Deserialize)]
pub struct Case {
    shape: [usize; 3],
    inputs: Vec<f64>,
    outputs: Vec<f64>,
}

/// Checks that the model `file` that was exported of `network` is imported as the same layers with the same weights. Returns what
/// the importer lacks if it cannot be: layers that it does not know yet.
pub fn own_export<N: Network>(name: &str, file: &[u8], network: &N) -> Option<String> {
    let imported = match import(&onnx::read(file).unwrap(), None) {
        Ok(_) if FLATTENED.contains(&name) => return None,
        Ok(imported) => imported,
        Err(Refusal::Complaints(complaints)) => return complaints.first().map(Complaint::to_string),
        Err(refusal) => panic!("{name}: {refusal:?}"),
    };
    let (mut found, mut expected) = (Vec::new(), Vec::new());
    rows(&imported.network.items, "", &mut found);
    N::summarize(LayerPath::FIRST, &mut |row| {
        // x·σ(x) is imported as what it is.
        if name == "GateOfOnePixel" && row.layer.to_string() == "0.gate.2" {
            return expected.push(("0.gate.2".into(), "SiLU", Some(row.output)));
        } else if name == "GateOfOnePixel" && row.kind == "Sigmoid" {
            return;
        }
        // A layer from outside the crate is imported as the crate's own. A branch of a list is no item of its own, nor is the input.
        if !matches!(row.kind, "Sequential" | "Identity") {
            expected.push((row.layer.to_string(), row.kind.trim_start_matches("Own"), Some(row.output)));
        }
    });
    assert_eq!(found, expected, "{name}");
    let back = load::<N>(&imported.weights);
    N::visit([network, &*back], [], &mut |parameter, [before, after], []| {
        assert!(before == after, "{name}: {parameter}");
    });
    None
}

fn load<N: Network>(weights: &[u8]) -> Box<N> {
    let mut network = N::new(1);
    io::from_bytes(weights, &mut *network).unwrap();
    network
}

/// The position, kind and output of every layer, a block before the layers inside it.
fn rows<'a>(items: &'a [Item], branch: &str, rows: &mut Vec<(String, &'a str, Option<Dims>)>) {
    for (position, item) in items.iter().enumerate() {
        let path =
            |label: &Option<String>| format!("{branch}{}", label.clone().unwrap_or_else(|| position.to_string()));
        match item {
            Item::Layer(layer) => rows.push((path(&layer.label), layer.kind, layer.output)),
            Item::Block(block) => {
                rows.push((path(&block.label), block.kind, block.output));
                for (branch, items) in block.paths() {
                    self::rows(items, &format!("{}.{branch}.", path(&block.label)), rows);
                }
            }
        }
    }
}

/// How far a network with these weights is from PyTorch.
pub fn compare<N: Network<Scalar = f32>>(weights: &[u8], case: &Case) -> f64 {
    let network = load::<N>(weights);
    let samples = case.inputs.len() / N::Input::DIMS.len();
    let (mut input, mut output) = (zeros::<N::Input>(samples), zeros::<N::Output>(samples));
    for (x, &from) in flat_mut(&mut input).iter_mut().zip(&case.inputs) {
        *x = from as f32;
    }
    network.predict::<4>(&input, &mut output, &mut N::workspace::<4>());
    assert_eq!(flat(&output).len(), case.outputs.len());
    let off = |(found, expected): (&f32, &f64)| (f64::from(*found) - expected).abs() / expected.abs().max(1.0);
    // A NaN is kept.
    flat(&output)
        .iter()
        .zip(&case.outputs)
        .map(off)
        .fold(0.0, |worst: f64, off| if worst.is_nan() || off <= worst { worst } else { off })
}

/// The models as graphs: name, way, and the graph.
fn graphs(folder: &Path) -> Vec<(String, &'static str, Graph)> {
    let mut graphs = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for path in files {
        let file = path.file_name().unwrap().to_str().unwrap();
        let (name, end) = file.split_once('.').unwrap();
        let bytes = || fs::read(&path).unwrap();
        match end {
            "script.onnx" => graphs.push((name.into(), "Script", onnx::read(&bytes()).unwrap())),
            "dynamo.onnx" => graphs.push((name.into(), "Dynamo", onnx::read(&bytes()).unwrap())),
            "safetensors" => {
                let printout = fs::read_to_string(path.with_extension("txt")).unwrap();
                let graph = torch::read(&bytes(), &torch::printout::parse(&printout).unwrap()).unwrap();
                graphs.push((name.into(), "StateDict", graph));
            }
            _ => {}
        }
    }
    // TorchScript's come first: their texts have the models' names.
    graphs.sort_by_key(|(_, way, _)| *way != "Script");
    graphs
}

/// Whether a model cannot be imported for reasons that are known: the printout does not say what it computes.
fn is_expected(way: &str, complaints: &[Complaint]) -> bool {
    way == "StateDict" && complaints.iter().all(|what| what.to_string().contains("as ONNX"))
}

/// `imported.rs`, from the texts of networks by name.
fn written(texts: &[(String, String)]) -> String {
    let mut file = String::from(
        "//! What the example `import` prints for the models of models.py. Written by the test, see README.md.\n\n",
    );
    file += "use crate::import::{Compare, compare};\n\n/// The networks below.\npub const NETWORKS: &[(&str, Compare)] = &[\n";
    texts.iter().for_each(|(name, _)| _ = writeln!(file, "    (\"{name}\", compare::<{name}>),"));
    file += "];\n";
    texts.iter().for_each(|(_, text)| _ = write!(file, "\n{text}"));
    file
}

#[test]
fn models_of_pytorch_are_imported() {
    let Some(python) = std::env::var_os("INTEROP_PYTHON") else {
        println!("SKIPPED: no models of PyTorch are imported; set INTEROP_PYTHON to have them exported");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let status = Command::new(python).arg(script.join("models.py")).arg(folder.path()).status().unwrap();
    assert!(status.success(), "models.py says why");
    let (mut texts, mut models) = (Vec::<(String, String)>::new(), BTreeSet::new());
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    let (mut compared, mut worst) = (0, 0.0f64);
    for (name, way, graph) in graphs(folder.path()) {
        let case: Case =
            serde_json::from_slice(&fs::read(folder.path().join(format!("{name}.json"))).unwrap()).unwrap();
        let [channels, height, width] = case.shape;
        let Imported { network, weights } = match import(&graph, Some(Dims::new(channels, height, width))) {
            Ok(imported) => imported,
            Err(Refusal::Complaints(complaints)) if is_expected(way, &complaints) => continue,
            Err(refusal) => {
                refused.push(format!("{name}, {way}: {refusal:?}"));
                continue;
            }
        };
        // The same text as before, or one of its own.
        let print = |name: &str| text::text(&network, name, &[], false);
        let known = texts.iter().any(|(_, text)| *text == print(&name));
        let named =
            if known || texts.iter().all(|(other, _)| *other != name) { name.clone() } else { format!("{name}{way}") };
        if !known {
            texts.push((named.clone(), print(&named)));
        }
        match NETWORKS.iter().find(|(other, _)| *other == named).filter(|_| PRINTED.contains(&print(&named))) {
            None => wrong.push(format!("{name}, {way}: not in imported.rs:\n{}", print(&named))),
            Some((_, compare)) => {
                let off = compare(&weights, &case);
                (compared, worst) = (compared + 1, worst.max(off));
                if off.is_nan() || off > TOLERANCE {
                    wrong.push(format!("{name}, {way}: off by {off:.1e}"));
                }
                models.insert(name);
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    if std::env::var_os("INTEROP_WRITE").is_some() {
        fs::write(script.join("imported.rs"), written(&texts)).unwrap();
        println!("imported.rs is written: run the test again, without INTEROP_WRITE");
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(models.len() >= 20, "only {models:?}");
    println!("{} models of PyTorch, imported {compared} times: largest difference {worst:.1e}", models.len());
}
