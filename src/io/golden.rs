//! Golden pairs: a few inputs, with the network's outputs when it was saved.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::error::Mismatch;
use crate::layer::Module;
use crate::network::Network;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::{flat, flat_mut, zeros};

/// The number of pairs in a file: 2, or up to 8 where inputs are so small that two might not activate every part of the network.
fn pairs(inputs: usize) -> u64 {
    (128 / inputs.max(1)).clamp(2, 8) as u64
}

/// The maximum length of all pairs in bytes: that of `-1.5,` for each input, and that of the longest `f64` for each output.
pub(super) fn longest(inputs: usize, outputs: usize) -> u64 {
    let pair = (inputs as u64).saturating_mul(5).saturating_add((outputs as u64).saturating_mul(25));
    pairs(inputs).saturating_mul(pair)
}

/// An input and the network's output.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pair {
    input: Vec<f64>,
    output: Vec<f64>,
}

impl Pair {
    /// The outputs of `network` for random inputs: multiples of one half from −2 to 2, which have a short text form.
    pub(super) fn of<N: Module>(network: &N) -> Result<Vec<Pair>, Vec<Mismatch>> {
        let pair = |seed| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let input: Vec<f64> =
                (0..N::Input::DIMS.len()).map(|_| f64::from(rng.random_range(-4..=4)) / 2.0).collect();
            let output: Vec<f64> = infer(network, &input).into_iter().map(shortest).collect();
            match output.iter().find(|number| !number.is_finite()) {
                None => Ok(Pair { input, output }),
                Some(number) => Err(mismatch(number.to_string(), "finite outputs")),
            }
        };
        (0..pairs(N::Input::DIMS.len())).map(pair).collect()
    }

    /// Where the outputs of `network` differ from the recorded ones by more than `tolerance`, relative to the largest output.
    pub(super) fn mismatches<N: Module>(pairs: &[Pair], network: &N, tolerance: f64) -> Vec<Mismatch> {
        let (inputs, outputs) = (N::Input::DIMS.len(), N::Output::DIMS.len());
        let most = self::pairs(inputs);
        if pairs.len() as u64 > most {
            return mismatch(pairs.len(), format!("at most {most}"));
        }
        if let Some(pair) = pairs.iter().find(|pair| (pair.input.len(), pair.output.len()) != (inputs, outputs)) {
            let found = format!("{} numbers in and {} out", pair.input.len(), pair.output.len());
            return mismatch(found, format!("{inputs} in and {outputs} out"));
        }
        let largest = pairs.iter().flat_map(|pair| &pair.output).fold(0.0, |largest: f64, y| largest.max(y.abs()));
        let tolerance = tolerance * (0.01 + largest);
        for (at, pair) in pairs.iter().enumerate() {
            for (output, (found, &expected)) in infer(network, &pair.input).iter().zip(&pair.output).enumerate() {
                let off = (found.into_f64() - expected).abs();
                if off.is_nan() || off > tolerance {
                    let expected = format!("{expected}, its output when it was saved");
                    return mismatch(format!("{found} as output {output} of pair {at}"), expected);
                }
            }
        }
        Vec::new()
    }
}

fn mismatch(found: impl ToString, expected: impl ToString) -> Vec<Mismatch> {
    [Mismatch { what: "golden pairs".into(), found: found.to_string(), expected: expected.to_string() }].into()
}

/// The output for one input.
fn infer<N: Module>(network: &N, numbers: &[f64]) -> Vec<N::Scalar> {
    let (mut input, mut output) = (zeros::<N::Input>(1), zeros::<N::Output>(1));
    for (to, &from) in flat_mut(&mut input).iter_mut().zip(numbers) {
        *to = N::Scalar::from_f64(from);
    }
    network.predict::<1>(&input, &mut output, &mut N::workspace::<1>());
    flat(&output).into()
}

/// The `f64` that prints like `number`: 0.1 for the `f32` nearest to 0.1, whose exact value has 27 digits.
fn shortest<T: Scalar>(number: T) -> f64 {
    number.to_string().parse().unwrap_or(number.into_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Dense, ReLU};

    #[test]
    fn a_pair_is_remembered() {
        let network = Dense::<3, 2, f64> { weight: [[1.0, -0.1, 0.0], [0.5, 4.0, 0.25]], bias: [0.1, -1.0] };
        let mut pairs = Pair::of(&network).unwrap();
        assert_eq!(pairs.len(), 8);
        assert_ne!(pairs[0].input, pairs[1].input);
        assert!(Pair::mismatches(&pairs, &network, 1e-4).is_empty());
        let [a, b, c] = pairs[1].input[..] else { panic!() };
        assert!((pairs[1].output[1] - (0.5 * a + 4.0 * b + 0.25 * c - 1.0)).abs() < 1e-6);

        pairs[1].output[1] += 1e-4;
        assert!(Pair::mismatches(&pairs, &network, 1e-4).is_empty(), "the last bits may differ");
        let refusal = Pair::mismatches(&pairs, &network, 1e-10)[0].to_string();
        assert!(refusal.contains("as output 1 of pair 1, expected"), "{refusal}");
        pairs[0].output[0] += 1.0;
        assert!(Pair::mismatches(&pairs, &network, 1e-4)[0].found.contains("output 0 of pair 0"));
        pairs.extend(Pair::of(&network).unwrap());
        let refusal = Pair::mismatches(&pairs, &network, 1e-4)[0].to_string();
        assert_eq!(refusal, "golden pairs: found 16, expected at most 8");
        pairs.truncate(8);
        pairs[0].input.pop();
        let refusal = Pair::mismatches(&pairs, &network, 1e-4)[0].to_string();
        assert_eq!(refusal, "golden pairs: found 2 numbers in and 2 out, expected 3 in and 2 out");
    }

    #[test]
    fn pairs_take_no_more_bytes_than_they_may() {
        let network = Dense::<300, 2, f64> { weight: [[-1e-300 / 3.0; 300]; 2], bias: [-1e-100 / 3.0; 2] };
        let pairs = Pair::of(&network).unwrap();
        let written = serde_json::to_string(&pairs).unwrap().len();
        assert!(written as u64 <= longest(300, 2) + 64, "{written} {}", longest(300, 2));
    }

    #[test]
    fn another_activation_is_found() {
        let pairs = Pair::of(&*crate::layer::LeakyReLU::<3, 1, 1>::new(1)).unwrap();
        assert_eq!(Pair::mismatches(&pairs, &*ReLU::<3, 1, 1>::new(1), 1e-4).len(), 1);
    }

    #[test]
    fn numbers_are_written_short_and_read_exactly() {
        assert_eq!(shortest(0.1f32), 0.1);
        assert_eq!(shortest(1.0f64 / 3.0), 1.0 / 3.0);
        for bits in (0..0x7f80_0000u32).step_by(99_991) {
            let number = f32::from_bits(bits);
            assert_eq!(f32::from_f64(shortest(number)).to_bits(), bits);
        }
    }
}
