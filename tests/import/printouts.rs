//! State dicts with the printouts of their modules.

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use shapeproof::shape::Dims;

use crate::example::translate::Refusal;
use crate::example::{import, text, torch};

/// A state dict with tensors of these shapes.
fn state_dict(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let data: Vec<Vec<u8>> = tensors.iter().map(|(_, dims)| vec![1; 4 * dims.iter().product::<usize>()]).collect();
    let views = tensors
        .iter()
        .zip(&data)
        .map(|(&(name, dims), data)| (name, TensorView::new(Dtype::F32, dims.to_vec(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// The weights of the network.
fn weights(printout: &str, tensors: &[(&str, &[usize])]) -> Vec<(String, Vec<f64>)> {
    let graph = torch::read(&state_dict(tensors), &torch::printout::parse(printout).unwrap()).unwrap();
    let network = import(&graph, Some(Dims::new(2, 6, 5))).unwrap().network;
    let parameters = crate::example::weights::parameters(&network).into_iter();
    parameters.map(|(name, tensor)| (name, tensor.real().unwrap().into())).collect()
}

/// The text of the network, or what is wrong.
fn says(printout: &str, tensors: &[(&str, &[usize])]) -> String {
    says_of(printout, tensors, Dims::new(2, 6, 5))
}

fn says_of(printout: &str, tensors: &[(&str, &[usize])], input: Dims) -> String {
    let graph = match torch::read(&state_dict(tensors), &torch::printout::parse(printout).unwrap()) {
        Ok(graph) => graph,
        Err(damage) => return format!("{}: found {}, expected {}", damage.what, damage.found, damage.expected),
    };
    match import(&graph, Some(input)) {
        Ok(imported) => text::text(&imported.network, "Net", &[], false),
        Err(Refusal::Damage(damage)) => format!("{}: found {}", damage.what, damage.found),
        Err(Refusal::Complaints(complaints)) => {
            complaints.iter().map(|complaint| complaint.to_string()).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn names_are_kept_and_nested_sequences_are_flattened() {
    let printout = "Sequential(
  (features): Sequential(
    (0): Conv2d(2, 3, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    (1): SiLU(inplace=True)
  )
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (classifier): Linear(in_features=90, out_features=4, bias=False)
)";
    let tensors: &[(&str, &[usize])] =
        &[("features.0.weight", &[3, 2, 3, 3]), ("features.0.bias", &[3]), ("classifier.weight", &[4, 90])];
    let expected = "shapeproof::network! {
    pub type Net = [2, 6, 5] =>
        Conv2D(filters = 3, kernel = 3, padding = 1), SiLU, // 3×6×5
        flatten: Flatten,                                   // 90
        classifier: Dense(units = 4, bias = false),         // 4
}
";
    assert_eq!(says(printout, tensors), expected);
}

#[test]
fn what_a_printout_does_not_say_is_named() {
    let printout = "Net(\n  (fc): Linear(in_features=60, out_features=4, bias=True)\n)";
    assert_eq!(
        says(printout, &[("fc.weight", &[4, 60])]),
        "module ``, Net: the printout does not say what it computes with the modules inside it: export the model as ONNX"
    );
    let printout = "Sequential(\n  (0): Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1), groups=2, padding_mode=circular)\n  (1): Mine()\n)";
    assert_eq!(
        says(printout, &[("0.weight", &[4, 1, 3, 3]), ("0.bias", &[4])]),
        "module `0`, Conv2d: padding_mode: found circular, expected no such attribute
module `1`, Mine: the importer does not know this module; if it is a class of your own, export the model as ONNX"
    );
}

#[test]
fn normalizations_of_a_sample() {
    let printout = "Sequential(
  (0): Conv2d(2, 4, kernel_size=(1, 1), stride=(1, 1), bias=False)
  (1): GroupNorm(2, 4, eps=0.01, affine=True)
  (2): ReLU()
  (norm): LayerNorm((4, 6, 5), eps=1e-05, elementwise_affine=True, bias=True)
)";
    let tensors: &[(&str, &[usize])] = &[
        ("0.weight", &[4, 2, 1, 1]),
        ("1.weight", &[4]),
        ("1.bias", &[4]),
        ("norm.weight", &[4, 6, 5]),
        ("norm.bias", &[4, 6, 5]),
    ];
    let expected = "shapeproof::network! {
    pub type Net = [2, 6, 5] =>
        Conv2D(filters = 4, kernel = 1, bias = false), GroupNorm(groups = 2, eps = 0.01), ReLU, // 4×6×5
        norm: LayerNorm,
}
";
    assert_eq!(says(printout, tensors), expected);
    // Over the last axis alone, and without numbers of their own.
    let one = |layer: &str, tensors| says(&format!("Sequential(\n  (0): {layer}\n)"), tensors);
    assert_eq!(
        one("LayerNorm((5,), eps=1e-05, elementwise_affine=True)", &[("0.weight", &[2, 6, 5]), ("0.bias", &[2, 6, 5])]),
        "module `0`, LayerNorm: first axis of normalized_shape: found -1, expected 1, the first after the batch"
    );
    for layer in [
        "GroupNorm(2, 2, eps=1e-05, affine=False)",
        "GroupNorm(2, 2, eps=1e-05, affine=False, bias=True)",
        "InstanceNorm2d(2, eps=1e-05, momentum=0.1, affine=False, bias=True, track_running_stats=False)",
        "LayerNorm((2, 6, 5), eps=1e-05, elementwise_affine=False, bias=False)",
    ] {
        let [weight, bias] = &weights(&format!("Sequential(\n  (0): {layer}\n)"), &[])[..] else { panic!("{layer}") };
        assert!(weight.0 == "0.weight" && weight.1.iter().all(|&number| number == 1.0), "{layer}: {weight:?}");
        assert!(bias.0 == "0.bias" && bias.1.iter().all(|&number| number == 0.0), "{layer}: {bias:?}");
        assert_eq!([weight.1.len(), bias.1.len()], [if layer.starts_with("Layer") { 60 } else { 2 }; 2]);
    }
    let batch = "BatchNorm2d(2, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)";
    let found =
        weights(&format!("Sequential(\n  (0): {batch}\n)"), &[("0.running_mean", &[2]), ("0.running_var", &[2])]);
    assert_eq!((found.len(), &*found[0].1, &*found[1].1), (4, &[1.0; 2][..], &[0.0; 2][..]));
    // Each channel alone is a group of one.
    let instance = |more: &str| {
        one(&format!("InstanceNorm2d(2, eps=1e-05, momentum=0.1, {more})"), &[("0.weight", &[2]), ("0.bias", &[2])])
    };
    let text = instance("affine=True, bias=True, track_running_stats=False");
    assert!(text.contains("=>\n        GroupNorm(groups = 2),\n"), "{text}");
    assert_eq!(
        instance("affine=True, track_running_stats=True"),
        "tensor `0.running_mean`: found none, expected one, for module `0`, InstanceNorm2d"
    );
    let tensors: &[(&str, &[usize])] =
        &[("0.weight", &[2]), ("0.bias", &[2]), ("0.running_mean", &[2]), ("0.running_var", &[2])];
    assert_eq!(
        one("InstanceNorm2d(2, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)", tensors),
        "module `0`, InstanceNorm2d: track_running_stats: found 1, expected 0"
    );
    assert_eq!(
        one("GroupNorm(3, 2, eps=1e-05, affine=True)", &[("0.weight", &[2]), ("0.bias", &[2])]),
        "module `0`, GroupNorm: GroupNorm cannot split the 2 channels of its 2×6×5 input into 3 groups"
    );
}

#[test]
fn decoders() {
    let printout = "Sequential(
  (0): ConvTranspose2d(2, 3, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), output_padding=(1, 0), bias=False)
  (1): Upsample(scale_factor=2.0, mode='nearest')
  (2): UpsamplingNearest2d(scale_factor=(1.0, 2.0), mode='nearest')
  (3): Upsample(size=(24, 80), mode='nearest')
  (4): Softmax2d()
  (5): Softmax(dim=-1)
)";
    let expected = "shapeproof::network! {
    pub type Net = [2, 6, 5] =>
        ConvTranspose2D(filters = 3, kernel = [3, 2], stride = 2, padding = [1, 0], output_padding = [1, 0], bias = false), // 3×12×10
        Upsample(scale = 2),                                                                                                // 3×24×20
        Upsample(scale = [1, 2]),                                                                                           // 3×24×40
        Upsample(scale = [1, 2]), Softmax, Softmax(axis = 3),                                                               // 3×24×80
}
";
    assert_eq!(says(printout, &[("0.weight", &[2, 3, 3, 2])]), expected);
    let shaped = |size: &str| {
        says(
            &format!(
                "Sequential(\n  (0): Flatten(start_dim=1, end_dim=-1)\n  (1): Unflatten(dim=1, unflattened_size={size})\n)"
            ),
            &[],
        )
    };
    let text = shaped("(5, 4, 3)");
    assert!(text.contains("Unflatten(channels = 5, height = 4, width = 3), // 5×4×3\n"), "{text}");
    let text = shaped("(5, 12)");
    assert!(text.contains("Unflatten(channels = 5, height = 1, width = 12), // 5×1×12\n"), "{text}");
    assert_eq!(shaped("(5, 13)"), "module `1`, Unflatten: shape: found [0, 5, 13], expected [N, 60], as Flatten gives");
    // They are printed alike with align_corners.
    for mode in ["linear", "bilinear"] {
        assert_eq!(
            says(&format!("Sequential(\n  (0): Upsample(scale_factor=2.0, mode='{mode}')\n)"), &[]),
            format!(
                "module `0`, Upsample: mode: found {mode}, expected nearest, because the printout does not say align_corners of \
                 the others: export the model as ONNX"
            )
        );
    }
    let printout = "Sequential(
  (0): Upsample(scale_factor=2.0, mode='nearest')
  (1): MaxPool1d(kernel_size=2, stride=1, padding=0, dilation=1, ceil_mode=False)
  (2): Upsample(scale_factor=(3.0,), mode='nearest')
  (3): Upsample(size=66, mode='nearest')
)";
    let expected = "shapeproof::network! {
    pub type Net = [2, 1, 6] =>
        Upsample(scale = [1, 2]),          // 2×1×12
        MaxPool1D(window = 2, stride = 1), // 2×1×11
        Upsample(scale = [1, 3]),          // 2×1×33
        Upsample(scale = [1, 2]),          // 2×1×66
}
";
    assert_eq!(says_of(printout, &[], Dims::new(2, 1, 6)), expected);
    let norm = "Sequential(
  (0): Upsample(scale_factor=4096.0, mode='nearest')
  (1): LayerNorm((2, 24576, 20480), eps=1e-05, elementwise_affine=False)
)";
    let none =
        |what| format!("module `1`, LayerNorm: {what}: found none for an input of this size, expected a constant");
    assert_eq!(says(norm, &[]), format!("{}\n{}", none("weight"), none("bias")));
}

