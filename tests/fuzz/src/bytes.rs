//! Numbers out of a fuzzer's bytes.

/// Bytes that are read one after the other; beyond their end there are zeros.
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

    /// A size: small, mostly, or one of those at which arithmetic wraps around.
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
