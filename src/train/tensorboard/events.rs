//! Event files: records of protocol buffers, each with checksums.
//!
//! ```text
//! record = length: u64, masked CRC-32C of the length: u32, event, masked CRC-32C of the event: u32      (little-endian)
//! ```
//!
//! (TensorFlow, `core/lib/io/record_writer.h`, `core/util/event.proto` and `core/framework/summary.proto`.)

use alloc::vec::Vec;

/// What an event is about.
pub(super) enum Value<'a> {
    /// The first event of a file.
    Version,
    Scalar(f32),
    /// Width, height, and the bytes of a PNG file.
    Image([usize; 2], &'a [u8]),
}

/// A record: `value` under the name `tag`, after `step` steps, `wall_time` seconds after 1970.
pub(super) fn record(wall_time: f64, step: u64, tag: &str, value: &Value<'_>) -> Vec<u8> {
    let event = event(wall_time, step, tag, value);
    let length = (event.len() as u64).to_le_bytes();
    [&length[..], &masked(crc32c(&length)), &event, &masked(crc32c(&event))].concat()
}

/// `message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }`
fn event(wall_time: f64, step: u64, tag: &str, value: &Value<'_>) -> Vec<u8> {
    let mut event = Vec::new();
    key(&mut event, 1, FIXED_64);
    event.extend(wall_time.to_le_bytes());
    number(&mut event, 2, step);
    let mut summary = Vec::new();
    match value {
        Value::Version => {
            bytes(&mut event, 3, b"brain.Event:2");
            return event;
        }
        // `message Value { string tag = 1; float simple_value = 2; Image image = 4; }`
        Value::Scalar(scalar) => {
            bytes(&mut summary, 1, tag.as_bytes());
            key(&mut summary, 2, FIXED_32);
            summary.extend(scalar.to_le_bytes());
        }
        Value::Image(size, png) => {
            bytes(&mut summary, 1, tag.as_bytes());
            bytes(&mut summary, 4, &image(*size, png));
        }
    }
    // `message Summary { repeated Value value = 1; }`
    let mut values = Vec::new();
    bytes(&mut values, 1, &summary);
    bytes(&mut event, 5, &values);
    event
}

/// `message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }`
fn image([width, height]: [usize; 2], png: &[u8]) -> Vec<u8> {
    const RGBA: u64 = 4;
    let mut image = Vec::new();
    number(&mut image, 1, height as u64);
    number(&mut image, 2, width as u64);
    number(&mut image, 3, RGBA);
    bytes(&mut image, 4, png);
    image
}

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const FIXED_32: u64 = 5;

fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn key(to: &mut Vec<u8>, field: u64, kind: u64) {
    varint(to, field << 3 | kind);
}

fn number(to: &mut Vec<u8>, field: u64, number: u64) {
    key(to, field, VARINT);
    varint(to, number);
}

fn bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    key(to, field, LENGTH_DELIMITED);
    varint(to, bytes.len() as u64);
    to.extend(bytes);
}

/// The CRC of a CRC that is stored beside its data is weak, so a stored one is rotated and moved.
fn masked(crc: u32) -> [u8; 4] {
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Castagnoli's CRC, bits reversed.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = (i as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// (RFC 3720, appendix B.4, and the usual check value.)
    #[test]
    fn the_checksum_is_castagnolis() {
        assert_eq!(
            [crc32c(b"123456789"), crc32c(&[0; 32]), crc32c(&[0xff; 32])],
            [0xe306_9283, 0x8a91_36aa, 0x62a8_ab43]
        );
    }

    #[test]
    fn numbers_are_varints() {
        let mut found = Vec::new();
        number(&mut found, 2, 300);
        assert_eq!(found, [0x10, 0xac, 0x02]);
        assert_eq!(record(0.0, 0, "a", &Value::Scalar(1.0)).len(), 8 + 4 + 9 + 2 + 2 + 2 + 3 + 5 + 4);
    }
}
