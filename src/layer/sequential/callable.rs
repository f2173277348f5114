//! What stands in the place of a layer in [`network!`](crate::network!), if it is none of this crate: a user's kind of layer, or a
//! network.
//!
//! The macro knows a name only. [`Place`] answers what the name stands for, and with that [`Callable`] has its rules and its type.

use core::marker::PhantomData;

use super::Sequential;
use crate::layer::Module;
use crate::layer::declaration::{Kind, Part, Planned, Refusal, Written};
use crate::scalar::{Precision, Scalar};
use crate::shape::inference::Inferred;
use crate::shape::{ConstString, Dims, Shape};

/// The place of `What`, whose constants say what it is. Those with a condition come before those of [`Otherwise`], where the condition
/// holds.
pub struct Place<What>(PhantomData<What>);

/// A kind of layer.
impl<K: Kind> Place<K> {
    /// Whether it is declared.
    pub const IS_KIND: bool = true;
}

/// A module, also one that is the default of a kind of layer, whose shapes are mostly empty.
impl<M: Module> Place<M> {
    /// Whether it is a network.
    pub const IS_MODULE: bool = !M::Input::DIMS.is_empty();
}

/// What everything is, if it is nothing else.
pub trait Otherwise {
    /// It is not declared.
    const IS_KIND: bool = false;
    /// It is not a module.
    const IS_MODULE: bool = false;
}

impl<What> Otherwise for Place<What> {}

/// The rules and the type of what stands in the place of a layer: of a kind of layer, or of a network.
#[diagnostic::on_unimplemented(
    message = "`network!` does not know what `{Self}` takes",
    label = "its hyper-parameters are not declared",
    note = "a layer of your own is declared by `shapeproof::hyper_parameters!`, and implements `Layer`"
)]
pub trait Callable<const NETWORK: bool> {
    /// [`Kind::Rules`]
    type Rules;
    /// [`Kind::RULES`]
    const RULES: Self::Rules;
    /// [`Kind::Of`]
    type Of<
        const C: usize,
        const H: usize,
        const W: usize,
        const OC: usize,
        const OH: usize,
        const OW: usize,
        const N0: usize,
        const N1: usize,
        const N2: usize,
        const N3: usize,
        const N4: usize,
        const N5: usize,
        const N6: usize,
        const N7: usize,
        const N8: usize,
        const N9: usize,
        const N10: usize,
        const N11: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: Scalar,
    >;
}

#[diagnostic::do_not_recommend]
impl<K: Kind> Callable<false> for K {
    type Rules = K::Rules;
    const RULES: K::Rules = K::RULES;
    type Of<
        const C: usize,
        const H: usize,
        const W: usize,
        const OC: usize,
        const OH: usize,
        const OW: usize,
        const N0: usize,
        const N1: usize,
        const N2: usize,
        const N3: usize,
        const N4: usize,
        const N5: usize,
        const N6: usize,
        const N7: usize,
        const N8: usize,
        const N9: usize,
        const N10: usize,
        const N11: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: Scalar,
    > = K::Of<C, H, W, OC, OH, OW, N0, N1, N2, N3, N4, N5, N6, N7, N8, N9, N10, N11, R0, R1, F0, F1, T>;
}

#[diagnostic::do_not_recommend]
impl<N: Module> Callable<true> for N {
    type Rules = NetworkRules<N>;
    const RULES: NetworkRules<N> = NetworkRules(PhantomData);
    type Of<
        const C: usize,
        const H: usize,
        const W: usize,
        const OC: usize,
        const OH: usize,
        const OW: usize,
        const N0: usize,
        const N1: usize,
        const N2: usize,
        const N3: usize,
        const N4: usize,
        const N5: usize,
        const N6: usize,
        const N7: usize,
        const N8: usize,
        const N9: usize,
        const N10: usize,
        const N11: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: Scalar,
    > = Sequential<N>;
}

/// The rules of a network in the place of a layer.
pub struct NetworkRules<N>(PhantomData<fn(N)>);

impl<N: Module> NetworkRules<N> {
    /// The step of the network.
    pub const fn plan(&self, input: Dims, _is_known: bool, written: &[Written]) -> Planned {
        let (taken, output) = (N::Input::DIMS, N::Output::DIMS);
        let ruling: Inferred = if input.equals(taken) {
            Ok(output)
        } else {
            let text = ConstString::new().str("the network here takes ").dims(taken).str(", and its input is ");
            Err(text.dims(input))
        };
        let mut planned = Planned::new("the network here", input, ruling, [Ok(output), Ok(output)]);
        if !written.is_empty() {
            let text = ConstString::new().str("a network in the place of a layer takes no hyper-parameters");
            planned.refusal = Some(Refusal { text, part: Part::Key(0) });
        }
        planned.precision = Some(N::Scalar::PRECISION);
        planned.parameters(size_of::<N>() / size_of::<N::Scalar>())
    }
}

/// What is wrong if a network of the precision `inner` is in one of the precision `outer`, which is generic over it if `None`.
pub(crate) const fn precisions(inner: Option<Precision>, outer: Option<Precision>) -> Option<ConstString> {
    let text = ConstString::new().str("the network here computes in ");
    match (inner, outer) {
        (None, _)
        | (Some(Precision::Single), Some(Precision::Single))
        | (Some(Precision::Double), Some(Precision::Double)) => None,
        (Some(inner), None) => {
            let text = text.str(scalar(inner)).str(", and the one around it in any scalar: ");
            Some(text.str("make it generic too, and write its scalar after its name, as in `Block<T>`"))
        }
        (Some(inner), Some(outer)) => {
            Some(text.str(scalar(inner)).str(", and the one around it in ").str(scalar(outer)))
        }
    }
}

const fn scalar(precision: Precision) -> &'static str {
    match precision {
        Precision::Single => "`f32`",
        Precision::Double => "`f64`",
    }
}
