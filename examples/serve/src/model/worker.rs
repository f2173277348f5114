//! A thread that predicts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::shape::Shape;
use shapeproof::tensor::zeros;

use super::queue::{Job, Queue};

/// How many samples are computed together.
const BLOCK: usize = 8;

/// Predicts what the queue gives, until it is closed and empty.
pub fn work<N: Module<Scalar = f32>>(network: &N, queue: &Queue) {
    let mut predictor = Predictor::new(network);
    while let Some(jobs) = queue.next() {
        // Those whose clients have gone, or were told that it takes too long, are not computed.
        let jobs: Vec<Job> = jobs.into_iter().filter(|job| !job.reply.is_closed()).collect();
        match catch_unwind(AssertUnwindSafe(|| predictor.predict(&jobs))) {
            Ok(outputs) => reply::<N>(jobs, &outputs),
            // The jobs are dropped, and their clients are told. What the panic left in the buffers is not used again.
            Err(_) => predictor = Predictor::new(network),
        }
    }
}

struct Predictor<'n, N: Module> {
    network: &'n N,
    inputs: Box<[N::Input]>,
    outputs: Box<[N::Output]>,
    workspace: Box<N::Workspace<BLOCK>>,
}

impl<'n, N: Module<Scalar = f32>> Predictor<'n, N> {
    fn new(network: &'n N) -> Self {
        Predictor { network, inputs: zeros(BLOCK), outputs: zeros(BLOCK), workspace: N::workspace::<BLOCK>() }
    }

    /// The outputs of all jobs, one after the other. The bits of a sample's output do not depend on what else is in its block.
    fn predict(&mut self, jobs: &[Job]) -> Vec<f32> {
        let numbers = N::Input::DIMS.len();
        let mut samples = jobs.iter().flat_map(|job| job.inputs.chunks_exact(numbers));
        let count: usize = jobs.iter().map(|job| job.samples).sum();
        let mut outputs = Vec::with_capacity(count * N::Output::DIMS.len());
        loop {
            let mut filled = 0;
            for (input, sample) in self.inputs.iter_mut().zip(&mut samples) {
                input.as_mut_slice().copy_from_slice(sample);
                filled += 1;
            }
            if filled == 0 {
                return outputs;
            }
            let (input, output) = (&self.inputs[..filled], &mut self.outputs[..filled]);
            self.network.predict::<BLOCK>(input, output, &mut self.workspace);
            output.iter().for_each(|output| outputs.extend_from_slice(output.as_slice()));
        }
    }
}

fn reply<N: Module>(jobs: Vec<Job>, mut outputs: &[f32]) {
    for job in jobs {
        let (own, rest) = outputs.split_at(job.samples * N::Output::DIMS.len());
        outputs = rest;
        // An error says that the client has gone meanwhile.
        job.reply.send(own.to_vec()).ok();
    }
}
