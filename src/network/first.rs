//! The first module of a chain that has yet to compute its output.

use crate::kernel::conv2d::Epilogue;
use crate::kernel::rectifier::Rectifier;
use crate::layer::{Module, Pending, Pools};

/// A module with its input, its workspace, and what follows it in the same pass.
pub(super) struct First<'a, M: Module, const N: usize> {
    module: &'a M,
    input: &'a [M::Input],
    workspace: &'a mut M::Workspace<N>,
    then: Epilogue<'a, M::Scalar>,
}

impl<'a, M: Module, const N: usize> First<'a, M, N> {
    /// Nothing follows yet.
    pub(super) fn new(module: &'a M, input: &'a [M::Input], workspace: &'a mut M::Workspace<N>) -> Self {
        First { module, input, workspace, then: Epilogue::NONE }
    }
}

impl<'a, M: Module, const N: usize> Pending<'a, M::Scalar> for First<'a, M, N> {
    fn takes_scale(&self) -> bool {
        self.then.scale.is_none() && self.takes_rectifier()
    }

    fn scaled(mut self, scale: [&'a [M::Scalar]; 2]) -> Self {
        self.then.scale = Some(scale);
        self
    }

    fn takes_rectifier(&self) -> bool {
        self.then.rectifier.is_none() && self.then.pool.is_none()
    }

    fn rectified(mut self, rectifier: Rectifier<'a, M::Scalar>) -> Self {
        self.then.rectifier = Some(rectifier);
        self
    }

    fn takes_pool(&self, [rows, _]: [usize; 2]) -> bool {
        let is_taken = |pools: Pools| rows <= pools.rows && self.input.len() >= pools.samples;
        self.then.pool.is_none() && M::FUSES.epilogue.is_some_and(is_taken)
    }

    fn pooled(mut self, window: [usize; 2]) -> Self {
        self.then.pool = Some(window);
        self
    }

    fn compute(self, output: &mut [M::Scalar]) {
        self.module.infer_then::<N>(self.then, self.input, output, self.workspace);
    }
}
