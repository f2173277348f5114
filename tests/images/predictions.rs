//! Predictions from picture files: a model sees them as its training did.

use image::{Luma, Rgb, RgbImage};
use shapeproof::data::resize::{Fit, Resize};
use shapeproof::prelude::{Card, Dataset, Model, Network, Predictor};
use shapeproof::tensor;

use crate::{Folder, png};

shapeproof::network! { type Color = [3, 6, 4] => Flatten, Dense(units = 2) }
shapeproof::network! { type Gray = [1, 6, 4] => Flatten, Dense(units = 1) }

/// Stripes with transparency, not of the network's proportions.
fn picture() -> Vec<u8> {
    png(image::RgbaImage::from_fn(19, 11, |x, y| image::Rgba([(x * 13) as u8, (y * 23) as u8, 90, (x * 14) as u8])))
}

#[test]
fn the_rule_of_the_training_is_that_of_the_prediction() {
    let folder = Folder::new();
    folder.put("cat/1.png", &picture()).put("dog/2.png", &png(RgbImage::from_pixel(3, 9, Rgb([1, 100, 200]))));
    let file = folder.path("pets.safetensors");
    let mut inputs = Vec::new();
    for fit in [Fit::Crop, Fit::Pad, Fit::Stretch] {
        for background in [0, 255] {
            let pets = folder.open().fit(fit).background(background).read::<3, 6, 4>().unwrap();
            assert_eq!(pets.resize(), Resize { fit, background });
            let normalize = pets.mean_and_std();
            let classes = pets.classes().to_vec();
            let card = Card { resize: Some(pets.resize()), preprocessing: Some(normalize.clone()), classes };
            shapeproof::io::save(&file, &*Color::new(5), &card).unwrap();

            let pets = pets.normalized::<f32>(&normalize);
            let mut seen = tensor::boxed();
            pets.load(0, &mut seen);
            let (model, path) = (Model::<Color>::load(&file).unwrap(), pets.path(0));
            assert_eq!(model.card, card);
            assert_eq!(model.input_from_file(&path).unwrap(), seen, "{card:?}");
            let mut predictor = Predictor::new(&model);
            let expected = predictor.classify_input(&seen).clone();
            assert_eq!(model.classify_file(&path).unwrap(), expected);
            assert_eq!(Predictor::new(&model).classify_file(&path).unwrap(), expected);
            inputs.push(seen);
        }
    }
    assert!((0..inputs.len()).all(|one| (0..one).all(|other| inputs[one] != inputs[other])), "the rules differ");
}

#[test]
fn a_gray_network_reads_colors_as_gray() {
    let folder = Folder::new();
    folder.put("red.png", &png(RgbImage::from_pixel(9, 9, Rgb([255, 0, 0]))));
    folder.put("gray.png", &png(image::GrayImage::from_pixel(9, 9, Luma([76]))));
    let card = Card { resize: Some(Resize::default()), ..Card::default() };
    let model = Model { network: Gray::new(1), card };
    let input = |name| model.input_from_file(folder.path(name)).unwrap();
    assert_eq!(input("red.png"), input("gray.png"));
    assert_eq!(input("red.png").as_slice(), [76.0 / 255.0; 24]);
}

#[test]
fn what_cannot_be_predicted_is_said() {
    let folder = Folder::new();
    folder.put("cat.png", &picture()).put("text.png", b"not a picture");
    let mut model = Model { network: Color::new(1), card: Card::default() };
    let says = |model: &Model<Color>, name| model.classify_file(folder.path(name)).unwrap_err().to_string();
    assert_eq!(
        says(&model, "cat.png"),
        "card.resize: found none, expected the rule by which the pictures of the training were made to fit"
    );
    model.card.resize = Some(Resize::default());
    let text = says(&model, "text.png");
    assert!(text.ends_with("text.png: picture: found no PNG or JPEG signature, expected a whole PNG or JPEG file"));
    assert!(says(&model, "none.png").starts_with("cannot open "));
    assert!(model.classify_file(folder.path("cat.png")).is_ok());
}
