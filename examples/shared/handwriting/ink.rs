//! The ink of a picture: 1 where it is strongest, 0 on the paper.
//!
//! ```text
//! paper = median of the border's gray          σ = 1.4826 · median |border − paper|
//! ink   = |gray − paper| / contrast, on the ink's side of the paper
//! ```
//!
//! The border shows the paper. If the border's gray is in the lighter half of the picture's range, ink is darker than the paper,
//! otherwise lighter. The spread of the border is the paper's noise; the factor turns the median deviation into the standard
//! deviation of a normal distribution (Rousseeuw and Croux 1993, *Alternatives to the median absolute deviation*). If that noise
//! would hide faint ink, the paper is unevenly lit, or really noisy: then the lighting is [removed](super::paper) first.

use std::fmt;

use super::{Plane, border, median, paper, specks};

/// Ink below this fraction of the strongest counts as paper: compression leaves such artifacts, and anti-aliased edges do not suffer.
const FAINT: f32 = 0.1;

/// Ink differs from the paper by this many standard deviations of its noise.
const ABOVE_NOISE: f32 = 5.0;

/// A picture whose strongest ink differs by less, from black to white or in standard deviations of the noise, is empty.
const LEAST_CONTRAST: f32 = 0.08;
const LEAST_ABOVE_NOISE: f32 = 8.0;

/// The polarity of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    DarkOnLight,
    LightOnDark,
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Polarity::DarkOnLight => "dark on light",
            Polarity::LightOnDark => "light on dark",
        })
    }
}

/// Turns a picture into its ink, without specks, and returns its polarity; `None` if there is no ink. The result reuses the
/// picture's memory.
pub fn ink(mut ink: Plane) -> Option<(Plane, Polarity)> {
    let (dark, light) = ink.values.iter().fold((1f32, 0f32), |(dark, light), &gray| (dark.min(gray), light.max(gray)));
    let middle = Look::at(&ink).paper;
    let polarity = if middle - dark > light - middle { Polarity::DarkOnLight } else { Polarity::LightOnDark };

    // From here on, ink is dark.
    if polarity == Polarity::LightOnDark {
        ink.values.iter_mut().for_each(|gray| *gray = 1.0 - *gray);
    }
    let mut look = Look::at(&ink);
    if look.least() > FAINT {
        paper::flatten(&mut ink);
        look = Look::at(&ink);
    }
    if look.contrast < LEAST_CONTRAST.max(LEAST_ABOVE_NOISE * look.key) {
        return None;
    }
    for gray in &mut ink.values {
        let strength = (look.paper - *gray) / look.contrast;
        *gray = if strength < look.least() { 0.0 } else { strength };
    }
    specks::remove(&mut ink);
    Some((ink, polarity))
}

/// The gray and the noise of the paper, and how much darker the darkest ink is.
struct Look {
    paper: f32,
    key: f32,
    contrast: f32,
}

impl Look {
    fn at(picture: &Plane) -> Look {
        let mut edge: Vec<f32> = border(picture.width, picture.height).map(|at| picture.values[at]).collect();
        let paper = median(&mut edge);
        edge.iter_mut().for_each(|gray| *gray = (*gray - paper).abs());
        let key = 1.4826 * median(&mut edge);
        let contrast = picture.values.iter().fold(0f32, |most, &gray| most.max(paper - gray));
        Look { paper, key, contrast }
    }

    /// The least ink that does not count as paper.
    fn least(&self) -> f32 {
        FAINT.max(ABOVE_NOISE * self.key / self.contrast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plane five pixels wide.
    fn plane(values: &[f32]) -> Plane {
        Plane { width: 5, height: values.len() / 5, values: values.to_vec() }
    }

    #[test]
    fn ink_by_hand_either_way_round() {
        #[rustfmt::skip]
        let dark_on_light = plane(&[
            0.75, 0.75, 0.75, 0.75, 0.75,
            0.75, 0.25, 0.50, 0.72, 0.75,
            0.75, 0.25, 0.25, 0.80, 0.75,
            0.75, 0.75, 0.75, 0.75, 0.75,
        ]);
        #[rustfmt::skip]
        let expected = [
            0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 1.0, 0.5, 0.0, 0.0,
            0.0, 1.0, 1.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
        ];
        let (ink, polarity) = ink(dark_on_light.clone()).unwrap();
        assert_eq!((&ink.values[..], polarity), (&expected[..], Polarity::DarkOnLight));
        let mut light_on_dark = dark_on_light;
        light_on_dark.values.iter_mut().for_each(|gray| *gray = 1.0 - *gray);
        let (ink, polarity) = super::ink(light_on_dark).unwrap();
        assert_eq!((&ink.values[..], polarity), (&expected[..], Polarity::LightOnDark));
    }

    #[test]
    fn a_canvas_of_one_grey_or_of_noise_is_empty() {
        for gray in [0.0, 0.4, 1.0] {
            assert_eq!(ink(plane(&[gray; 20])), None);
            assert_eq!(ink(Plane { width: 1, height: 1, values: vec![gray] }), None);
        }
        let key: Vec<f32> = (0..2000u32).map(|i| 0.5 + (i.wrapping_mul(2_654_435_761) >> 24) as f32 / 1024.0).collect();
        assert_eq!(ink(plane(&key)), None);
    }
}
