//! Any bytes read as a picture: refused, or transformed to an input of the network.

use std::io::Cursor;

use super::example::handwriting::{frame, ink};
use super::example::picture;

/// Larger pictures take seconds.
const LARGEST: u64 = 1 << 16;

pub fn fuzz(bytes: &[u8]) {
    // Width and height in the header.
    let sides =
        bytes.get(16..24).and_then(|sides| sides.split_first_chunk::<4>()?.1.first_chunk().zip(sides.first_chunk()));
    let pixels =
        sides.map(|(&height, &width)| u64::from(u32::from_be_bytes(width)) * u64::from(u32::from_be_bytes(height)));
    if pixels.is_some_and(|pixels| pixels > LARGEST) {
        return;
    }
    let Ok(plane) = picture::decode(Cursor::new(bytes)) else { return };
    assert_eq!(plane.values.len(), plane.width * plane.height);
    assert!(plane.values.iter().all(|value| (0.0..=1.0).contains(value)), "{plane:?}");
    if let Some((ink, _)) = ink::ink(plane) {
        frame::frame(ink);
    }
}
