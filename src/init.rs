//! Initialization of a network's parameters before training.
//!
//! Weights are drawn so that activations keep their scale from layer to layer; all other parameters start at the value their
//! layer declares (a bias at 0, a slope at 0.25).
//!
//! ```text
//! He       variance 2 / fan_in                 (He, Zhang, Ren and Sun 2015, eq. 10)
//! Xavier   variance 2 / (fan_in + fan_out)     (Glorot and Bengio 2010, eq. 12 and 16)
//!
//! normal   N(0, variance)        uniform   U(−√(3·variance), √(3·variance))
//! ```
//!
//! `fan_in` is the number of inputs of one output, and `fan_out` the number of outputs that one input affects, ignoring stride
//! and padding: `C·KH·KW` and `O·KH·KW` for a convolution, `I` and `O` for a dense layer.

use num_traits::Float;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::layer::{LayerPath, Module, Role};
use crate::rng_key::RngKey;
use crate::scalar::Scalar;

/// How weights are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Initializer {
    /// He's variance from a normal distribution: for ReLU and similar activations.
    #[doc(alias = "KaimingNormal")]
    #[default]
    HeNormal,
    /// He's variance from a uniform distribution.
    #[doc(alias = "KaimingUniform")]
    HeUniform,
    /// Xavier's variance from a normal distribution: for tanh and sigmoid.
    #[doc(alias = "GlorotNormal")]
    XavierNormal,
    /// Xavier's variance from a uniform distribution.
    #[doc(alias = "GlorotUniform")]
    XavierUniform,
}

impl Initializer {
    /// The variance of a weight with these fans.
    pub fn variance(self, fan_in: usize, fan_out: usize) -> f64 {
        match self {
            Initializer::HeNormal | Initializer::HeUniform => 2.0 / fan_in as f64,
            Initializer::XavierNormal | Initializer::XavierUniform => 2.0 / (fan_in as f64 + fan_out as f64),
        }
    }

    /// Fills `weights` with random numbers of that variance.
    fn fill<T: Scalar>(self, fan_in: usize, fan_out: usize, rng: &mut Xoshiro256PlusPlus, weights: &mut [T]) {
        let deviation = Float::sqrt(self.variance(fan_in, fan_out));
        match self {
            Initializer::HeNormal | Initializer::XavierNormal => {
                for weight in weights {
                    let normal: f64 = rng.sample(StandardNormal);
                    *weight = T::from_f64(deviation * normal);
                }
            }
            Initializer::HeUniform | Initializer::XavierUniform => {
                let bound = Float::sqrt(3.0) * deviation;
                for weight in weights {
                    // 53 random bits as a number in [0, 1), scaled to [−bound, bound).
                    *weight = T::from_f64(bound * (2.0 * rng.random::<f64>() - 1.0));
                }
            }
        }
    }
}

/// Initializes every parameter of `network`. The same seed gives the same network.
///
/// Each tensor has its own random generator, so a layer's weights depend only on the seed and its position.
pub fn initialize<N: Module>(network: &mut N, initializer: Initializer, seed: u64) {
    let (mut layer, mut tensor) = (RngKey::new(seed, 0, 0), 0);
    N::visit([], [network], &mut |parameter, [], [numbers]| {
        let key = noise_at(seed, &parameter.layer);
        tensor = if key == layer { tensor + 1 } else { 0 };
        layer = key;
        match parameter.role {
            Role::Weight { fan_in, fan_out } => {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(layer.seed(tensor));
                initializer.fill(fan_in, fan_out, &mut rng, numbers);
            }
            Role::Constant(value) | Role::Statistic { initial: value, .. } => numbers.fill(N::Scalar::from_f64(value)),
        }
    });
}

/// The key from which the first weights of the layer at `position` are drawn.
fn noise_at(seed: u64, position: &LayerPath) -> RngKey {
    let first = match position.block {
        Some((block, branch)) => noise_at(seed, block).inside(branch),
        None => RngKey::new(seed, 0, 0),
    };
    first.skip(position.index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Conv2D, Dense};
    use crate::network::Network;

    /// Mean and variance.
    fn moments(numbers: &[f32]) -> (f64, f64) {
        let n = numbers.len() as f64;
        let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        (mean, numbers.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n)
    }

    #[test]
    fn variances_follow_the_fans() {
        for (initializer, dense, conv) in [
            (Initializer::HeNormal, 2.0 / 300.0, 2.0 / (16.0 * 15.0)),
            (Initializer::HeUniform, 2.0 / 300.0, 2.0 / (16.0 * 15.0)),
            (Initializer::XavierNormal, 2.0 / 500.0, 2.0 / (16.0 * 15.0 + 40.0 * 15.0)),
            (Initializer::XavierUniform, 2.0 / 500.0, 2.0 / (16.0 * 15.0 + 40.0 * 15.0)),
        ] {
            let net = Dense::<300, 200>::with_initializer(initializer, 3);
            let (mean, variance) = moments(net.weight.as_flattened());
            assert!(mean.abs() < 3e-3 && (variance / dense - 1.0).abs() < 0.03, "{initializer:?} {mean} {variance}");
            let net = Conv2D::<16, 7, 9, 40, 5, 5, 3, 5>::with_initializer(initializer, 3);
            let (_, variance) = moments(net.weight.as_flattened().as_flattened().as_flattened());
            assert!((variance / conv - 1.0).abs() < 0.05, "{initializer:?} {variance}");
        }
    }

    #[test]
    fn uniform_stays_within_its_bound_and_fills_it() {
        let net = Dense::<300, 200>::with_initializer(Initializer::HeUniform, 3);
        let largest = net.weight.as_flattened().iter().fold(0f32, |max, w| max.max(w.abs()));
        let bound = (6.0f32 / 300.0).sqrt();
        assert!(largest <= bound && largest > 0.99 * bound);
    }

    #[test]
    fn a_seed_gives_a_network() {
        let weight = |seed| Dense::<30, 20>::new(seed).weight;
        assert_eq!(weight(1), weight(1));
        assert_ne!(weight(1), weight(2));
    }
}
