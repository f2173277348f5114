//! The moving average of a network's parameters, which is smoother than any of the networks averaged.

use super::Threads;
use crate::layer::Module;
use crate::optim::ParallelFor;
use crate::scalar::Scalar;
use crate::simd::widest;

/// Moves `average` towards `network`, after `steps` steps:
///
/// ```text
/// d ← min(decay, (1 + steps) / (10 + steps))
/// a ← a + (1 − d)·(p − a)
/// ```
///
/// An exponential moving average of the parameters, instead of the plain mean of Polyak and Juditsky (*Acceleration of stochastic
/// approximation by averaging*, 1992). The first networks, which have learned little, are forgotten faster, as in TensorFlow's
/// `ExponentialMovingAverage` when it is given the number of steps. Running statistics are averaged like parameters.
pub(super) fn update_average<N: Module>(threads: &Threads, decay: f64, steps: u64, network: &N, average: &mut N) {
    let steps = steps as f64;
    let share = N::Scalar::from_f64(1.0 - decay.min((1.0 + steps) / (10.0 + steps)));
    N::visit([network], [average], &mut |_, read, write| {
        threads.walk(read, write, &|[network], [average]| move_towards(network, average, share));
    });
}

fn move_towards<T: Scalar>(network: &[T], average: &mut [T], share: T) {
    widest!({
        for (a, &p) in average.iter_mut().zip(network) {
            *a += share * (p - *a);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;

    #[test]
    fn a_mean_by_hand() {
        let threads = Threads::new(Some(1)).unwrap_or_else(|error| panic!("{error}"));
        let (mut network, mut average) = (Dense::<1, 1, f64>::zeros(), Dense::<1, 1, f64>::zeros());
        // d is 2/11, then 1/4, which is the decay.
        for (steps, weight, expected) in [(1, 22.0, 18.0), (2, 38.0, 33.0)] {
            network.weight[0][0] = weight;
            update_average(&threads, 0.25, steps, &*network, &mut *average);
            assert!((average.weight[0][0] - expected).abs() < 1e-12, "{:?}", average.weight);
        }
        assert_eq!(average.bias, [0.0]);
    }
}
