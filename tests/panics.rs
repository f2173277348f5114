//! A panic in the user's code in the middle of a step loses only that step: the trainer is as it was before it, and continues.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::data::{Dataset, Pairs};
use shapeproof::layer::{BatchNorm, Dense, Dropout, Layer, Module};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::network::{Chain, Network};
use shapeproof::optim::{Linear, SGD};
use shapeproof::tensor::Vector;
use shapeproof::train::{Callback, Control, Fit, Progress, Settings, State, Trainer};

/// Where the next panic should happen.
static ARMED: Mutex<Option<Place>> = Mutex::new(None);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Load,
    Loss,
    Forward,
    Backward,
    Callback,
}

impl Place {
    /// Panics, once, if this is the place.
    fn pass(self) {
        let armed = ARMED.lock().unwrap().take_if(|place| *place == self).is_some();
        assert!(!armed, "a panic in {self:?}, on purpose");
    }
}

/// A dataset and a loss that panic on request.
struct Panicking<T>(T);

impl Dataset for Panicking<Pairs<'_, Vector<3>, usize>> {
    type Input = Vector<3>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, index: usize, input: &mut Vector<3>) -> usize {
        if index == 13 {
            Place::Load.pass();
        }
        self.0.load(index, input)
    }
}

impl fmt::Display for Panicking<CrossEntropy<2>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("panicking")
    }
}

impl Loss for Panicking<CrossEntropy<2>> {
    type Output = Vector<2>;
    type Target = usize;

    fn value(&self, output: &Vector<2>, target: &usize) -> f64 {
        self.0.value(output, target)
    }

    fn gradient(&self, output: &Vector<2>, target: &usize, scale: f32, grad_output: &mut Vector<2>) -> f64 {
        Place::Loss.pass();
        self.0.gradient(output, target, scale, grad_output)
    }
}

/// The identity as a layer.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Same;

impl Layer for Same {
    type Scalar = f32;
    type Input = Vector<20>;
    type Output = Vector<20>;
    type Tape = ();
    type Workspace<const M: usize> = ();

    const KIND: &'static str = "Same";

    fn tape(_: usize) {}

    fn infer<const M: usize>(&self, input: &[Vector<20>], output: &mut [Vector<20>], _: &mut ()) {
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[Vector<20>], output: &mut [Vector<20>], _: &mut ()) {
        Place::Forward.pass();
        output.copy_from_slice(input);
    }

    fn backward(&self, _: &[Vector<20>], _: &mut (), dy: &[Vector<20>], dx: Option<&mut [Vector<20>]>, _: &mut Self) {
        Place::Backward.pass();
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}

impl<N: Module> Callback<N> for Panicking<()> {
    fn on_step(&mut self, progress: &Progress, _: &State<N>) -> Control {
        if progress.step == 2 {
            Place::Callback.pass();
        }
        Control::Continue
    }
}

/// No barrier; and two, with the place of the panic between them.
type Plain = Chain<Dense<3, 20>, Chain<Same, Chain<Dropout<20, 1, 1, 25>, Dense<20, 2>>>>;
type Normed = Chain<Dense<3, 20>, Chain<BatchNorm<20, 1, 1>, Chain<Same, Chain<Dense<20, 2>, BatchNorm<2, 1, 1>>>>>;

trait Net: Module<Scalar = f32, Input = Vector<3>, Output = Vector<2>> {}
impl<N: Module<Scalar = f32, Input = Vector<3>, Output = Vector<2>>> Net for N {}

/// The bits of the network after some steps by hand and an epoch, with a panic in each of the two if `place` is given.
fn train<N: Net>(threads: usize, place: Option<Place>) -> (u64, Vec<u32>) {
    let inputs: Vec<_> = (0..40).map(|i| Vector::from([i as f32 / 20.0 - 1.0, (i % 7) as f32, 0.5])).collect();
    let labels: Vec<usize> = (0..40).map(|i| i / 3 % 2).collect();
    let data = Panicking(Pairs::new(&inputs, &labels));
    let settings = Settings { batch_size: 16, shard_size: 3, threads: Some(threads), ..Settings::default() };
    let (loss, rule) = (Panicking(CrossEntropy::new()), SGD::new(0.05).momentum(0.9));
    let mut trainer = Trainer::new(N::new(1), loss, rule, settings).unwrap();
    let in_a_step = place.filter(|&place| place != Place::Callback);

    for first in [0, 10, 20] {
        let batch: Vec<u32> = (first..first + 16).collect();
        *ARMED.lock().unwrap() = in_a_step.filter(|_| first == 10);
        if in_a_step.is_some() && first == 10 {
            assert!(catch_unwind(AssertUnwindSafe(|| trainer.step(&data, &batch))).is_err());
        }
        trainer.step(&data, &batch);
    }
    let fit = Fit { epochs: 1, schedule: &Linear };
    *ARMED.lock().unwrap() = place;
    if place.is_some() {
        let fit = || trainer.fit(&data, &data.0, &fit, &mut [&mut Panicking(())]);
        assert!(catch_unwind(AssertUnwindSafe(fit)).is_err());
    }
    trainer.resume(&data, &data.0, &fit, &mut [&mut Panicking(())]).unwrap();

    let mut bits = Vec::new();
    N::visit([trainer.network()], [], &mut |_, [numbers], []| {
        bits.extend(numbers.iter().map(|number| number.to_bits()));
    });
    (trainer.steps(), bits)
}

fn check<N: Net>() {
    let undisturbed = train::<N>(1, None);
    assert_eq!(undisturbed.0, 6);
    for threads in [1, 3] {
        for place in [Place::Load, Place::Loss, Place::Forward, Place::Backward, Place::Callback] {
            assert!(train::<N>(threads, Some(place)) == undisturbed, "{place:?} on {threads} threads");
        }
    }
}

#[test]
fn a_panic_costs_one_step() {
    check::<Plain>();
    check::<Normed>();
}
