//! What follows a convolution in inference, and is computed in its pass: while an output is still in cache.

use crate::kernel::rectifier::Rectifier;

/// A max pooling, a rectifier, or both, in the order of the network; neither by default.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// The rows and columns of the windows of a max pooling, side by side; a rest that fills no window is left out.
    pub pool: Option<[usize; 2]>,
    /// A rectifier. Before a pooling it is applied after it, if it [is increasing](Rectifier::is_increasing): the result is the same.
    pub rectifier: Option<Rectifier<'a, T>>,
}

impl<'a, T> Epilogue<'a, T> {
    /// Nothing follows.
    pub const NONE: Self = Epilogue { pool: None, rectifier: None };

    /// The same without the first channels.
    #[inline(always)]
    pub(super) fn skip(self, channels: usize) -> Epilogue<'a, T> {
        let rectifier = match self.rectifier {
            Some(Rectifier::Learned(slopes)) if slopes.len() > 1 => Some(Rectifier::Learned(&slopes[channels..])),
            rectifier => rectifier,
        };
        Epilogue { rectifier, ..self }
    }
}
