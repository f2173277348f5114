//! Evaluation in several processes.

use alloc::vec::Vec;

use super::Processes;
use super::meeting::Place;
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;
use crate::train::{Score, Threads};

impl Processes {
    /// The score of all samples of `dataset`, of which each process evaluates some.
    pub(in crate::train) fn evaluate<N, L, D>(self, threads: &Threads, network: &N, loss: &L, dataset: &D) -> Score
    where
        N: Module,
        L: Loss<Output = N::Output>,
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        if self.count == 1 {
            return threads.evaluate(network, loss, dataset);
        }
        let len = dataset.len();
        self.meet(Place::Evaluation, [len as u64, 0, 0], [0; 2]);
        let blocks = len.div_ceil(Score::BLOCK);
        let bound = |rank: usize| len.min(blocks * rank / self.count * Score::BLOCK);
        let mine = Part { dataset, first: bound(self.rank), len: bound(self.rank + 1) - bound(self.rank) };
        let judged = threads.judge(network, loss, &mine);
        let scores = judged.chunks(Score::BLOCK).map(|block| Score::of(block.iter().copied()));
        let words: Vec<u64> = scores.flat_map(Score::to_words).collect();
        let all = self.gather(bytemuck::cast_slice(&words));
        let scores = all.iter().flat_map(|bytes| bytes.chunks_exact(8 * Score::WORDS));
        let scores: Vec<Score> = scores.map(|bytes| Score::from_words(&bytemuck::pod_collect_to_vec(bytes))).collect();
        scores.iter().sum()
    }
}

/// Some samples of a dataset that follow each other.
struct Part<'a, D> {
    dataset: &'a D,
    first: usize,
    len: usize,
}

impl<D: Dataset> Dataset for Part<'_, D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.len
    }

    fn load(&self, index: usize, input: &mut D::Input) -> D::Target {
        self.dataset.load(self.first + index, input)
    }
}
