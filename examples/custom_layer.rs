//! Two custom layers: implemented, checked against central differences, and used in `network!` like any other.
//!
//! ```text
//! cargo run --release --example custom_layer
//! ```

#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::process::ExitCode;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::data::{Pairs, synthetic};
use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::hyper_parameters;
use shapeproof::layer::{Layer, LayerPath, Parameter, ParameterList, Role};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Linear, SGD};
use shapeproof::scalar::Scalar;
use shapeproof::shape::{ConstString, Dims, Shape};
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Fit, Settings, Trainer};

/// `y = x · σ(β·x)`, with a learned β: Swish (Ramachandran, Zoph and Le 2017). It keeps its input's shape.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Swish<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32> {
    beta: [T; 1],
}

hyper_parameters! { Swish => Swish<C, H, W, T> }

fn sigmoid<T: Scalar>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Layer for Swish<C, H, W, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Swish";
    const FLOPS: usize = 4 * C * H * W;

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        self.forward(input, output, &mut ());
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        for (input, output) in input.iter().zip(output) {
            for (&x, y) in input.as_slice().iter().zip(output.as_mut_slice()) {
                *y = x * sigmoid(self.beta[0] * x);
            }
        }
    }

    /// With `s = σ(β·x)`: `∂y/∂x = s + β·x·s·(1 − s)` and `∂y/∂β = x²·s·(1 − s)`.
    fn backward(
        &self,
        input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let beta = self.beta[0];
        for (n, (input, grad_output)) in input.iter().zip(grad_output).enumerate() {
            for (i, (&x, &dy)) in input.as_slice().iter().zip(grad_output.as_slice()).enumerate() {
                let s = sigmoid(beta * x);
                grad.beta[0] += dy * x * x * s * (T::one() - s);
                if let Some(grad_input) = &mut grad_input {
                    grad_input[n].as_mut_slice()[i] = dy * (s + beta * x * s * (T::one() - s));
                }
            }
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let beta = Parameter { layer, name: "beta", dims: &[1], role: Role::Constant(1.0) };
        list(beta, &|swish| &swish.beta, &|swish| &mut swish.beta);
    }
}

/// Cuts `BORDER` pixels off every side of an image. It has no parameters, so its type needs no sizes, only its input and output.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
#[zeroable(bound = "")]
struct Crop<I = (), O = (), const BORDER: usize = 0>(PhantomData<fn(I) -> O>);

hyper_parameters! {
    Crop(border: usize = 1) => Crop<Input, Output, border>,
    output = crop(input, border),
}

/// The output shape, or an error if nothing is left.
const fn crop(input: Dims, border: usize) -> Result<Dims, ConstString> {
    if input.height <= 2 * border || input.width <= 2 * border {
        let text = ConstString::new().str("Crop with border ").number(border).str(" leaves nothing of its ");
        return Err(text.dims(input).str(" input"));
    }
    Ok(Dims::new(input.channels, input.height - 2 * border, input.width - 2 * border))
}

impl<I: Shape, O: Shape, const BORDER: usize> Crop<I, O, BORDER> {
    /// The range of the input that output row `row` is copied from. Rows are counted through all channels.
    fn source(row: usize) -> Range<usize> {
        let (channel, row) = (row / O::DIMS.height, row % O::DIMS.height);
        let start = (channel * I::DIMS.height + BORDER + row) * I::DIMS.width + BORDER;
        start..start + O::DIMS.width
    }
}

impl<T: Scalar, I: Shape<Scalar = T>, O: Shape<Scalar = T>, const BORDER: usize> Layer for Crop<I, O, BORDER> {
    type Scalar = T;
    type Input = I;
    type Output = O;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Crop";

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[I], output: &mut [O], _workspace: &mut ()) {
        self.forward(input, output, &mut ());
    }

    fn forward(&self, input: &[I], output: &mut [O], _tape: &mut ()) {
        for (input, output) in input.iter().zip(output) {
            for (row, output) in output.as_mut_slice().chunks_exact_mut(O::DIMS.width).enumerate() {
                output.copy_from_slice(&input.as_slice()[Self::source(row)]);
            }
        }
    }

    /// Every copied number passes its gradient back; the gradient of the border is zero.
    fn backward(
        &self,
        _input: &[I],
        _tape: &mut (),
        grad_output: &[O],
        grad_input: Option<&mut [I]>,
        _grad: &mut Self,
    ) {
        let Some(grad_input) = grad_input else { return };
        for (grad_output, grad_input) in grad_output.iter().zip(grad_input) {
            grad_input.as_mut_slice().fill(T::zero());
            for (row, grad_output) in grad_output.as_slice().chunks_exact(O::DIMS.width).enumerate() {
                grad_input.as_mut_slice()[Self::source(row)].copy_from_slice(grad_output);
            }
        }
    }
}

shapeproof::network! {
    /// A small network with both layers in it.
    type Net = [1, 28, 28] =>
        Crop(border = 3),
        Conv2D(filters = 6, kernel = 5, stride = 2),
        Swish,
        Flatten,
        Dense(units = 10),
}

fn main() -> ExitCode {
    output::status(show(&mut io::stdout()))
}

fn show(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let compared = check_gradients(&mut *Swish::<2, 3, 4, f64>::new(1), &mut random_batch(2, 1))?;
    writeln!(out, "Swish: {compared} gradients agree with central differences")?;
    let compared =
        check_gradients(&mut *Crop::<Tensor<2, 5, 6, f64>, Tensor<2, 3, 4, f64>, 1>::new(1), &mut random_batch(2, 1))?;
    writeln!(out, "Crop:  {compared} gradients agree with central differences\n")?;

    writeln!(out, "{}\n", Net::summary())?;
    let (images, labels) = synthetic::digits(2500, 1);
    let mut inputs = zeros::<Tensor<1, 28, 28>>(images.len());
    for (input, image) in inputs.iter_mut().zip(&images) {
        for (x, &pixel) in input.as_mut_slice().iter_mut().zip(image.as_slice()) {
            *x = f32::from(pixel) / 255.0;
        }
    }
    let labels: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
    let (train, validation) =
        (Pairs::new(&inputs[..2000], &labels[..2000]), Pairs::new(&inputs[2000..], &labels[2000..]));

    let optimizer = SGD::new(0.02).nesterov(0.9);
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
    let fit = Fit { epochs: 5, schedule: &Linear };
    write!(out, "{}", trainer.fit(&train, &validation, &fit, &mut [])?)?;
    Ok(())
}
