//! Removal of specks: dust, and dark noise, as spots of ink far smaller than the digit.

use std::collections::VecDeque;

use super::Plane;

/// A spot whose longer side is less than one part in this many of the largest spot's is a speck.
const PART: usize = 10;

/// Removes the specks: spots that touch no other ink, at a side or a corner, and are far smaller than the largest one.
///
/// A thin stroke stays, because it is long. The dots of a dotted line stay, because they all have the same size.
pub fn remove(ink: &mut Plane) {
    // Ink is negative after it was measured, until it has been compared too.
    let mut queue = VecDeque::new();
    let mut largest = 0;
    for start in 0..ink.values.len() {
        if ink.values[start] > 0.0 {
            largest = largest.max(flood(ink, start, &mut queue, |value| value > 0.0, |value| -value));
        }
    }
    for start in 0..ink.values.len() {
        if ink.values[start] < 0.0 {
            let extent = flood(ink, start, &mut queue, |value| value < 0.0, |value| -value);
            if extent * PART < largest {
                flood(ink, start, &mut queue, |value| value > 0.0, |_| 0.0);
            }
        }
    }
}

/// Fills a spot: changes all pixels connected to `start` that satisfy `of`. Returns the longer side of the spot.
fn flood(
    ink: &mut Plane,
    start: usize,
    queue: &mut VecDeque<usize>,
    of: impl Fn(f32) -> bool,
    change: impl Fn(f32) -> f32,
) -> usize {
    let (width, height) = (ink.width, ink.height);
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    ink.values[start] = change(ink.values[start]);
    queue.push_back(start);
    while let Some(at) = queue.pop_front() {
        let (x, y) = (at % width, at / width);
        (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
        for y in y.saturating_sub(1)..(y + 2).min(height) {
            for x in x.saturating_sub(1)..(x + 2).min(width) {
                let at = y * width + x;
                if of(ink.values[at]) {
                    ink.values[at] = change(ink.values[at]);
                    queue.push_back(at);
                }
            }
        }
    }
    (right - left).max(bottom - top) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specks_go_and_strokes_stay() {
        // A slanted stroke one pixel wide and twenty long, a speck beside it, and a spot of two pixels that is long enough to stay.
        let (width, height) = (25, 22);
        let mut ink = Plane { width, height, values: vec![0.0; width * height] };
        for i in 0..20 {
            ink.values[(i + 1) * width + i + 1] = 0.5;
        }
        let mut expected = ink.clone();
        for at in [3 * width + 15, 4 * width + 15] {
            (ink.values[at], expected.values[at]) = (1.0, 1.0);
        }
        ink.values[18 * width + 4] = 1.0;
        remove(&mut ink);
        assert_eq!(ink, expected);
    }

    #[test]
    fn the_edges_of_rows_do_not_touch() {
        // A stroke that ends at the right edge; the pixel after it in memory is the first of the next row.
        let mut ink = Plane { width: 14, height: 3, values: vec![0.0; 42] };
        ink.values[2..14].fill(1.0);
        let expected = ink.clone();
        ink.values[14] = 1.0;
        remove(&mut ink);
        assert_eq!(ink, expected);
    }
}
