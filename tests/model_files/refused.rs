//! A file that is not a model of this network is refused, with a list of all errors, and the network is unchanged.

use shapeproof::bytemuck::Zeroable;
use shapeproof::io::{self, Card, Checks};
use shapeproof::layer::{Dense, Named, name};
use shapeproof::network;
use shapeproof::network::{Chain, Network};

use super::common::forged;
use super::common::numbers::numbers;
use super::{STATE_DICT, Small, card, file, refusal, small, tensors};

#[test]
fn another_architecture_is_refused_with_all_that_is_wrong() {
    network! { type Other = [2, 1, 1] => Dense(units = 3), ReLU, fc: Dense(units = 2) }
    let bytes = io::to_bytes(&*Other::new(1), &Card::default()).unwrap();
    assert_eq!(
        refusal::<Small>(&bytes),
        [
            "0.weight: found [3, 2], expected [2, 2]",
            "0.bias: found [3], expected [2]",
            "2.weight: found no such tensor, expected [2]",
            "2.bias: found no such tensor, expected [2]",
            "2.running_mean: found no such tensor, expected [2]",
            "2.running_var: found no such tensor, expected [2]",
            "fc.bias: found [2], expected no such tensor",
            "fc.weight: found [2, 3], expected no such tensor",
        ]
    );
    let (mut network, before) = (Small::new(1), Small::new(1));
    let error = io::from_bytes(&bytes, &mut *network).unwrap_err().to_string();
    assert!(error.starts_with("the model: 8 mismatches:\n    0.weight: found [3, 2], expected [2, 2]\n"), "{error}");
    assert_eq!(io::to_bytes(&*network, &Card::default()).unwrap(), io::to_bytes(&*before, &Card::default()).unwrap());
}

#[test]
fn a_network_of_the_same_tensors_that_says_something_else_is_refused() {
    network! { type Leaky = [2, 1, 1] => Dense(units = 2), LeakyReLU(negative_slope = 0.5), BatchNorm }
    let network = small();
    let bytes = io::to_bytes(&*network, &card()).unwrap();
    let refused = refusal::<Leaky>(&bytes);
    assert!(refused[0].contains("of pair") && refused[0].ends_with("its output when it was saved"), "{refused:?}");
    let mut leaky = Leaky::new(1);
    assert_eq!(
        io::from_bytes_with(&bytes, &mut *leaky, Checks { golden: false, ..Checks::default() }).unwrap(),
        card()
    );
    assert_eq!(numbers(&*leaky), numbers(&*network));

    // The weights differ from those that were saved; the last number in the file is one of them.
    let mut changed = bytes.clone();
    let at = changed.len() - 2;
    changed[at] ^= 0x40;
    assert!(refusal::<Small>(&forged::signed(changed))[0].starts_with("golden pairs: found"));
}

#[test]
fn numbers_are_finite() {
    let mut state = tensors(&io::to_bytes(&*small(), &Card::default()).unwrap());
    state.get_mut("0.bias").unwrap().2[4..].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes());
    state.get_mut("0.weight").unwrap().2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let bytes = file(&state);
    assert_eq!(
        refusal::<Small>(&bytes),
        [
            "0.weight: found NaN at index 0, expected finite numbers",
            "0.bias: found -inf at index 1, expected finite numbers"
        ]
    );
    let mut network = Small::new(1);
    io::from_bytes_with(&bytes, &mut *network, Checks { finite: false, ..Checks::default() }).unwrap();
    assert!(network.0.weight[0][0].is_nan() && network.0.bias[1] == f32::NEG_INFINITY);
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert!(error.contains("0.weight: found NaN at index 0"), "{error}");
    network.0.weight[0][0] = 0.0;
    network.0.bias[1] = 0.0;
    network.0.weight[1] = [f32::MAX; 2];
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert!(
        error.starts_with("the model: golden pairs: found ") && error.ends_with("expected finite outputs"),
        "{error}"
    );
}

#[test]
fn a_variance_is_not_below_zero() {
    let mut network = small();
    network.1.1.running_var[1] = -1.0; // its root is no number
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert_eq!(error, "the model: 2.running_var: found -1 at index 1, expected variances of 0 or more");
    // In a file without golden pairs that would show it.
    let mut state = tensors(&io::to_bytes(&*small(), &Card::default()).unwrap());
    state.get_mut("2.running_var").unwrap().2[..4].copy_from_slice(&(-1e-9f32).to_le_bytes());
    let expected = "2.running_var: found -0.0000000009999999717180685 at index 0, expected variances of 0 or more";
    assert_eq!(refusal::<Small>(&file(&state)), [expected]);
    state.get_mut("2.running_var").unwrap().2[..4].copy_from_slice(&(-0f32).to_le_bytes());
    state.get_mut("2.running_mean").unwrap().2[..4].copy_from_slice(&(-1f32).to_le_bytes());
    io::from_bytes(&file(&state), &mut *Small::new(1)).unwrap();
}