#[test]
fn series() {
    let printout = "Sequential(
  (0): Conv1d(2, 6, kernel_size=(5,), stride=(1,), padding=(2,), groups=2)
  (1): BatchNorm1d(6, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
  (2): PReLU(num_parameters=6)
  (3): MaxPool1d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=True)
  (4): AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))
  (5): Conv1d(6, 4, kernel_size=(4,), stride=(1,), padding=same, dilation=(2,), bias=False)
  (6): InstanceNorm1d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=False)
  (7): ConvTranspose1d(4, 3, kernel_size=(2,), stride=(2,))
  (8): Conv1d(3, 2, kernel_size=(2,), stride=(1,), padding=same)
  (9): LayerNorm((2, 18), eps=1e-05, elementwise_affine=True, bias=True)
  (10): Softmax(dim=-1)
  (11): AdaptiveAvgPool1d(output_size=(9,))
  (12): AdaptiveMaxPool1d(output_size=1)
  (13): Flatten(start_dim=1, end_dim=-1)
)";
    let tensors: &[(&str, &[usize])] = &[
        ("0.weight", &[6, 1, 5]),
        ("0.bias", &[6]),
        ("1.weight", &[6]),
        ("1.bias", &[6]),
        ("1.running_mean", &[6]),
        ("1.running_var", &[6]),
        ("2.weight", &[6]),
        ("5.weight", &[4, 6, 4]),
        ("6.weight", &[4]),
        ("6.bias", &[4]),
        ("7.weight", &[4, 3, 2]),
        ("7.bias", &[3]),
        ("8.weight", &[2, 3, 2]),
        ("8.bias", &[2]),
        ("9.weight", &[2, 18]),
        ("9.bias", &[2, 18]),
    ];
    // Of a padding that is not the same at both ends, the layer is one of an image.
    let expected = "shapeproof::network! {
    pub type Net = [2, 1, 36] =>
        Conv1D(filters = 6, kernel = 5, padding = 2, groups = 2), BatchNorm,         // 6×1×36
        PReLU(per_channel = true),
        MaxPool1D(window = 3, stride = 2, padding = 1, ceil = true),                 // 6×1×19
        AvgPool1D(window = 2),                                                       // 6×1×9
        Conv1D(filters = 4, kernel = 4, padding = 3, dilation = 2, bias = false),    // 4×1×9
        GroupNorm(groups = 4),
        ConvTranspose2D(filters = 3, kernel = [1, 2], stride = [1, 2]),              // 3×1×18
        Conv2D(filters = 2, kernel = [1, 2], padding = [[0, 0], [0, 1]]), LayerNorm, // 2×1×18
        Softmax(axis = 3),
        AvgPool1D(window = 2),                                                       // 2×1×9
        GlobalMaxPool2D, Flatten,                                                    // 2
}
";
    assert_eq!(says_of(printout, tensors, Dims::new(2, 1, 36)), expected);
    assert_eq!(says_of(printout, tensors, Dims::new(2, 6, 6)), "--input: found 2×6×6");
}

#[test]
fn tensors_and_modules_belong_together() {
    let printout = "Sequential(\n  (0): PReLU(num_parameters=1)\n)";
    assert_eq!(says(printout, &[]), "tensor `0.weight`: found none, expected one, for module `0`, PReLU");
    assert_eq!(
        says(printout, &[("0.weight", &[1]), ("1.weight", &[1])]),
        "tensor `1.weight`: found no module of the printout that has it, expected one"
    );
    assert_eq!(
        says(printout, &[("0.weight", &[3])]),
        "module `0`, PReLU: slope: found the shape [3], expected one, or one for each channel"
    );
}
