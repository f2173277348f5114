//! Prediction and evaluation on a whole dataset.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::pool::Pool;
use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;
use crate::metrics::Measured;
use crate::network::Network;
use crate::team::Team;
use crate::tensor::zeros;

/// How many samples are computed together in evaluation, at most.
const BLOCK: usize = 16;

/// How many bytes of room between layers are used for samples that are computed together, so that what is written there stays in a
/// second-level cache. It is more than such a cache has, for a layer that is computed with the one before writes nothing there. A workspace
/// has room for [`BLOCK`] samples all the same; what is never written takes no memory.
const CACHE: usize = 9 << 18;

/// How many samples are worth waking a thread for.
const FEWEST: usize = 4;

/// How many threads compute a single sample together, at most. More have not been measured: at every layer that they share, each waits for
/// all others.
const MEMBERS: usize = 2;

/// How many samples a thread takes at a time in evaluation, if there are enough for all threads.
const CHUNK: usize = 4 * BLOCK;

impl Threads {
    /// Returns `each(output, target)` for every sample of `dataset`, in its order.
    ///
    /// These threads keep their buffers, a workspace for 16 samples each, for the next call with the same type of network. They look for
    /// work for 0.2 ms before they sleep, so that the next call need not wake them. To predict a few samples again and again, call this
    /// inside [`run`](Threads::run), on one of the threads.
    ///
    /// A single sample is computed by two threads, if there are two: they share dense layers with many weights, and convolutions without
    /// groups that have much to compute for each output. No bit differs. A thread that has other work is not waited for. All other layers,
    /// yours among them, are called by both, with the same input.
    ///
    /// # Panics
    /// If a layer of yours, called by two threads with the same input, has different layers computed inside it.
    ///
    /// # Examples
    /// ```
    /// # use shapeproof::{data::Pairs, metrics::argmax, network::Network, tensor::Vector, train::Threads};
    /// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 3) }
    /// # let (inputs, labels) = ([Vector::from([1.0, 2.0])], [0]);
    /// # let (network, dataset) = (Net::new(1), Pairs::new(&inputs, &labels));
    /// let predicted = Threads::new(None)?.infer(&*network, &dataset, |output, _| argmax(output.as_slice()));
    /// # Ok::<(), shapeproof::Error>(())
    /// ```
    pub fn infer<N, D, R>(&self, network: &N, dataset: &D, each: impl Fn(&N::Output, &D::Target) -> R + Sync) -> Vec<R>
    where
        N: Module,
        D: Dataset<Input = N::Input>,
        R: Send,
    {
        let chunk = match dataset.len().div_ceil(self.count()) {
            few @ ..=BLOCK => few.max(FEWEST),
            share => share.next_multiple_of(BLOCK).min(CHUNK),
        };
        let threads = self.clone();
        let kept = move || threads.kept.take(threads.current()).unwrap_or_else(|| Box::new(Scratch::new(&threads)));
        let scratches = Pool::new(self, kept);
        // A single sample is computed by several threads together.
        let help =
            |input: &[N::Input]| scratches.lend(self, |scratch: &mut Box<Scratch<N>>| scratch.help(network, input));
        let help: Option<&Help<'_, N>> = (dataset.len() == 1 && self.count() > 1).then_some(&help);
        let infer_chunk = |start: usize| {
            let range = start..(start + chunk).min(dataset.len());
            scratches.lend(self, |scratch: &mut Box<Scratch<N>>| scratch.infer(network, dataset, range, &each, help))
        };
        let chunks = self.run(|| {
            self.keep_awake();
            self.map(dataset.len(), chunk, infer_chunk)
        });
        self.kept.keep(scratches.into_buffers());
        chunks.into_iter().flatten().collect()
    }