#[test]
fn a_card_has_to_fit() {
    let nine = Card { classes: vec!["?".into(); 9], ..Card::default() };
    let error = io::to_bytes(&*small(), &nine).unwrap_err().to_string();
    assert_eq!(error, "the model: classes: found 9 names, expected 2, one for each output");
}

/// `network!` refuses such a network; one written by hand has not been checked.
#[test]
fn two_tensors_have_two_names() {
    type Twice = Chain<Named<{ name("fc") }, Dense<2, 2>>, Named<{ name("fc") }, Dense<2, 2>>>;
    let error = io::to_bytes(&Twice::zeroed(), &Card::default()).unwrap_err().to_string();
    assert_eq!(error, "the model: fc.weight: found two tensors of this name, expected one");
}

#[test]
fn text_in_files_leaves_terminals_alone() {
    let red = Card { classes: vec!["\u{1b}[31mno".into(), "yes".into()], ..Card::default() };
    let expected = "classes: found \\u{1b}[31mno, expected names without control characters";
    let error = io::to_bytes(&*small(), &red).unwrap_err().to_string();
    assert_eq!(error, format!("the model: {expected}"));
    let bytes = forged::with_record(&io::to_bytes(&*small(), &card()).unwrap(), |record| {
        record["classes"][0] = "\u{1b}[31mno".into();
    });
    assert_eq!(refusal::<Small>(&bytes), [expected]);
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for bytes in [STATE_DICT.to_vec(), io::to_bytes(&*small(), &card()).unwrap()] {
        for length in 0..bytes.len() {
            assert_eq!(refusal::<Small>(&bytes[..length]).len(), 1, "{length} bytes");
        }
    }
    let mut longer = io::to_bytes(&*small(), &card()).unwrap();
    longer.push(0);
    assert!(refusal::<Small>(&longer)[0].starts_with("file: found incomplete metadata"));
}

/// A file with this header, and this many zeros after it.
fn with_header(header: &str, zeros: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; zeros]].concat()
}

#[test]
fn lies_are_refused() {
    network! { type One = [2, 1, 1] => Dense(units = 1) }
    let weight = r#""0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}"#;
    let bias = r#""0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}"#;
    io::from_bytes(&with_header(&format!("{{{weight},{bias}}}"), 12), &mut *One::new(1)).unwrap();
    let said = |header: String| refusal::<One>(&with_header(&header, 12)).join("; ");

    assert_eq!(
        said(format!("{{{weight},{bias},{weight}}}")),
        "header: found `0.weight` twice at line 1 column 184, expected an object with one entry for each tensor"
    );
    for header in [
        "".to_string(),
        "{".to_string(),
        "[]".to_string(),
        "{}".to_string(),
        "\u{0}".to_string(),
        format!("{{{weight}}}"),
        format!("{{{weight},{}}}", bias.replace("F32", "F99")),
        format!("{{{weight},{}}}", bias.replace("[1]", "[-1]")),
        format!("{{{weight},{}}}", bias.replace("[1]", "[4294967296,4294967296,4294967296]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[0,12]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[8,18446744073709551615]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[12,8]")),
        format!("{{{}", "[".repeat(100_000)),
        format!(r#"{{"__metadata__":{{}},"__metadata__":{{}},{weight},{bias}}}"#),
    ] {
        let said = said(header.clone());
        assert!(said.starts_with("file: found") || said.starts_with("header: found"), "{said}");
    }
    let dtype = format!("{{{weight},{}}}", bias.replace("F32", "I32"));
    assert_eq!(said(dtype), "0.bias: found I32, expected F32, F16 or BF16");
    let strange = format!("{{{weight},{}}}", bias.replace("0.bias", "\\u001b[31m"));
    let missing = "0.bias: found no such tensor, expected [1]";
    assert_eq!(said(strange), format!("{missing}; \\u{{1b}}[31m: found [1], expected no such tensor"));
    for record in ["", "{}", "[1]", r#"{\"format\":2}"#, r#"{\"format\":-1}"#] {
        let said = said(format!(r#"{{"__metadata__":{{"shapeproof":"{record}"}},{weight},{bias}}}"#));
        assert!(said.starts_with("metadata: found"), "{said}");
    }
    for length in [0, 1, 13, 1 << 20, 1 << 40, u64::MAX] {
        let bytes = [&length.to_le_bytes()[..], b"{}          "].concat();
        let refused = refusal::<One>(&bytes).remove(0);
        assert!(refused.starts_with("file: found") || refused.starts_with("header: found"), "{length}: {refused}");
    }
}
