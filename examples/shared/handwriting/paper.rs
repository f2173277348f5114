//! The paper under uneven light: an estimate of the picture's gray without the ink.
//!
//! ```text
//! paper[p] = min over the windows that contain p of the max of gray in the window        (closing; for dark ink)
//! ```
//!
//! Windows are wider than strokes, so no window is all ink. Where the light has a gradient, p is the lightest pixel of one of its
//! windows. Closing minus the picture is the black top-hat (J. Serra, *Image Analysis and Mathematical Morphology*, 1982).

use super::Plane;
use super::frame::resize;

/// Light changes slowly: it is estimated on at most this many cells along the longer side, each the mean of its pixels.
const CELLS: usize = 32;

/// A window extends by one part in this many of the longer side in each direction.
const REACH: usize = 5;

/// Subtracts the paper from under dark ink: the result is 0 on the paper, and negative where there is ink.
pub fn flatten(picture: &mut Plane) {
    let longer = picture.width.max(picture.height);
    let cells = |length: usize| (length * CELLS.min(longer) / longer).max(1);
    let mut paper = resize(picture, cells(picture.width), cells(picture.height));
    let reach = paper.width.max(paper.height).div_ceil(REACH);
    paper = extend(&extend(&paper, 2 * reach), 2 * reach);
    for pick in [f32::max, f32::max, f32::min, f32::min] {
        paper = slide(&paper, 2 * reach + 1, pick);
    }
    let paper = between(&paper, picture.width, picture.height);
    picture.values.iter_mut().zip(paper).for_each(|(gray, paper)| *gray -= paper);
}

/// Extends each row by `more` at either end, where it continues to get darker as inside, but not lighter; transposed.
fn extend(plane: &Plane, more: usize) -> Plane {
    let last = plane.width as isize - 1;
    transposed(plane, plane.width + 2 * more, |row, x| {
        let x = x as isize - more as isize;
        let end = x.clamp(0, last);
        let (end, inside) = (row[end as usize], row[(2 * end - x).clamp(0, last) as usize]);
        end.min(2.0 * end - inside)
    })
}

/// Applies `pick` to each `window` consecutive values of a row; transposed.
fn slide(plane: &Plane, window: usize, pick: fn(f32, f32) -> f32) -> Plane {
    transposed(plane, plane.width + 1 - window, |row, x| row[x + 1..x + window].iter().copied().fold(row[x], pick))
}

/// The plane whose column `y` has, for each row `y` of `plane`, `value(row, 0 .. length)`.
fn transposed(plane: &Plane, length: usize, value: impl Fn(&[f32], usize) -> f32) -> Plane {
    let rows = || plane.values.chunks_exact(plane.width);
    let values = (0..length).flat_map(|x| rows().map(move |row| (row, x))).map(|(row, x)| value(row, x)).collect();
    Plane { width: plane.height, height: length, values }
}

/// Interpolates the values of a larger plane linearly between the centers of the cells.
fn between(cells: &Plane, width: usize, height: usize) -> impl Iterator<Item = f32> {
    // For each pixel along a side: the cell before it, the one after it, and the latter's share.
    let places = |from: usize, to: usize| -> Vec<(usize, usize, f32)> {
        let place = |at: usize| ((at as f32 + 0.5) * from as f32 / to as f32 - 0.5).clamp(0.0, from as f32 - 1.0);
        (0..to).map(place).map(|place| (place as usize, place.ceil() as usize, place.fract())).collect()
    };
    let columns = places(cells.width, width);
    places(cells.height, height).into_iter().flat_map(move |(above, below, down)| {
        let row = |y: usize| &cells.values[y * cells.width..][..cells.width];
        let line: Vec<f32> = row(above).iter().zip(row(below)).map(|(a, b)| a + down * (b - a)).collect();
        let value =
            |&(before, behind, right): &(usize, usize, f32)| line[before] + right * (line[behind] - line[before]);
        columns.iter().map(value).collect::<Vec<f32>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_and_vignettes_are_flattened() {
        let (width, height) = (300, 200);
        let is_ink = |x: usize, y: usize| {
            (80..100).contains(&x) && (30..150).contains(&y) || (30..40).contains(&y) && x > 90 && x < 260
        };
        let lights: [fn(f32, f32) -> f32; 4] =
            [|_, _| 0.8, |x, _| 0.6 + 0.5 * x, |x, y| 0.6 - 0.3 * x + 0.4 * y, |x, y| 0.9 - 0.8 * (x * x + y * y)];
        for (which, light) in lights.into_iter().enumerate() {
            let place = |at: usize, length: usize| at as f32 / length as f32 - 0.5;
            let pixels = (0..width * height).map(|at| (at % width, at / width));
            let ink: Vec<f32> = pixels.clone().map(|(x, y)| if is_ink(x, y) { -0.3 } else { 0.0 }).collect();
            let gray = pixels.zip(&ink).map(|((x, y), ink)| light(place(x, width), place(y, height)) + ink);
            let mut picture = Plane { width, height, values: gray.collect() };
            flatten(&mut picture);
            for (at, (found, expected)) in picture.values.iter().zip(&ink).enumerate() {
                assert!((found - expected).abs() < 0.06, "light {which}, pixel {at}: {found} {expected}");
            }
        }
    }

    #[test]
    fn cells_are_joined_by_hand() {
        let cells = Plane { width: 2, height: 1, values: vec![0.0, 1.0] };
        assert_eq!(between(&cells, 4, 2).collect::<Vec<_>>(), [0.0, 0.25, 0.75, 1.0].repeat(2));
    }
}
