//! A batch normalization in inference: running statistics, `gamma` and `beta`, combined into `y = scale·x + shift`.

use bytemuck::Zeroable;

use super::BatchNorm;
use crate::scalar::Scalar;

/// Workspace of inference.
#[derive(Zeroable)]
pub struct BatchNormWorkspace<const C: usize, T> {
    scale: [T; C],
    shift: [T; C],
}

impl<const C: usize, const H: usize, const W: usize, const EPS: u64, const MOMENTUM: u64, T: Scalar>
    BatchNorm<C, H, W, EPS, MOMENTUM, T>
{
    /// Writes and returns the factors and shifts.
    pub(super) fn affine<'a>(&self, workspace: &'a mut BatchNormWorkspace<C, T>) -> [&'a [T]; 2] {
        for c in 0..C {
            workspace.scale[c] = self.gamma[c] * Self::inv_std(self.running_var[c]);
            workspace.shift[c] = self.beta[c] - self.running_mean[c] * workspace.scale[c];
        }
        [&workspace.scale, &workspace.shift]
    }
}
