//! A picture of any size is resized to `H×W`, by a rule.

use std::vec::Vec;

use image::imageops::{self, FilterType};
use image::{GenericImageView, ImageBuffer, Pixel};

use crate::data::resize::{Fit, Resize};

/// The pixels of `picture` as `height×width`, row by row, the channels of a pixel together.
pub(super) fn fit<P>(picture: &ImageBuffer<P, Vec<u8>>, width: u32, height: u32, rule: Resize) -> Vec<u8>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let (from_width, from_height) = picture.dimensions();
    let (w, h) = (u64::from(from_width), u64::from(from_height));
    let (to_w, to_h) = (u64::from(width), u64::from(height));
    let is_wider = w * to_h > h * to_w;
    match rule.fit {
        Fit::Stretch => resize(picture, width, height).into_raw(),
        Fit::Crop => {
            let (w, h) = if is_wider { (round(h * to_w, to_h), h) } else { (w, round(w * to_h, to_w)) };
            let (w, h) = (w as u32, h as u32);
            let part = imageops::crop_imm(picture, (from_width - w) / 2, (from_height - h) / 2, w, h);
            resize(&*part, width, height).into_raw()
        }
        Fit::Pad => {
            let (w, h) = if is_wider { (to_w, round(h * to_w, w)) } else { (round(w * to_h, h), to_h) };
            let small = resize(picture, w as u32, h as u32);
            let background = *P::from_slice(&[rule.background; 4][..P::CHANNEL_COUNT.into()]);
            let mut whole = ImageBuffer::from_pixel(width, height, background);
            imageops::replace(&mut whole, &small, (to_w - w) as i64 / 2, (to_h - h) as i64 / 2);
            whole.into_raw()
        }
    }
}

fn resize<I>(picture: &I, width: u32, height: u32) -> ImageBuffer<I::Pixel, Vec<u8>>
where
    I: GenericImageView<Pixel: Pixel<Subpixel = u8> + 'static>,
{
    imageops::resize(picture, width, height, FilterType::Triangle)
}

/// `a / b`, rounded, but at least 1.
fn round(a: u64, b: u64) -> u64 {
    ((a + b / 2) / b).max(1)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use image::GrayImage;

    use super::*;

    fn fit(fit: Fit, [width, height]: [u32; 2], pixels: &[u8], to: [u32; 2]) -> Vec<u8> {
        let picture = GrayImage::from_raw(width, height, pixels.to_vec()).unwrap();
        super::fit(&picture, to[0], to[1], Resize { fit, background: 9 })
    }

    #[test]
    fn by_hand() {
        // Two rows of four: the two columns in the center are kept, as they are.
        let wide = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(fit(Fit::Crop, [4, 2], &wide, [2, 2]), [2, 3, 6, 7]);
        assert_eq!(fit(Fit::Crop, [2, 4], &wide, [2, 2]), [3, 4, 5, 6]);
        assert_eq!(fit(Fit::Pad, [4, 2], &wide, [4, 4]), [9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9]);
        assert_eq!(fit(Fit::Pad, [2, 4], &wide, [4, 4]), [9, 1, 2, 9, 9, 3, 4, 9, 9, 5, 6, 9, 9, 7, 8, 9]);
        for rule in [Fit::Crop, Fit::Pad, Fit::Stretch] {
            assert_eq!(fit(rule, [4, 2], &wide, [4, 2]), wide, "{rule:?}");
        }
        // Four to two: weights ¼, ¾, ¾, ¼ about the center of each half; at the border the weights that are left.
        assert_eq!(fit(Fit::Stretch, [4, 1], &[0, 70, 140, 210], [2, 1]), [50, 160]);
    }

    /// Proportions at which a side would be rounded to nothing.
    #[test]
    fn a_side_has_a_pixel() {
        for rule in [Fit::Crop, Fit::Pad, Fit::Stretch] {
            for size in [[1000, 1], [1, 1000], [1, 1]] {
                let pixels = vec![200; (size[0] * size[1]) as usize];
                for to in [[3, 2], [1, 7], [7, 1], [1, 1]] {
                    let found = fit(rule, size, &pixels, to);
                    assert_eq!(found.len(), (to[0] * to[1]) as usize);
                    assert!(found.contains(&200) && found.iter().all(|pixel| [9, 200].contains(pixel)), "{found:?}");
                }
            }
        }
    }
}