    /// Returns the mean loss of `network` on `dataset`, and what the loss [measures](Loss::measure): accuracy, or MAE, RMSE and R².
    pub fn evaluate<N, L, D>(&self, network: &N, loss: &L, dataset: &D) -> Score
    where
        N: Module,
        L: Loss<Output = N::Output>,
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        Score::of(self.judge(network, loss, dataset))
    }

    /// The loss of each sample, and what the loss measures.
    pub(super) fn judge<N, L, D>(&self, network: &N, loss: &L, dataset: &D) -> Vec<(f64, Measured)>
    where
        N: Module,
        L: Loss<Output = N::Output>,
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.infer(network, dataset, |output, target| (loss.value(output, target), loss.measure(output, target)))
    }
}

/// What another thread does to help with a sample.
type Help<'a, N> = dyn Fn(&[<N as Module>::Input]) + Sync + 'a;

/// The buffers of one thread for inference.
struct Scratch<N: Module> {
    workspace: Box<N::Workspace<BLOCK>>,
    input: Box<[N::Input]>,
    output: Box<[N::Output]>,
    /// The threads that compute a sample together; none if nothing in this network is worth sharing.
    team: Option<Arc<Team>>,
}

impl<N: Module> Scratch<N> {
    /// How many samples are computed together: as many as stay in cache.
    const TOGETHER: usize = {
        let sample = size_of::<N::Workspace<2>>() - size_of::<N::Workspace<1>>();
        match CACHE.checked_div(sample) {
            Some(0) => 1,
            Some(samples) if samples < BLOCK => samples,
            _ => BLOCK,
        }
    };

    fn new(threads: &Threads) -> Self {
        let team = Some(Team::new(threads.count().min(MEMBERS)));
        Scratch { workspace: N::workspace::<BLOCK>(), input: zeros(BLOCK), output: zeros(BLOCK), team }
    }

    /// Computes what another thread computes, and its share for both.
    fn help(&mut self, network: &N, input: &[N::Input]) {
        network.predict::<BLOCK>(input, &mut self.output[..input.len()], &mut self.workspace);
    }

    /// Computes `each` for the samples in `range`, block by block; with the help of other threads, if they can give it.
    fn infer<D, R>(
        &mut self,
        network: &N,
        dataset: &D,
        range: Range<usize>,
        each: &impl Fn(&N::Output, &D::Target) -> R,
        help: Option<&Help<'_, N>>,
    ) -> Vec<R>
    where
        D: Dataset<Input = N::Input>,
    {
        let (mut results, mut targets) = (Vec::with_capacity(range.len()), Vec::with_capacity(BLOCK));
        // Blocks of about the same size: a small one at the end would take longer for each sample.
        let block = range.len().div_ceil(range.len().div_ceil(Self::TOGETHER).max(1)).max(1);
        for start in range.clone().step_by(block) {
            let samples = (range.end - start).min(block);
            let (input, output) = (&mut self.input[..samples], &mut self.output[..samples]);
            targets.clear();
            targets.extend(input.iter_mut().zip(start..).map(|(input, index)| dataset.load(index, input)));
            let (input, workspace) = (&*input, &mut self.workspace);
            match (help, &mut self.team) {
                (Some(help), Some(team)) => {
                    let has_shares =
                        team.compute(|| network.predict::<BLOCK>(input, output, workspace), || help(input));
                    self.team.take_if(|_| !has_shares);
                }
                _ => network.predict::<BLOCK>(input, output, workspace),
            }
            results.extend(output.iter().zip(&targets).map(|(output, target)| each(output, target)));
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pairs;
    use crate::layer::Dense;

    /// Whether threads share a sample of this network.
    fn share<N: Module>() -> bool {
        let threads = Threads::new(Some(2)).unwrap_or_else(|error| panic!("{error}"));
        let (network, input): (_, Box<[N::Input]>) = (N::zeros(), zeros(1));
        threads.infer(&*network, &Pairs::new(&input, &[0]), |_, _| ());
        let mut kept = core::iter::from_fn(|| threads.kept.take::<Scratch<N>>(0));
        kept.all(|scratch| scratch.team.is_some())
    }

    #[test]
    fn threads_share_a_sample_if_its_network_has_something_to_share() {
        assert!(share::<Dense<1024, 64>>());
        assert!(!share::<Dense<1023, 64>>());
    }
}
