//! Writes valid inputs for every target, as seeds for a fuzzer: `seeds FOLDER`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType};
use shapeproof::data::{Normalize, Resize, idx};
use shapeproof::io::{self, Card};
use shapeproof::network::Network;
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
    photos(&folder.join("picture"))?;
    pictures(&folder.join("picture"))?;
    pictures(&folder.join("png"))
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
