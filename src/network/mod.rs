//! Networks: layers put together into one type.

mod chain;
mod macros;
mod plan;
mod refused;
mod summary;

use alloc::boxed::Box;

use crate::init::{Initializer, initialise};
use crate::layer::{Flaw, Layer, Position};
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
pub const fn verify<N: Layer>() {
    if let Some(flaw) = Flaw::of_layer::<N>() {
        panic!("{}", flaw.sentence().as_str())
    }
}

/// What every network can do: any [`Layer`], and so any chain of layers, is one.
pub trait Network: Layer {
    /// A new network, its weights drawn by [`Initializer::HeNormal`]. The same seed gives the same network.
    fn new(seed: u64) -> Box<Self> {
        Self::with_initializer(Initializer::default(), seed)
    }

    /// A new network, its weights drawn by `initializer`. The same seed gives the same network.
    fn with_initializer(initializer: Initializer, seed: u64) -> Box<Self> {
        let mut network = Self::zeros();
        initialise(&mut *network, initializer, seed);
        network
    }

    /// A network whose parameters are all zero: a gradient before anything was added to it.
    fn zeros() -> Box<Self> {
        const { verify::<Self>() };
        boxed()
    }

    /// Makes every parameter what it is in `other`. No network is moved or allocated.
    fn copy_from(&mut self, other: &Self) {
        Self::visit([other], [self], Position::FIRST, &mut |_, [from], [to]| to.copy_from_slice(from));
    }

    /// How many numbers training changes.
    fn parameters() -> usize {
        let mut count = 0;
        Self::visit([], [], Position::FIRST, &mut |parameter, [], []| {
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

    /// [`infer`](Layer::infer), with the lengths checked: what the network says about each of the samples.
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
        self.infer(input, output, workspace);
    }

    /// The table of layers: output shapes, parameters, FLOPs.
    fn summary() -> Summary<Self> {
        Summary::new()
    }
}

impl<L: Layer> Network for L {}
