//! Networks: layers put together into one type.

mod chain;
mod macros;
mod plan;
mod refused;
mod summary;

use alloc::boxed::Box;

use crate::init::{Initializer, initialize};
use crate::layer::{Fusion, LayerPath, Module, Role, shape_error_of};
use crate::scalar::Scalar;
use crate::tensor::boxed;

pub use chain::{Chain, ChainTape, ChainWorkspace, Feeds};
#[doc(hidden)]
pub use plan::Plan;
#[doc(hidden)]
pub use refused::{Check, Choose, Refused};
pub use summary::Summary;

/// Stops the compiler if the shapes of `N` do not fit together.
///
/// [`network!`](crate::network!) does this by itself. Beside a type written by hand, put it into a constant, and a wrong
/// size is found at `cargo check`; without it, the same error comes when the network is built.
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

/// What every network can do: any [`Module`], and so any layer and any chain of layers, is one.
pub trait Network: Module {
    /// A new network, its weights drawn by [`Initializer::HeNormal`]. The same seed gives the same network.
    fn new(seed: u64) -> Box<Self> {
        Self::with_initializer(Initializer::default(), seed)
    }

    /// A new network, its weights drawn by `initializer`. The same seed gives the same network.
    fn with_initializer(initializer: Initializer, seed: u64) -> Box<Self> {
        let mut network = Self::zeros();
        initialize(&mut *network, initializer, seed);
        network
    }

    /// A network whose parameters are all zero: a gradient before anything was added to it.
    fn zeros() -> Box<Self> {
        const { verify::<Self>() };
        boxed()
    }

    /// Makes every parameter what it is in `other`. No network is moved or allocated.
    fn copy_from(&mut self, other: &Self) {
        Self::visit([other], [self], LayerPath::FIRST, &mut |_, [from], [to]| to.copy_from_slice(from));
    }

    /// How many numbers training changes.
    fn parameters() -> usize {
        let mut count = 0;
        Self::visit([], [], LayerPath::FIRST, &mut |parameter, [], []| {
            if parameter.role.is_trained() {
                count += parameter.dims.iter().product::<usize>();
            }
        });
        count
    }

    /// Scratch for [`predict`](Network::predict) on up to `N` samples.
    fn workspace<const N: usize>() -> Box<Self::Workspace<N>> {
        boxed()
    }

    /// What the network says about each of the samples.
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

    /// The forward pass of a whole mini-batch, all [phases](crate::layer::barrier) in a row: `output`, as it is computed while training,
    /// and what the backward pass needs in `tape`.
    fn forward_pass(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for phase in 0..=Self::BARRIERS {
            self.forward_phase(phase, Fusion::NONE, input, output, tape);
        }
    }

    /// The backward pass after [`forward_pass`](Network::forward_pass): `∂L/∂input`, if it is wanted, from `∂L/∂output`; and
    /// `grad += ∂L/∂parameter`.
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

    /// Takes up the statistics of a mini-batch, which the backward pass has left in `grad` where the network keeps its running ones:
    /// `statistic ← (1 − momentum)·statistic + momentum·observed`, as their [role](Role::Statistic) says.
    fn update_statistics(&mut self, grad: &Self) {
        Self::visit([grad], [self], LayerPath::FIRST, &mut |parameter, [observed], [statistic]| {
            if let Role::Statistic { momentum, .. } = parameter.role {
                let [keep, take] = [1.0 - momentum, momentum].map(Self::Scalar::from_f64);
                for (statistic, &observed) in statistic.iter_mut().zip(observed) {
                    *statistic = keep * *statistic + take * observed;
                }
            }
        });
    }

    /// The table of layers: output shapes, parameters, FLOPs.
    fn summary() -> Summary<Self> {
        Summary::new()
    }
}

impl<M: Module> Network for M {}
