//! The page's rules say what the compiler says, and count what the crate counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use shapeproof::layer::LayerPath;
use shapeproof::network::Network;
use shapeproof_web::rules::{Refused, Row, check, check_program};

/// A network in a program that does not compile: its input, and the lines of its layers with their numbers in the file.
struct Program {
    input: [usize; 3],
    layers: Vec<(usize, String)>,
}

/// What the compiler says: the first line of an error, the number of the line it is about, and the columns it underlines.
struct Said {
    text: String,
    line: usize,
    columns: std::ops::Range<usize>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compile_fail")
}

/// The networks of a program that are written with a layer in each line.
fn programs(source: &str) -> Vec<Program> {
    let (mut programs, mut network) = (Vec::new(), None::<Program>);
    for (number, line) in source.lines().enumerate() {
        let line = line.trim_end();
        match &mut network {
            None => {
                let input = line.trim().strip_prefix("type Net = [").and_then(|rest| rest.strip_suffix("] =>"));
                let sizes: Option<Vec<usize>> =
                    input.and_then(|sizes| sizes.split(", ").map(|size| size.replace('_', "").parse().ok()).collect());
                if let Some([c, h, w]) = sizes.as_deref() {
                    network = Some(Program { input: [*c, *h, *w], layers: Vec::new() });
                }
            }
            Some(_) if line.trim() == "}" => programs.extend(network.take()),
            Some(program) => program.layers.push((number + 1, line.to_string())),
        }
    }
    programs
}

/// The errors in a `.stderr`.
fn said(stderr: &str) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for line in stderr.lines() {
        if line.starts_with("error") {
            all.push(Said { text: line.to_string(), line: 0, columns: 0..0 });
        }
        let Some(said) = all.last_mut() else { continue };
        let margin = line.split_once(" | ").map_or("", |(_, after)| after);
        if said.line == 0
            && let Some(place) = line.trim_start().strip_prefix("--> ")
        {
            said.line = place.split(':').nth(1).unwrap().parse().unwrap();
        } else if said.columns.is_empty() && margin.trim_start().starts_with('^') {
            let start = margin.find('^').unwrap();
            said.columns = start..start + margin.chars().filter(|c| *c == '^').count();
        }
    }
    all
}

/// Whether the page can know what the compiler says: not if a constant is computed, or a layer has layers inside.
fn is_of_the_page(program: &Program) -> bool {
    const NOT: [&str; 16] = [
        "Residual",
        "Concat",
        "Gate",
        "1D",
        "ConvTranspose",
        "super::",
        "f64::",
        "Some(",
        "SIZE",
        "1 - 2",
        "panic!",
        "Own",
        "Block",
        "filters = filters",
        "LESS",
        "<",
    ];
    program.layers.iter().all(|(_, line)| !NOT.iter().any(|part| line.contains(part)))
}

