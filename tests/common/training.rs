//! Data to train on, and callbacks that stop.

use shapeproof::data::synthetic;
use shapeproof::layer::Module;
use shapeproof::tensor::{Tensor, Vector, zeros};
use shapeproof::train::{Callback, Control, History, Progress, State};

/// Stops after this many steps in all.
pub struct StopAfter(pub u64);

impl<N: Module> Callback<N> for StopAfter {
    fn on_step(&mut self, _: &Progress, state: &State<N>) -> Control {
        if state.steps() == self.0 { Control::Stop } else { Control::Continue }
    }
}

/// The four inputs of XOR and their classes.
pub fn xor() -> ([Vector<2>; 4], [usize; 4]) {
    ([[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from), [0, 1, 1, 0])
}

/// Synthetic digits, as numbers from 0 to 1.
pub fn digits(count: usize) -> (Box<[Tensor<1, 28, 28>]>, Vec<usize>) {
    let (images, labels) = synthetic::digits(count, 5);
    let mut inputs = zeros::<Tensor<1, 28, 28>>(count);
    for (input, image) in inputs.iter_mut().zip(&images) {
        for (x, &pixel) in input.as_mut_slice().iter_mut().zip(image.as_slice()) {
            *x = f32::from(pixel) / 255.0;
        }
    }
    (inputs, labels.iter().map(|&label| usize::from(label)).collect())
}

/// The history without its times, in which two trainings of the same steps differ.
pub fn without_times(mut history: History) -> History {
    for record in &mut history.epochs {
        (record.train_seconds, record.validation_seconds) = (0.0, 0.0);
    }
    history
}
