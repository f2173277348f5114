//! The user's code that runs inside a step or an evaluation may use rayon. While its thread waits, it may run other work of the
//! trainer, so no lock may be held. The bits are always those of one thread.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{fmt, process, thread};

use rayon::prelude::*;
use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::data::{Dataset, HeldOut, Pairs};
use shapeproof::layer::{Layer, Module};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::metrics::Measured;
use shapeproof::network::Network;
use shapeproof::optim::{Linear, Optimizer, SGD, Update};
use shapeproof::scalar::Scalar;
use shapeproof::tensor::{Vector, zeros};
use shapeproof::train::{Callback, Control, EpochRecord, Fit, Progress, Settings, State, Threads, Trainer};

/// Several chunks for an evaluation, so that a waiting thread can run another one.
const SAMPLES: usize = 300;
const TRAIN: usize = 52;
const FIT: Fit = Fit { epochs: 2, schedule: &Linear };

/// Which of the user's code waits for other threads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Nobody,
    Load,
    Loss,
    Layer,
    Optimizer,
    Callback,
    Everybody,
}

impl Who {
    /// Splits work that takes a moment, so that other threads steal it, and waits until all of it is done.
    fn wait(self, here: Who) {
        if self == here || self == Who::Everybody {
            let moment = || thread::sleep(Duration::from_micros(20));
            rayon::join(moment, moment);
            (0..3).into_par_iter().for_each(|_| moment());
        }
    }
}

struct Samples<'a>(Pairs<'a, Vector<12>, usize>, Who);

impl Dataset for Samples<'_> {
    type Input = Vector<12>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, index: usize, input: &mut Vector<12>) -> usize {
        self.1.wait(Who::Load);
        self.0.load(index, input)
    }
}

struct WaitingLoss(CrossEntropy<5>, Who);

impl fmt::Display for WaitingLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("waiting")
    }
}

impl Loss for WaitingLoss {
    type Output = Vector<5>;
    type Target = usize;

    fn value(&self, output: &Vector<5>, target: &usize) -> f64 {
        self.1.wait(Who::Loss);
        self.0.value(output, target)
    }

    fn gradient(&self, output: &Vector<5>, target: &usize, scale: f32, grad_output: &mut Vector<5>) -> f64 {
        self.1.wait(Who::Loss);
        self.0.gradient(output, target, scale, grad_output)
    }

    fn measure(&self, output: &Vector<5>, target: &usize) -> Measured {
        self.1.wait(Who::Loss);
        self.0.measure(output, target)
    }
}

struct WaitingRule(SGD, Who);

impl fmt::Display for WaitingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Optimizer for WaitingRule {
    const MEMORY: usize = SGD::MEMORY;

    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn lr(&self) -> f64 {
        self.0.lr()
    }

    fn validate(&self) -> shapeproof::Result<()> {
        self.0.validate()
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        self.1.wait(Who::Optimizer);
        self.0.update(update, numbers, gradient, memory);
    }
}

struct WaitingCallback(Who);

impl<N: Module> Callback<N> for WaitingCallback {
    fn on_step(&mut self, _: &Progress, _: &State<N>) -> Control {
        self.0.wait(Who::Callback);
        Control::Continue
    }

    fn on_epoch(&mut self, _: &EpochRecord, _: &State<N>) -> Control {
        self.0.wait(Who::Callback);
        Control::Continue
    }
}

/// The identity as a layer, which waits if `WAITS`.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Pass<const N: usize, const WAITS: bool>;

impl<const N: usize, const WAITS: bool> Pass<N, WAITS> {
    fn wait() {
        if WAITS { Who::Layer } else { Who::Nobody }.wait(Who::Layer);
    }
}

impl<const N: usize, const WAITS: bool> Layer for Pass<N, WAITS> {
    type Scalar = f32;
    type Input = Vector<N>;
    type Output = Vector<N>;
    type Tape = ();
    type Workspace<const M: usize> = ();

    const KIND: &'static str = "Pass";

    fn tape(_: usize) {}

    fn infer<const M: usize>(&self, input: &[Vector<N>], output: &mut [Vector<N>], _: &mut ()) {
        Self::wait();
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[Vector<N>], output: &mut [Vector<N>], _: &mut ()) {
        Self::wait();
        output.copy_from_slice(input);
    }

    fn backward(
        &self,
        _: &[Vector<N>],
        _: &mut (),
        grad_output: &[Vector<N>],
        grad_input: Option<&mut [Vector<N>]>,
        _: &mut Self,
    ) {
        Self::wait();
        if let Some(grad_input) = grad_input {
            grad_input.copy_from_slice(grad_output);
        }
    }
}

mod networks {
    use super::Pass;
    use shapeproof::layer::{BatchNorm, Dense, Dropout, ReLU};
    use shapeproof::network::Chain;

    /// Has no barriers. Its first parameter is large enough to be divided among threads.
    pub type Plain<const WAITS: bool> = Chain<
        Dense<12, 1600>,
        Chain<Pass<1600, WAITS>, Chain<ReLU<1600, 1, 1>, Chain<Dropout<1600, 1, 1, 25>, Dense<1600, 5>>>>,
    >;
    /// Has two barriers.
    pub type Normed<const WAITS: bool> = Chain<
        Dense<12, 40>,
        Chain<
            BatchNorm<40, 1, 1>,
            Chain<Pass<40, WAITS>, Chain<ReLU<40, 1, 1>, Chain<Dense<40, 5>, BatchNorm<5, 1, 1>>>>,
        >,
    >;
}
use networks::{Normed, Plain};