#[test]
fn every_error_is_the_one_that_the_compiler_prints() {
    let (mut compared, mut differ) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        // The layers of `own_layers` are those of the program.
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("own_layers.rs") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let all = said(&fs::read_to_string(path.with_extension("stderr")).unwrap());
        for program in programs(&fs::read_to_string(&path).unwrap()) {
            let lines: Vec<usize> = program.layers.iter().map(|(number, _)| *number).collect();
            let Some(said) = all.iter().find(|said| lines.contains(&said.line)) else { continue };
            if !is_of_the_page(&program) {
                continue;
            }
            let text: String = program.layers.iter().map(|(_, line)| format!("{line}\n")).collect();
            let rows = check_program(program.input, &text);
            // Where the line begins that the compiler speaks of.
            let before = program.layers.iter().take_while(|(number, _)| *number < said.line);
            let begin: usize = before.map(|(_, line)| line.encode_utf16().count() + 1).sum();
            let columns = begin + said.columns.start..begin + said.columns.end;
            let at = format!("{name}.rs:{}: {text} {rows:?}", said.line);
            let Some(Err(refused)) = rows.last() else {
                differ.push(format!("{at}\n    expected {}", said.text));
                continue;
            };
            if refused.head.is_empty() {
                continue; // the page itself refuses, and says so
            }
            if (refused.to_string(), refused.place.clone()) != (said.text.clone(), columns.clone()) {
                differ.push(format!("{at}\n    expected {} at {:?}", said.text, columns));
            }
            *compared.entry(name.clone()).or_insert(0) += 1;
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    println!("{compared:?}");
    for file in ["shapes", "values", "hyper_parameters", "windows", "new_layers", "punctuation", "unknown_layers"] {
        assert!(compared.contains_key(file), "{file}.rs: none of its networks was compared");
    }
    assert!(compared.values().sum::<usize>() >= 80, "{compared:?}");
}

/// The rows of a network that compiles, from its type.
fn rows<N: Network>() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    N::summarize(LayerPath::FIRST, &mut |row| {
        let output = [row.output.channels, row.output.height, row.output.width];
        rows.push(Row { place: 0..0, output, parameters: 0, flops: row.flops });
    });
    N::visit([], [], &mut |parameter, [], []| {
        if parameter.role.is_trained() {
            rows[parameter.layer.index].parameters += parameter.dims.iter().product::<usize>();
        }
    });
    assert_eq!(rows.iter().map(|row| row.parameters).sum::<usize>(), N::parameters());
    rows
}

/// A network as a type and as lines, which have to agree.
macro_rules! agree {
    ([$c:literal, $h:literal, $w:literal] => $($layer:ident $(($($argument:tt)*))?),+) => {{
        shapeproof::network! { type Net = [$c, $h, $w] => $($layer $(($($argument)*))?),+ }
        let lines = [$(concat!(stringify!($layer) $(, "(", stringify!($($argument)*), ")")?)),+];
        let checked: Result<Vec<Row>, Refused> = check([$c, $h, $w], &lines).into_iter().collect();
        let checked = checked.map(|rows| rows.into_iter().map(|row| Row { place: 0..0, ..row }).collect());
        assert_eq!(checked, Ok(rows::<Net>()), "{lines:?}");
    }};
}

#[test]
fn what_compiles_has_the_rows_of_its_summary() {
    agree!([1, 28, 28] => Conv2D(filters = 32, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2), Flatten,
        Dropout(percent = 25), Dense(units = 10));
    agree!([3, 17, 14] => Conv2D(filters = 12, kernel = [3, 5], stride = [2, 1], padding = "same", groups = 3, bias = false),
        BatchNorm, LeakyReLU(negative_slope = 0.1), AvgPool2D(window = 2, stride = 1, padding = 1, ceil = true),
        GlobalAvgPool2D, Dense(units = 7, bias = false), Softmax);
    agree!([6, 9, 8] => GroupNorm(groups = 3, eps = 1e-3), PReLU(per_channel = true), Maxout(pieces = 2),
        Upsample(scale = [2, 1], bilinear = true), LayerNorm, GELU(approximate = true), SiLU, Tanh, Sigmoid, HardSwish, HardSigmoid,
        ELU(alpha = 0.5), GlobalMaxPool2D, LogSoftmax);
    agree!([12, 1, 1] => Unflatten(channels = 3, height = 2, width = 2), Upsample(scale = 2), ReLU,
        MaxPool2D(window = [3, 2], stride = 1, padding = [[1, 0], [0, 1]], dilation = [1, 2]),
        Softmax(axis = [2, 3]), Conv2D(filters = 4, kernel = 2, dilation = 2), Flatten);
}

fn only(input: [usize; 3], line: &str) -> String {
    check(input, &[line])[0].as_ref().unwrap_err().to_string()
}

