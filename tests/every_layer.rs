//! The promises about every layer, over the examples in its declaration.
//!
//! They are not compiled in release builds, which would take longer than all other tests together. With optimized code they run by
//! `CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true cargo test --release --test every_layer --test allocations`.

#![cfg(debug_assertions)]

use shapeproof::data::Pairs;
use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::io::{self, Card};
use shapeproof::layer::declaration::{ExampleVisitor, Value, Written};
use shapeproof::layer::{self, Kind, Module, visit_examples};
use shapeproof::loss::MSE;
use shapeproof::network::{Network, Plan};
use shapeproof::optim::SGD;
use shapeproof::shape::Shape;
use shapeproof::tensor::{flat, flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

/// Random samples.
fn batch<S: Shape<Scalar = f32>>(samples: usize, seed: u64) -> Box<[S]> {
    let (mut batch, mut state) = (zeros::<S>(samples), seed);
    for number in flat_mut(&mut batch) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *number = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
    }
    batch
}

/// All numbers of a network, as bits.
fn bits<N: Network<Scalar = f32>>(network: &N) -> Vec<u32> {
    let mut bits = Vec::new();
    N::visit([network], [], &mut |_, [numbers], []| bits.extend(numbers.iter().map(|n| n.to_bits())));
    bits
}

struct Gradients(usize);

impl ExampleVisitor for Gradients {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        let found = check_gradients(&mut *Double::new(1), &mut random_batch(3, 5));
        self.0 += found.unwrap_or_else(|mismatch| panic!("{name}: {mismatch}"));
    }
}

#[test]
fn the_gradient_is_the_slope() {
    let mut checked = Gradients(0);
    visit_examples(&mut checked);
    assert!(checked.0 > 1000, "{} numbers were compared", checked.0);
}

struct Summaries(Vec<String>);

impl ExampleVisitor for Summaries {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        let summary = Single::summary().to_string();
        assert!(summary.contains(Single::KIND), "{name}: {summary}");
        assert!(summary.contains(&Single::Output::DIMS.to_string()), "{name}: {summary}");
        self.0.push(Single::KIND.to_string());
    }
}

#[test]
fn each_kind_has_an_example_and_a_row_in_a_summary() {
    let mut summaries = Summaries(Vec::new());
    visit_examples(&mut summaries);
    summaries.0.dedup();
    let mut kinds = summaries.0.clone();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), summaries.0.len(), "the examples of a kind stand together: {:?}", summaries.0);
}

/// Trains a layer as a network of its own towards random outputs.
fn trained<N: Network<Scalar = f32>>(threads: usize) -> Vec<u32> {
    let (inputs, targets) = (batch::<N::Input>(12, 1), batch::<N::Output>(12, 2));
    let data = Pairs::new(&inputs, &targets);
    let settings = Settings { batch_size: 12, shard_size: 3, threads: Some(threads), seed: 7, ..Settings::default() };
    let mut trainer = Trainer::new(N::new(3), MSE::<N::Output>::new(), SGD::new(0.05), settings).unwrap();
    for _ in 0..3 {
        trainer.step(&data, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
    bits(trainer.network())
}

struct Threads;

impl ExampleVisitor for Threads {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        let alone = trained::<Single>(1);
        for threads in [2, 3, 4] {
            assert_eq!(trained::<Single>(threads), alone, "{name} on {threads} threads");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    visit_examples(&mut Threads);
}

struct Files;

impl ExampleVisitor for Files {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        let network = Single::new(4);
        let bytes = io::to_bytes(&*network, &Card::default()).unwrap();
        let mut read = Single::zeros();
        io::from_bytes(&bytes, &mut *read).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(bits(&*read), bits(&*network), "{name}");
    }
}

#[test]
fn what_is_saved_is_loaded() {
    visit_examples(&mut Files);
}

struct Modes;

impl ExampleVisitor for Modes {
    /// Layers that neither use random numbers nor batch statistics compute the same in training and inference.
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        if Single::BARRIERS > 0 || Single::KIND == "Dropout" {
            return;
        }
        let (network, input) = (Single::new(5), batch::<Single::Input>(4, 6));
        let (mut inferred, mut output) = (batch::<Single::Output>(4, 7), batch::<Single::Output>(4, 8));
        network.predict::<4>(&input, &mut inferred, &mut Single::workspace::<4>());
        network.forward_pass(&input, &mut output, &mut Single::tape(4));
        assert_eq!(flat(&inferred), flat(&output), "{name}");
    }
}

#[test]
fn inference_and_training_compute_the_same() {
    visit_examples(&mut Modes);
}

macro_rules! check_refusals {
    ([$($file:ident::$kind:ident)*]) => {
        #[test]
        fn an_unknown_hyper_parameter_is_refused_by_name() {
            $(
                let (kind, plan) = (stringify!($kind), Plan::<1>::new([4, 4, 4], 0));
                let written = Written { key: "no_such", value: Value::One(1) };
                let refused = plan.then(<layer::$kind as Kind>::RULES.plan(plan.shape(), true, &[written]));
                let panic = std::panic::catch_unwind(|| refused.refuse()).expect_err(kind);
                let text = panic.downcast::<String>().unwrap();
                let known = [
                    format!("layer 0: {kind} has no `no_such`; it takes `"),
                    format!("layer 0: {kind} takes no hyper-parameters: write `{kind}`"),
                ];
                assert!(known.iter().any(|begin| text.starts_with(begin)), "{text}");
            )*
        }
    };
}

shapeproof::__layers! { [check_refusals] }
