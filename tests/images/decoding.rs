//! From a file to a sample: every color type, orientation, sizes, and what is no picture.

use image::codecs::jpeg::JpegEncoder;
use image::{GrayAlphaImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, RgbaImage};
use shapeproof::data::images;
use shapeproof::data::resize::{Fit, Resize};
use shapeproof::data::{Dataset, Normalize};
use shapeproof::tensor::Tensor;

use crate::{Folder, png};

/// Decodes a file of two rows of three pixels.
fn decoded<const C: usize>(bytes: &[u8]) -> Vec<u8> {
    let folder = Folder::new();
    folder.put("a.png", bytes);
    images::open::<C, 2, 3>(folder.path("a.png"), Resize::default()).unwrap().as_slice().to_vec()
}

#[test]
fn every_color_type_by_hand() {
    let gray = png(GrayImage::from_raw(3, 2, vec![0, 51, 102, 153, 204, 255]).unwrap());
    assert_eq!(decoded::<1>(&gray), [0, 51, 102, 153, 204, 255]);
    assert_eq!(decoded::<3>(&gray), [0, 51, 102, 153, 204, 255].repeat(3));

    let colors = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [10, 20, 30]];
    let rgb = png(RgbImage::from_raw(3, 2, colors.concat()).unwrap());
    let planes = |rgb: [u8; 18]| rgb.to_vec();
    assert_eq!(decoded::<3>(&rgb), planes([255, 0, 0, 255, 0, 10, 0, 255, 0, 255, 0, 20, 0, 0, 255, 255, 0, 30]));
    // 0.299 R + 0.587 G + 0.114 B
    assert_eq!(decoded::<1>(&rgb), [76, 150, 29, 255, 0, 18]);

    // On white: opaque, transparent, half.
    let alphas = [255, 0, 51, 255, 0, 255];
    let rgba = colors.iter().zip(alphas).flat_map(|(color, alpha)| [color[0], color[1], color[2], alpha]).collect();
    let rgba = png(RgbaImage::from_raw(3, 2, rgba).unwrap());
    assert_eq!(
        decoded::<3>(&rgba),
        planes([255, 255, 204, 255, 255, 10, 0, 255, 204, 255, 255, 20, 0, 255, 255, 255, 255, 30])
    );
    let gray_alpha = png(GrayAlphaImage::from_raw(3, 2, vec![0, 255, 0, 0, 0, 51, 9, 255, 9, 255, 9, 255]).unwrap());
    assert_eq!(decoded::<1>(&gray_alpha), [0, 255, 204, 9, 9, 9]);

    // Sixteen bits are rounded: 128 is nearer to 0, 129 to 1.
    let deep: ImageBuffer<Luma<u16>, _> =
        ImageBuffer::from_raw(3, 2, vec![0, 128, 129, 257 * 77, 65_406, 65_535]).unwrap();
    assert_eq!(decoded::<1>(&png(deep)), [0, 0, 1, 77, 254, 255]);
    let deep: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_pixel(3, 2, Rgb([257, 514, 771]));
    assert_eq!(decoded::<3>(&png(deep)), [[1; 6], [2; 6], [3; 6]].concat());
}

#[test]
fn palettes_are_colors() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![0, 0, 0, 10, 20, 30, 255, 0, 0, 1, 2, 3]);
    encoder.set_trns(vec![255, 255, 255, 0]);
    encoder.write_header().unwrap().write_image_data(&[0b00_01_10_00, 0b11_00_01_00]).unwrap();
    let rgb = [[0, 10, 255, 255, 0, 10], [0, 20, 0, 255, 0, 20], [0, 30, 0, 255, 0, 30]];
    assert_eq!(decoded::<3>(&bytes), rgb.concat());
}

fn jpeg(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 100).encode_image(picture).unwrap();
    bytes
}

/// A segment with only this tag, right after the start of the image.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [&b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat();
    let exif = [b"Exif\0\0", &tiff[..]].concat();
    let segment = [&[0xFF, 0xE1, 0, exif.len() as u8 + 2], &exif[..]].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

#[test]
fn a_photo_is_turned_upright() {
    // A corner is white.
    let corner = GrayImage::from_fn(16, 16, |x, y| Luma([if x < 8 && y < 8 { 255 } else { 0 }]));
    let jpeg = jpeg(&corner);
    let folder = Folder::new();
    let corners = |bytes: &[u8]| {
        folder.put("a.jpg", bytes);
        images::open::<1, 2, 2>(folder.path("a.jpg"), Resize { fit: Fit::Stretch, background: 0 })
            .unwrap()
            .as_slice()
            .to_vec()
    };
    let [bright, dark] = [|gray: &u8| *gray > 150, |gray: &u8| *gray < 100];
    let is_at = |pixels: &[u8], place: usize| {
        pixels.iter().enumerate().all(|(at, gray)| if at == place { bright(gray) } else { dark(gray) })
    };
    assert!(is_at(&corners(&jpeg), 0));
    // As it is, mirrored, by 180°, …; 6 is a phone held upright, which has to be turned by 90° clockwise.
    for (orientation, place) in [(1, 0), (2, 1), (3, 3), (4, 2), (5, 0), (6, 1), (7, 3), (8, 2), (0, 0), (9, 0)] {
        let pixels = corners(&oriented(&jpeg, orientation));
        assert!(is_at(&pixels, place), "orientation {orientation}: {pixels:?}");
    }
}

