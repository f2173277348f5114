//! Numbers from a fuzzer's bytes, and bytes with a valid checksum.

use sha2::{Digest, Sha256};

/// Bytes that are read one after the other, followed by zeros.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// A number from 0 to `most`, which is at most 255.
    pub fn small(&mut self, most: u8) -> usize {
        usize::from(self.byte()) % (usize::from(most) + 1)
    }

    /// A size: usually small, otherwise one at which arithmetic wraps around.
    pub fn size(&mut self) -> usize {
        let near = self.small(15);
        match self.byte() {
            0 => usize::MAX - near,
            1 => isize::MAX as usize + 8 - near,
            2 => (1 << 32) + 8 - near,
            3 => usize::MAX / (near + 1),
            4 => 1 << (usize::BITS as usize - 1 - near),
            5 => 255 + near,
            _ => near,
        }
    }

    /// Small whole numbers, whose sums of products are exact in any order.
    pub fn integers(&mut self, len: usize) -> Vec<f32> {
        let seed = self.small(255);
        (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
    }
}

/// The text before a model file's checksum.
const BEFORE: &[u8] = br#"\"sha256\":\""#;

/// The file with its correct checksum, if it has a place for one, since a fuzzer cannot find it.
pub fn signed(file: &[u8]) -> Option<Vec<u8>> {
    let place = file.windows(BEFORE.len()).position(|window| window == BEFORE)? + BEFORE.len();
    let mut file = file.to_vec();
    file.get_mut(place..place + 64)?.fill(b'0');
    let digits: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    file[place..place + 64].copy_from_slice(digits.as_bytes());
    Some(file)
}
