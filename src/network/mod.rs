//! Networks: layers composed into one type.
//!
//! [`network!`](crate::network!) defines a network as a type, a [`Chain`] of layers. The trait [`Network`] has what it can do:
//!
//! ```
//! use shapeproof::layer::Module;
//! use shapeproof::network::Network;
//! use shapeproof::tensor::{Tensor, Vector, zeros};
//!
//! shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 4, kernel = 3), ReLU, Flatten, Dense(units = 2) }
//!
//! let network: Box<Net> = Net::new(1); // weights drawn from the seed 1
//! println!("{}", Net::summary());
//! assert_eq!(Net::parameters(), 4 * 9 + 4 + 2 * 140 + 2);
//!
//! // Prediction, with a workspace.
//! let (images, mut logits) = (zeros::<Tensor<1, 9, 7>>(5), zeros::<Vector<2>>(5));
//! network.predict::<5>(&images, &mut logits, &mut Net::workspace::<5>());
//!
//! // What a trainer does: a forward and a backward pass, with a tape. The gradient is a network, too.
//! let (mut tape, mut gradient) = (Net::tape(5), Net::zeros());
//! network.forward_pass(&images, &mut logits, &mut tape);
//! let grad_logits = [Vector::from([1.0, -2.0]); 5]; // ∂L/∂logits, from a loss
//! network.backward_pass(&images, &mut tape, &grad_logits, None, &mut gradient);
//! assert_eq!(gradient.1.1.1.bias, [5.0, -10.0]); // of the fourth layer: the sum over the samples
//! ```

mod chain;
mod first;
mod macros;
mod plan;
mod refused;
mod summary;
mod tape;

use alloc::boxed::Box;

use crate::init::{Initializer, initialize};
use crate::layer::{Fusion, Module, Role, shape_error_of};
use crate::scalar::Scalar;
use crate::tensor::boxed;

pub use chain::{Chain, Feeds};
#[doc(hidden)]
pub use plan::Plan;
#[doc(hidden)]
pub use refused::{Check, Choose, Refused};
pub use summary::Summary;
#[cfg(feature = "report")]
pub(crate) use summary::{parameters_of, title};
pub use tape::{ChainTape, ChainWorkspace};

/// Stops the compiler if the shapes of `N` do not fit together.
///
/// [`network!`](crate::network!) does this by itself. For a type written by hand, call it in a constant, and a wrong size is found
/// at `cargo check`. Without it, the same error comes where the network is created.
///
/// ```
/// use shapeproof::layer::Conv2D;
///
/// type First = Conv2D<1, 28, 28, 8, 26, 26, 3, 3>;
/// const _: () = shapeproof::network::verify::<First>();
/// ```
/// ```compile_fail
/// # use shapeproof::layer::Conv2D;
/// type First = Conv2D<1, 28, 28, 8, 28, 28, 3, 3>;
/// const _: () = shapeproof::network::verify::<First>(); // Conv2D gives 8×26×26, but its type says 8×28×28
/// ```
#[track_caller]
pub const fn verify<N: Module>() {
    if let Some(shape_error) = shape_error_of::<N>() {
        panic!("{}", shape_error.sentence().as_str())
    }
}

/// What every network can do: be created, predict, and be trained.
///
/// Any [`Module`] is a network, and so is any layer and any chain of layers. So it is not for users to implement.
pub trait Network: Module {
    /// Returns a new network, its weights drawn by [`Initializer::HeNormal`]. The same seed gives the same network.
    fn new(seed: u64) -> Box<Self> {
        Self::with_initializer(Initializer::default(), seed)
    }

    /// Returns a new network, its weights drawn by `initializer`. The same seed gives the same network.
    fn with_initializer(initializer: Initializer, seed: u64) -> Box<Self> {
        let mut network = Self::zeros();
        initialize(&mut *network, initializer, seed);
        network
    }

    /// Returns a network whose parameters are all zero, such as a gradient before anything is added.
    fn zeros() -> Box<Self> {
        const { verify::<Self>() };
        boxed()
    }

    /// Copies every parameter from `other`. No network is moved or allocated.
    fn copy_from(&mut self, other: &Self) {
        Self::visit([other], [self], &mut |_, [from], [to]| to.copy_from_slice(from));
    }

    /// Returns the number of trained parameters.
    fn parameters() -> usize {
        let mut count = 0;
        Self::visit([], [], &mut |parameter, [], []| {
            if parameter.role.is_trained() {
                count += parameter.dims.iter().product::<usize>();
            }
        });
        count
    }

    /// Returns a workspace for [`predict`](Network::predict) on up to `N` samples.
    fn workspace<const N: usize>() -> Box<Self::Workspace<N>> {
        boxed()
    }

    /// Computes the output of each sample.
    ///
    /// # Panics
    /// If there are not as many outputs as inputs, or more than `N`.
    fn predict<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let (inputs, outputs) = (input.len(), output.len());
        assert_eq!(inputs, outputs, "{inputs} inputs, but room for {outputs} outputs");
        assert!(inputs <= N, "{inputs} samples, but a workspace for {N}");
        self.infer_fused(None, input, output, workspace);
    }

    /// Computes the forward pass of a whole mini-batch, all [phases](crate::layer::barrier) in a row: `output`, as in training, and
    /// in `tape` what the backward pass needs.
    fn forward_pass(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for phase in 0..=Self::BARRIERS {
            self.forward_phase(phase, Fusion::NONE, input, output, tape);
        }
    }

    /// Computes the backward pass after [`forward_pass`](Network::forward_pass): `∂L/∂input`, if it is wanted, from `∂L/∂output`;
    /// and `grad += ∂L/∂parameter`. If the network has [barriers](crate::layer::barrier), as with a
    /// [`BatchNorm`](crate::layer::BatchNorm), gradients take the place of activations in the tape: each backward pass then needs a
    /// forward pass of its own.
    fn backward_pass(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        for phase in (0..=Self::BARRIERS).rev() {
            self.backward_phase(phase, Fusion::NONE, input, tape, grad_output, grad_input.as_deref_mut(), grad);
        }
    }

    /// Updates the running statistics with those of a mini-batch, which the backward pass has left in the same place of `grad`:
    /// `statistic ← (1 − momentum)·statistic + momentum·observed`, as their [role](Role::Statistic) says.
    fn update_statistics(&mut self, grad: &Self) {
        Self::visit([grad], [self], &mut |parameter, [observed], [statistic]| {
            if let Role::Statistic { momentum, .. } = parameter.role {
                let [keep, take] = [1.0 - momentum, momentum].map(Self::Scalar::from_f64);
                for (statistic, &observed) in statistic.iter_mut().zip(observed) {
                    *statistic = keep * *statistic + take * observed;
                }
            }
        });
    }

    /// Returns the table of layers: output shapes, parameters, FLOPs.
    fn summary() -> Summary<Self> {
        Summary::new()
    }
}

impl<M: Module> Network for M {}