#[test]
fn any_size_becomes_the_one_of_the_type() {
    let folder = Folder::new();
    // Three stripes.
    folder.put("a/wide.png", &png(GrayImage::from_fn(30, 10, |x, _| Luma([(x / 10) as u8 * 100]))));
    let center = folder.open().read::<1, 5, 5>().unwrap();
    assert_eq!(center.image(0).as_slice(), [100; 25]);
    let padded = folder.open().fit(Fit::Pad).background(7).read::<1, 3, 3>().unwrap();
    assert_eq!(padded.image(0).0, [[[7; 3], [0, 100, 200].map(|gray| padded.image(0).0[0][1][gray / 100]), [7; 3]]]);
    assert!(padded.image(0).0[0][1].is_sorted());
    let stretched = folder.open().fit(Fit::Stretch).read::<3, 4, 2>().unwrap();
    assert!(stretched.image(0).0.iter().flatten().all(|row| row[0] < 60 && row[1] > 140));
}

#[test]
fn what_is_no_picture_is_named() {
    let whole = png(GrayImage::from_fn(9, 9, |x, y| Luma([(x * y) as u8])));
    let photo = jpeg(&GrayImage::from_fn(64, 64, |x, y| Luma([(x * y) as u8])));
    let mut damaged = whole.clone();
    damaged[50] ^= 1;
    let enormous = {
        let mut header = whole.clone();
        header[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        // The checksum that the header then has.
        let checksum = crc(&header[12..29]);
        header[29..33].copy_from_slice(&checksum.to_be_bytes());
        header
    };
    let cases: [(&str, &[u8], &str); 8] = [
        ("empty.png", b"", "an empty file"),
        ("text.jpg", b"not a picture", "no PNG or JPEG signature"),
        ("other.png", b"GIF89a\0\0\0\0", "a Gif file"),
        ("cut.png", &whole[..whole.len() / 2], "damage ("),
        ("damaged.png", &damaged, "damage ("),
        ("cut.jpg", &photo[..photo.len() - 2], "a JPEG file that is cut short"),
        ("shorter.jpg", &photo[..photo.len() / 2], "a JPEG file that is cut short"),
        ("enormous.png", &enormous, "65536×65536 pixels, more than 67108864"),
    ];
    for (name, bytes, found) in cases {
        let folder = Folder::new();
        folder.square("a/1.png", 10).put(&format!("a/{name}"), bytes).square("b/2.png", 20);
        let error = folder.error();
        assert!(error.starts_with(&format!("a/{name}: picture: found {found}")), "{error}");
        assert!(error.ends_with(", expected a whole PNG or JPEG file"), "{error}");

        // Skipped the first time, and from the cache.
        for _ in 0..2 {
            let pictures = folder.open().skip_bad().read::<1, 2, 2>().unwrap();
            assert_eq!(crate::grays(&pictures), [(10, 0), (20, 1)]);
            let [skipped] = pictures.skipped() else { panic!("{:?}", pictures.skipped()) };
            assert!(skipped.path.ends_with(name) && skipped.found.starts_with(found), "{skipped:?}");
        }
        // From the cache it is refused as well.
        assert_eq!(folder.error(), error);
    }
}

/// The checksum of a PNG chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn contents_count_and_not_the_name() {
    let folder = Folder::new();
    folder.put("a/1.PNG", &jpeg(&GrayImage::from_pixel(8, 8, Luma([77]))));
    folder.put("a/2.JpEg", &png(GrayImage::from_pixel(2, 2, Luma([88]))));
    assert_eq!(crate::grays(&folder.open().read().unwrap()), [(77, 0), (88, 0)]);
}

#[test]
fn figures_are_those_of_each_channel() {
    let folder = Folder::new();
    folder.put("a/1.png", &png(RgbImage::from_pixel(2, 2, Rgb([0, 51, 7]))));
    folder.put("a/2.png", &png(RgbImage::from_pixel(2, 2, Rgb([255, 153, 7]))));
    let pictures = folder.open().read::<3, 2, 2>().unwrap();
    let figures = pictures.mean_and_std();
    for (found, expected) in figures.mean.iter().chain(&figures.std).zip([0.5, 0.4, 7.0 / 255.0, 0.5, 0.2, 1.0]) {
        assert!((found - expected).abs() < 1e-12, "{figures:?}");
    }
    let pictures = pictures.normalized::<f64>(&figures);
    let mut input = Tensor([[[f64::NAN; 2]; 2]; 3]);
    for (index, expected) in [(0, [-1.0, -1.0, 0.0]), (1, [1.0, 1.0, 0.0])] {
        assert_eq!(pictures.load(index, &mut input), 0);
        for (plane, expected) in input.0.iter().zip(expected) {
            assert!(plane.as_flattened().iter().all(|x| (x - expected).abs() < 1e-12), "{input:?}");
        }
    }
    let none = pictures.take(0);
    assert_eq!(none.mean_and_std(), Normalize::unit());
}
