//! Writes valid inputs for every target, as seeds for a fuzzer: `seeds FOLDER`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType};
use shapeproof::data::{Normalize, Resize, idx};
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::io::{self, Card};
use shapeproof::network::Network;
use shapeproof::scalar::Precision;
use shapeproof::tensor::{Tensor, Vector};
use shapeproof_fuzz::{TARGETS, checkpoint, model};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: seeds FOLDER")?);
    for (target, _) in TARGETS {
        fs::create_dir_all(folder.join(target))?;
    }
    idx_files(&folder.join("idx"))?;
    let model = models(&folder.join("model"))?;
    let header = u64::from_le_bytes(model[..8].try_into()?) as usize;
    let header: serde_json::Value = serde_json::from_slice(&model[8..][..header])?;
    let card = header["__metadata__"]["shapeproof"].as_str().ok_or("a model without a card")?;
    // One for each possible key.
    for key in 0..3_u8 {
        fs::write(folder.join(format!("card/{key}")), [&[key], card.as_bytes()].concat())?;
    }
    for steps in [0, 1] {
        fs::write(folder.join(format!("checkpoint/{steps}")), checkpoint::seed(steps))?;
    }
    for kernel in 0..6_u8 {
        let bytes: Vec<u8> =
            [kernel, 60, 60, 60].into_iter().chain((0..40_u32).map(|i| (i * 37 % 11 + 6) as u8)).collect();
        fs::write(folder.join(format!("kernel/{kernel}")), bytes)?;
    }
    for (name, csv) in [
        ("header", "name,label\r\na.png,cat\r\nb/c.jpg,dog\r\n"),
        ("quotes", "\"a.png\",\"a \"\"big\"\" cat\",\"two\nlines\"\n\nb/c.jpg,dog"),
        ("missing", "none.png,cat\na.png,cat\n"),
    ] {
        fs::write(folder.join("csv").join(name), csv)?;
    }
    onnx_models(&folder.join("onnx"))?;
    printouts(&folder.join("printout"))?;
    photos(&folder.join("picture"))?;
    pictures(&folder.join("picture"))?;
    pictures(&folder.join("png"))
}

shapeproof::network! {
    type Image = [4, 5, 6] =>
        conv: Conv2D(filters = 4, kernel = 3, stride = 2, padding = 1, groups = 2), BatchNorm, PReLU(per_channel = true),
        Concat(Identity, (GELU, Upsample(scale = 1)), (MaxPool2D(window = 3, stride = 1, padding = 1))),
        GroupNorm(groups = 3), Gate(GlobalAvgPool2D, Dense(units = 12), HardSigmoid), Softmax(axis = [2, 3]), Maxout(pieces = 2),
        ConvTranspose2D(filters = 2, kernel = 2, stride = 2), AvgPool2D(window = 2), Flatten,
}

shapeproof::network! {
    type Values = [6, 1, 1] =>
        Residual(Dense(units = 4), Softplus(beta = 2.0, threshold = 5.0), shortcut = (Dense(units = 4, bias = false))), Dropout,
        LayerNorm, Unflatten(channels = 2, height = 1, width = 2), Clip(min = 0.0, max = 6.0), Softmax(axis = 3),
}

/// Writes ONNX models.
fn onnx_models(folder: &Path) -> Result<(), Box<dyn Error>> {
    let settings = Settings::default();
    fs::write(folder.join("image"), to_onnx(&*Image::new(1), &settings)?)?;
    fs::write(folder.join("vector"), to_onnx(&*Values::new(1), &settings)?)?;
    let double = Settings { precision: Some(Precision::Double), ..settings };
    fs::write(folder.join("double"), to_onnx(&*model::Net::new(1), &double)?)?;
    Ok(())
}

/// Writes printouts of PyTorch, with the tensors of their modules.
fn printouts(folder: &Path) -> Result<(), Box<dyn Error>> {
    let image = "0.weight 4 1 3 3
1.body.weight 4
1.body.bias 4
1.body.running_mean 4
1.body.running_var 4
2.weight 4
2.bias 4
4.weight 3 60
4.bias 3

Sequential(
  (0): Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), groups=2, bias=False)
  (1): Residual(
    (body): BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  )
  (2): InstanceNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=False)
  (pool): AvgPool2d(kernel_size=(2, 1), stride=(2, 1), padding=0)
  (3): Flatten(start_dim=1, end_dim=-1)
  (4): Linear(in_features=60, out_features=3, bias=True)
  (5): Softmax(dim=-1)
)
";
    let series = "0.weight 4 2 3