#[test]
fn what_the_page_is_for() {
    let layers = ["Conv2D(filters = 8, kernel = [25, 23]),", "MaxPool2D(window = 5)"];
    let rows = check([1, 28, 28], &layers);
    assert_eq!(rows[0], Ok(Row { place: 0..38, output: [8, 4, 6], parameters: 8 * 576, flops: 2 * 8 * 24 * 575 }));
    let refused = rows[1].as_ref().unwrap_err();
    let text = "error[E0080]: evaluation panicked: layer 1: MaxPool2D window 5×5 does not fit its 8×4×6 input";
    assert_eq!((refused.to_string(), refused.place.clone()), (text.to_string(), 0..21));

    let program = "// „first“\nfc: Flatten, ReLU,\n  Dense(units = 10)";
    let rows = check_program([1, 28, 28], program);
    let units: Vec<u16> = program.encode_utf16().collect();
    let layer = |row: &Result<Row, Refused>| String::from_utf16(&units[row.as_ref().unwrap().place.clone()]).unwrap();
    assert_eq!(rows.iter().map(layer).collect::<Vec<_>>(), ["fc: Flatten", "ReLU", "Dense(units = 10)"]);
}

#[test]
fn what_is_no_layer_is_refused_too() {
    let image = [1, 28, 28];
    assert_eq!(check(image, &[])[0].as_ref().unwrap_err().text, "the network has no layers: at least one is needed");
    assert_eq!(
        only([1, 0, 28], "ReLU"),
        "error[E0080]: evaluation panicked: the network has nothing to work on: its input is 1×0×28"
    );
    assert_eq!(only(image, "Conv2D(filters = 8"), "error: this file contains an unclosed delimiter");
    assert_eq!(only(image, "Flatten)"), "error: unexpected closing delimiter: `)`");
    assert_eq!(only(image, "Flatten(]"), "error: mismatched closing delimiter: `]`");
    assert_eq!(only(image, "Conv2d(filters = 8, kernel = 3)"), "error[E0425]: cannot find type `Conv2d` in this scope");
    assert_eq!(only(image, "Dropout(percent = P)"), "error[E0425]: cannot find value `P` in this scope");
    assert_eq!(only(image, ""), "error: no layer stands before this comma: remove it");
    assert_eq!(only(image, "…"), "error: unknown start of token: \\u{2026}");
    assert_eq!(only(image, "Conv2D(filters = \"8)"), "error[E0765]: unterminated double quote string");
    assert!(
        only(image, "Residual(ReLU)").starts_with("`Residual` is a layer of the crate that this page does not check")
    );
    assert!(only(image, "ReLU, Flatten").starts_with("one layer stands in a line"));
    assert!(
        only(image, "Conv2D(filters = 4 * 2, kernel = 3)").starts_with("here the compiler would compute a constant")
    );
    let long = &check_program(image, &"x".repeat(10_001))[0];
    assert_eq!(long.as_ref().unwrap_err().text, "a program here has at most 10000 bytes, and this has 10001");
    let twice = check(image, &["fc: ReLU", "fc: Flatten"]);
    assert_eq!(
        twice[1].as_ref().unwrap_err().to_string(),
        "error: `fc` is the name of another layer here: choose another"
    );
}

#[test]
fn nothing_that_can_be_typed_panics() {
    let pieces = [
        "Conv2D", "(", ")", "filters", "=", "8", ",", "[", "]", "\"", "'", "-", "1e", ".", ":", "r#", "×", "{", "}",
        "0x", "_", " ", "#", "//",
    ];
    let mut state = 1_u64;
    for _ in 0..200_000 {
        let mut line = String::new();
        for _ in 0..state % 12 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            line.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407) ^ state >> 31;
        for row in check([1, 8, 8], &[&line]).into_iter().chain(check_program([1, 8, 8], &line)) {
            if let Err(refused) = row {
                assert!(
                    refused.place.start <= refused.place.end && refused.place.end <= line.encode_utf16().count(),
                    "{line}"
                );
            }
        }
    }
}
