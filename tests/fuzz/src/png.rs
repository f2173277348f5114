//! Any bytes read as a picture: refused, or brought to what a network is shown.

#[path = "../../../examples/predict/caught.rs"]
mod caught;
#[path = "../../../examples/predict/chunks.rs"]
mod chunks;
#[path = "../../../examples/predict/frame.rs"]
mod frame;
#[path = "../../../examples/predict/ink.rs"]
mod ink;
#[path = "../../../examples/predict/paper.rs"]
mod paper;
#[path = "../../../examples/predict/picture.rs"]
mod picture;
#[path = "../../../examples/predict/specks.rs"]
mod specks;

use std::io::Cursor;

/// Larger pictures take seconds.
const LARGEST: usize = 1 << 16;

pub fn fuzz(bytes: &[u8]) {
    let sides = bytes.get(16..24).map(|sides| [&sides[..4], &sides[4..]].map(|side| u32::from_be_bytes([side[0], side[1], side[2], side[3]]) as usize));
    if sides.is_some_and(|[width, height]| width.saturating_mul(height) > LARGEST) {
        return;
    }
    let Ok(plane) = picture::decode(Cursor::new(bytes)) else { return };
    assert_eq!(plane.values.len(), plane.width * plane.height);
    assert!(plane.values.iter().all(|value| (0.0..=1.0).contains(value)), "{plane:?}");
    if let Ok((ink, _)) = ink::ink(plane) {
        frame::frame(ink);
    }
}