/// Ends the process if `work` is not done in time, to detect deadlocks.
fn within_time<R: Send + 'static>(what: String, work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = channel();
    let worker = thread::spawn(move || drop(done.send(work())));
    match result.recv_timeout(Duration::from_secs(300)) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => panic!("{what}: {:?}", worker.join().map_err(|_| "panicked")),
        Err(RecvTimeoutError::Timeout) => {
            eprintln!("{what}: still not done after five minutes, so it waits for itself");
            process::abort()
        }
    }
}

fn samples() -> (Box<[Vector<12>]>, Vec<usize>) {
    let mut inputs = zeros::<Vector<12>>(SAMPLES);
    for (i, input) in inputs.iter_mut().enumerate() {
        for (j, x) in input.as_mut_slice().iter_mut().enumerate() {
            *x = ((i * 31 + j * 17) % 23) as f32 / 11.0 - 1.0;
        }
    }
    (inputs, (0..SAMPLES).map(|i| i % 5).collect())
}

/// The bits of all results of a step, an epoch, an evaluation and a prediction.
fn all_bits<N: Module<Scalar = f32, Input = Vector<12>, Output = Vector<5>>>(threads: usize, who: Who) -> Vec<u64> {
    let (inputs, labels) = samples();
    let data = Samples(Pairs::new(&inputs, &labels), who);
    let (train, validation) = (&data).split(HeldOut::Count(data.len() - TRAIN));
    // Seven shards in a step, so that a waiting thread has others to run.
    let settings = Settings {
        batch_size: 26,
        shard_size: 4,
        threads: Some(threads),
        average: Some(0.9),
        clip: None,
        seed: 1,
        ..Settings::default()
    };
    let rule = WaitingRule(SGD::new(0.05).momentum(0.5), who);
    let mut trainer = Trainer::new(N::new(1), WaitingLoss(CrossEntropy::new(), who), rule, settings).unwrap();

    let score = trainer.step(&train, &(0..26).collect::<Vec<_>>());
    let mut bits = vec![score.loss_sum.to_bits(), score.accuracy().to_bits()];
    let history = trainer.fit(&train, &validation, &FIT, &mut [&mut WaitingCallback(who)]).unwrap();
    for record in &history.epochs {
        bits.extend([record.train.loss_sum.to_bits(), record.validation.unwrap().loss_sum.to_bits()]);
    }
    bits.push(trainer.evaluate(&data).loss_sum.to_bits());
    let logits = trainer.threads().infer(trainer.network(), &data, |output, &label| {
        who.wait(Who::Callback);
        output.as_slice()[label]
    });
    bits.extend(logits.iter().map(|logit| u64::from(logit.to_bits())));
    N::visit([trainer.network()], [], &mut |_, [numbers], []| {
        bits.extend(numbers.iter().map(|number| u64::from(number.to_bits())));
    });
    bits
}

/// Compares everything with `who` waiting, on 2 to 8 threads.
fn check<N: Module<Scalar = f32, Input = Vector<12>, Output = Vector<5>>>(who: Who) {
    let expected = all_bits::<N>(1, Who::Nobody);
    for threads in [2, 3, 4, 8] {
        let what = format!("{who:?} waits on {threads} threads, with {} barriers", N::BARRIERS);
        let found = within_time(what.clone(), move || all_bits::<N>(threads, who));
        let differ = found.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
        assert_eq!((found.len(), differ), (expected.len(), 0), "{what}: numbers that differ");
    }
}

#[test]
fn a_data_set_may_wait_for_threads() {
    check::<Plain<false>>(Who::Load);
    check::<Normed<false>>(Who::Load);
}

#[test]
fn a_loss_may_wait_for_threads() {
    check::<Plain<false>>(Who::Loss);
    check::<Normed<false>>(Who::Loss);
}

#[test]
fn a_layer_may_wait_for_threads() {
    check::<Plain<true>>(Who::Layer);
    check::<Normed<true>>(Who::Layer);
}

#[test]
fn an_optimizer_may_wait_for_threads() {
    check::<Plain<false>>(Who::Optimizer);
    check::<Normed<false>>(Who::Optimizer);
}

#[test]
fn a_callback_may_wait_for_threads() {
    check::<Plain<false>>(Who::Callback);
    check::<Normed<false>>(Who::Callback);
}

#[test]
fn all_of_them_may_wait_for_threads() {
    check::<Plain<true>>(Who::Everybody);
    check::<Normed<true>>(Who::Everybody);
}

/// A dataset that evaluates another network on the threads that load it.
struct Nested<'a>(Pairs<'a, Vector<12>, usize>, &'a Normed<false>, Threads);

impl Dataset for Nested<'_> {
    type Input = Vector<12>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, index: usize, input: &mut Vector<12>) -> usize {
        let asked = self.2.infer(self.1, &self.0, |output, _| output.as_slice()[0] > 0.0);
        assert_eq!(asked.len(), SAMPLES);
        self.0.load(index, input)
    }
}

#[test]
fn a_data_set_may_evaluate_on_the_threads_that_load_it() {
    for (threads, nested) in [(1, 1), (3, 3), (4, 2)] {
        within_time(format!("an evaluation inside one, {nested} in {threads} threads"), move || {
            let (inputs, labels) = samples();
            let (data, teacher) = (Pairs::new(&inputs, &labels), Normed::<false>::new(2));
            let settings = Settings { shard_size: 8, threads: Some(threads), ..Settings::default() };
            let loss = CrossEntropy::new();
            let mut trainer = Trainer::new(Normed::<false>::new(1), loss, SGD::new(0.1), settings).unwrap();
            let ours = if threads == nested { trainer.threads().clone() } else { Threads::new(Some(nested)).unwrap() };
            let nested = Nested(data, &teacher, ours);
            trainer.step(&nested, &(0..64).collect::<Vec<_>>());
            assert_eq!(trainer.evaluate(&nested), trainer.evaluate(&data));
        });
    }
}
