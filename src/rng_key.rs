//! Random numbers that depend on where they are used, not on when or on which thread.

/// The key of a layer's random numbers in one training step: the seed and the step, the layer's position in the network, and the
/// position of the shard's first sample in the mini-batch.
///
/// Random numbers are a function of the seed, the step, the layer and the sample, not of the thread or shard the sample is in. So a
/// seed gives the same training however a mini-batch is split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RngKey {
    key: u64,
    layer: u64,
    first_sample: u64,
}

impl RngKey {
    /// Returns the key of training step `step` under `seed`, for a shard beginning with sample `first_sample` of the mini-batch.
    pub fn new(seed: u64, step: u64, first_sample: usize) -> RngKey {
        RngKey { key: mix(mix(seed) ^ step), layer: 0, first_sample: first_sample as u64 }
    }

    /// Returns the key of the layer `layers` further on.
    pub fn skip(self, layers: usize) -> RngKey {
        RngKey { layer: self.layer + layers as u64, ..self }
    }

    /// Returns the key of the first layer in a branch of the block at this position.
    pub fn inside(self, branch: &str) -> RngKey {
        let block = mix(self.key ^ self.layer);
        RngKey { key: branch.bytes().fold(block, |key, byte| mix(key ^ u64::from(byte))), layer: 0, ..self }
    }

    /// Returns the seed for sample `index` of the shard.
    pub fn seed(self, index: usize) -> u64 {
        mix(mix(self.key ^ self.layer) ^ mix(self.first_sample + index as u64))
    }
}

/// A bijection of 64 bits in which every input bit changes every output bit: the finalizer of SplitMix64 (Steele, Lea and
/// Flood 2014, with Stafford's constants, variant 13), after adding its increment.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_noise_of_its_own() {
        let mut seeds = alloc::vec::Vec::new();
        for (seed, step) in [(1, 1), (1, 2), (2, 1)] {
            for layer in 0..5 {
                let key = RngKey::new(seed, step, 0).skip(layer);
                for key in [key, key.inside("body"), key.inside("body").skip(1), key.inside("shortcut")] {
                    seeds.extend((0..20).map(|sample| key.seed(sample)));
                }
            }
        }
        let count = seeds.len();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), count);
    }

    #[test]
    fn neither_shards_nor_nesting_change_it() {
        assert_eq!(RngKey::new(3, 5, 8).seed(2), RngKey::new(3, 5, 0).seed(10));
        assert_eq!(RngKey::new(3, 5, 0).skip(1).skip(2), RngKey::new(3, 5, 0).skip(3));
        assert_eq!(RngKey::new(3, 5, 8).inside("body").seed(2), RngKey::new(3, 5, 0).inside("body").seed(10));
    }
}