0.bias 4
2.weight 4
2.bias 4
3.weight 4
5.weight 4 2 2
5.bias 2

Sequential(
  (0): Conv1d(2, 4, kernel_size=(3,), stride=(1,), padding=same)
  (1): MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True)
  (2): GroupNorm(2, 4, eps=1e-05, affine=True)
  (3): PReLU(num_parameters=4)
  (4): AdaptiveAvgPool1d(output_size=(5,))
  (5): ConvTranspose1d(4, 2, kernel_size=(2,), stride=(2,))
)
";
    let vector = "0.weight 6 60
0.bias 6

Sequential(
  (0): Linear(in_features=60, out_features=6, bias=True)
  (1): GELU(approximate='tanh')
  (2): Dropout(p=0.25, inplace=False)
  (3): Unflatten(dim=1, unflattened_size=(1, 2, 3))
  (4): Upsample(scale_factor=(2.0, 3.0), mode='nearest')
  (5): Hardtanh(min_val=-0.5, max_val=0.75)
)
";
    for (name, text) in [("image", image), ("series", series), ("vector", vector)] {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Writes JPEG files, in gray and in color.
fn photos(folder: &Path) -> Result<(), Box<dyn Error>> {
    let color = image::RgbImage::from_fn(19, 9, |x, y| image::Rgb([x * 13, y * 28, x * y].map(|value| value as u8)));
    image::DynamicImage::from(color.clone())
        .into_luma8()
        .save_with_format(folder.join("gray"), image::ImageFormat::Jpeg)?;
    color.save_with_format(folder.join("color"), image::ImageFormat::Jpeg)?;
    Ok(())
}

fn idx_files(folder: &Path) -> Result<(), Box<dyn Error>> {
    idx::write(folder.join("u8"), &[1_u8, 2, 3])?;
    idx::write(folder.join("i16"), &[-1_i16, 300])?;
    idx::write(folder.join("f64"), &[[0.5_f64, -2.0]; 2])?;
    idx::write(folder.join("gray"), &[Tensor([[[1_u8, 2, 3], [4, 5, 6]]]); 2])?;
    idx::write(folder.join("vectors"), &[Vector::from([1_f32, 2.0, 3.0, 4.0]); 2])?;
    Ok(())
}

/// Writes models with a full card, and returns one.
fn models(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let card = Card {
        preprocessing: Some(Normalize::new(0.5, 0.25)),
        classes: ["cat", "dog", "neither"].map(String::from).into(),
        resize: Some(Resize::default()),
    };
    let network = model::Net::new(1);
    fs::write(folder.join("bare"), io::to_bytes(&*network, &Card::default())?)?;
    let whole = io::to_bytes(&*network, &card)?;
    fs::write(folder.join("whole"), &whole)?;
    // As PyTorch would write it: tensors alone.
    let file = safetensors::SafeTensors::deserialize(&whole)?;
    fs::write(folder.join("weights"), safetensors::serialize(file.iter(), None)?)?;
    Ok(whole)
}

fn pictures(folder: &Path) -> Result<(), Box<dyn Error>> {
    use BitDepth::{Eight, One, Sixteen};
    let kinds = [
        (ColorType::Grayscale, One),
        (ColorType::Grayscale, Eight),
        (ColorType::GrayscaleAlpha, Eight),
        (ColorType::Indexed, One),
        (ColorType::Rgb, Eight),
        (ColorType::Rgba, Sixteen),
    ];
    for (at, (color, depth)) in kinds.into_iter().enumerate() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 7, 5);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 255, 255, 0]);
            encoder.set_trns(vec![255, 9]);
        }
        let row = (7 * color.samples() * depth as usize).div_ceil(8);
        let data: Vec<u8> = (0..5 * row).map(|i| (i * 31 % 256) as u8).collect();
        encoder.write_header()?.write_image_data(&data)?;
        fs::write(folder.join(at.to_string()), bytes)?;
    }
    Ok(())
}
