//! `network!`: an architecture, written down and checked.

/// Defines a network as a type.
///
/// ```
/// shapeproof::network! {
///     /// 28×28 grey digits in, ten logits out.
///     pub type DigitNet = [1, 28, 28] =>
///         Conv2D(filters = 32, kernel = 3, padding = 1),            // 32×28×28
///         PReLU,
///         MaxPool2D(window = 2),                                    // 32×14×14
///         Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), // 64×8×8
///         PReLU,
///         MaxPool2D(window = 2),                                    // 64×4×4
///         Flatten,                                                  // 1024
///         Dense(units = 128),
///         PReLU,
///         Dropout(percent = 50),
///         Dense(units = 10),
/// }
/// ```
///
/// The result is one ordinary type, a [`Chain`](crate::network::Chain) of the layers in [`layer`](crate::layer). The input's
/// shape is `[channels, height, width]`; `[1, 28, 28; f64]` computes in `f64`.
///
/// # Layers
/// | layer | hyper-parameters |
/// |---|---|
/// | [`Conv2D`](crate::layer::Conv2D) | `filters`, `kernel`, `stride = 1`, `padding = 0` |
/// | [`MaxPool2D`](crate::layer::MaxPool2D) | `window`, `stride = window`, `padding = 0` |
/// | [`Flatten`](crate::layer::Flatten) | |
/// | [`Dense`](crate::layer::Dense) | `units` |
/// | [`ReLU`](crate::layer::ReLU), [`Softmax`](crate::layer::Softmax) | |
/// | [`LeakyReLU`](crate::layer::LeakyReLU) | `negative_slope = 0.01` |
/// | [`PReLU`](crate::layer::PReLU) | `per_channel = false` |
/// | [`BatchNorm`](crate::layer::BatchNorm) | `eps = 1e-5`, `momentum = 0.1` |
/// | [`Dropout`](crate::layer::Dropout) | `percent = 50` |
///
/// Sizes along two axes (`kernel`, `window`, `stride`, `padding`) are one number for both or `[vertical, horizontal]`.
/// Constants work wherever literals do.
///
/// # Names
/// A parameter is called by its layer's position, `3.weight`, unless the layer has a name of your choice, as `fc` in
/// `[4, 7, 5] => Flatten, fc: Dense(units = 10)`: then it is `fc.weight`. See [`Named`](crate::layer::Named).
///
/// # Errors
/// A network that does not fit together does not compile. The error stands on the layer that does not fit, and counts
/// layers from 0, as parameter names do:
///
/// ```text
/// error[E0080]: evaluation panicked: layer 3: Conv2D kernel 13×13 does not fit its 8×12×12 input
///   |
/// 9 |     Conv2D(filters = 16, kernel = 13),
///   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ evaluation of `_` failed here
/// ```
///
/// # Your own layers
/// Any other name is a layer type of yours, in scope where the network is defined.
/// - **`Swish`**, without parentheses, keeps its input's shape and is the type `Swish<C, H, W, T>`.
/// - **`Upsample(factor = 2)`** is the type `Upsample<C, H, W, OC, OH, OW, 2, T>`: input shape, output shape, the
///   hyper-parameters as `usize` in the order written, and the scalar. The type tells the macro its output shape by two
///   associated items (`Upsample()` works for a type without hyper-parameters):
///
/// ```
/// # use shapeproof::{bytemuck::{self, Zeroable}, layer::Layer, scalar::Scalar, tensor::Tensor};
/// # use std::marker::PhantomData;
/// #[derive(Zeroable)]
/// # #[bytemuck(crate = "bytemuck")]
/// pub struct Upsample<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
///     const FACTOR: usize, T: Scalar>(PhantomData<T>);
///
/// impl<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
///     const FACTOR: usize, T: Scalar> Upsample<C, H, W, OC, OH, OW, FACTOR, T>
/// {
///     pub const HYPER_PARAMETERS: [&str; 1] = ["factor"];
///
///     pub const fn output([c, h, w]: [usize; 3]) -> Result<[usize; 3], &'static str> {
///         if FACTOR == 0 { Err("factor must be at least 1") } else { Ok([c, h * FACTOR, w * FACTOR]) }
///     }
/// }
/// # impl<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
/// #     const FACTOR: usize, T: Scalar> Layer for Upsample<C, H, W, OC, OH, OW, FACTOR, T> {
/// #     type Scalar = T; type Input = Tensor<C, H, W, T>; type Output = Tensor<OC, OH, OW, T>;
/// #     type Tape = (); type Workspace<const N: usize> = ();
/// #     const KIND: &'static str = "Upsample";
/// #     fn tape(_: usize) {}
/// #     fn infer<const N: usize>(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
/// #     fn forward(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
/// #     fn backward(&self, _: &[Self::Input], _: &mut (), _: &[Self::Output], _: Option<&mut [Self::Input]>, _: &mut Self) {}
/// # }
///
/// shapeproof::network! { type Net = [1, 7, 5] => Upsample(factor = 3), Flatten, Dense(units = 2) }
/// # fn is_layer<L: Layer>() {}
/// # is_layer::<Net>();
/// ```
///
/// # Limits
/// Each layer takes one level of macro recursion: networks of about 100 layers need `#![recursion_limit = "256"]`.
#[macro_export]
macro_rules! network {
    ($(#[$meta:meta])* $vis:vis type $name:ident = [$c:expr, $h:expr, $w:expr] => $($layers:tt)*) => {
        $crate::__network! { [$(#[$meta])*] [$vis] $name [$c, $h, $w] f32 [$($layers)*] [$($layers)*] }
    };
    ($(#[$meta:meta])* $vis:vis type $name:ident = [$c:expr, $h:expr, $w:expr; $scalar:ty] => $($layers:tt)*) => {
        $crate::__network! { [$(#[$meta])*] [$vis] $name [$c, $h, $w] $scalar [$($layers)*] [$($layers)*] }
    };
}

/// Writes the three items a network is: its plan (a constant of the same name, in the other namespace), the check, the type.
///
/// The layers come three times: once taken apart, twice as they were written, for [`__check!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __network {
    (
        [$($meta:tt)*] [$vis:vis] $name:ident $input:tt $scalar:ty
        [$($first:ident $(: $kind:ident)? $(($($key:ident = $value:expr),* $(,)?))?),+ $(,)?]
        $layers:tt
    ) => {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        $vis const $name: $crate::network::Plan<{ [$(::core::stringify!($first)),+].len() }> = {
            let plan = $crate::network::Plan::new($input);
            $(let plan = plan.then($crate::__step!(plan.shape(), $first $(: $kind)? $(($($key = $value),*))?));)+
            plan
        };

        #[allow(
            non_snake_case, non_upper_case_globals, path_statements, unused_assignments, unused_mut, unused_variables,
            clippy::unit_arg
        )]
        const _: () = { $crate::__check!($name, 0; $layers $layers); };

        $($meta)*
        $vis type $name = $crate::__chain!($name, 0, $scalar; $($first $(: $kind)? $(($($key = $value),*))?),+);
    };
}

/// Refuses the first layer that does not fit, at its place.
///
/// The layers come twice: once to be taken apart, once as whole expressions. The check calls those, each a call of a
/// `#[track_caller]` function of the layer's name with assignments as arguments, so that the error stands on exactly what
/// the user wrote: no other expression would be made of the user's tokens alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __check {
    ($name:ident, $at:expr; [] []) => {};
    (
        $name:ident, $at:expr;
        [$label:ident : $kind:ident $(($($key:ident = $value:expr),* $(,)?))? $(, $($rest:tt)*)?]
        [$again:ident : $layer:expr $(, $($more:tt)*)?]
    ) => {
        $crate::__check!(@ $name, $at; $kind $(($($key)*))?, $layer);
        $crate::__check!($name, $at + 1; [$($($rest)*)?] [$($($more)*)?]);
    };
    (
        $name:ident, $at:expr;
        [$kind:ident $(($($key:ident = $value:expr),* $(,)?))? $(, $($rest:tt)*)?]
        [$layer:expr $(, $($more:tt)*)?]
    ) => {
        $crate::__check!(@ $name, $at; $kind $(($($key)*))?, $layer);
        $crate::__check!($name, $at + 1; [$($($rest)*)?] [$($($more)*)?]);
    };
    (@ $name:ident, $at:expr; $kind:ident $(($($key:ident)*))?, $layer:expr) => {{
        $crate::__caller!($name $kind $(($($key)*))?);
        $($(let $key;)*)?
        if $name.is_flawed_at($at) {
            $layer;
            $name.refuse(); // for a layer without parentheses, whose name alone is no call
        }
    }};
}

/// A function (or, for a layer without parentheses, a constant) of the layer's name, whose call refuses the network.
#[doc(hidden)]
#[macro_export]
macro_rules! __caller {
    ($name:ident $kind:ident) => {
        const $kind: () = ();
    };
    ($name:ident $kind:ident ($($key:ident)*)) => {
        #[track_caller]
        const fn $kind($($key: ()),*) {
            $name.refuse()
        }
    };
}

/// The [`Step`](crate::network::Step) of one layer: by its specification, or by the functions of a type from outside.
#[doc(hidden)]
#[macro_export]
macro_rules! __step {
    ($input:expr, $label:ident : $($layer:tt)+) => {
        $crate::__step!($input, $($layer)+).called(::core::stringify!($label))
    };
    ($input:expr, ReLU $($rest:tt)*) => { $crate::__step!(@ $input, Same $($rest)*) };
    ($input:expr, Softmax $($rest:tt)*) => { $crate::__step!(@ $input, Same $($rest)*) };
    ($input:expr, Conv2D $($rest:tt)*) => { $crate::__step!(@ $input, Conv2D $($rest)*) };
    ($input:expr, MaxPool2D $($rest:tt)*) => { $crate::__step!(@ $input, MaxPool2D $($rest)*) };
    ($input:expr, Flatten $($rest:tt)*) => { $crate::__step!(@ $input, Flatten $($rest)*) };
    ($input:expr, Dense $($rest:tt)*) => { $crate::__step!(@ $input, Dense $($rest)*) };
    ($input:expr, LeakyReLU $($rest:tt)*) => { $crate::__step!(@ $input, LeakyReLU $($rest)*) };
    ($input:expr, PReLU $($rest:tt)*) => { $crate::__step!(@ $input, PReLU $($rest)*) };
    ($input:expr, BatchNorm $($rest:tt)*) => { $crate::__step!(@ $input, BatchNorm $($rest)*) };
    ($input:expr, Dropout $($rest:tt)*) => { $crate::__step!(@ $input, Dropout $($rest)*) };
    (@ $input:expr, $spec:ident $(($($key:ident = $value:expr),*))?) => {
        $crate::network::spec::$spec::NEW
            $($(.$key($crate::network::spec::Written($value).value()))*)?
            .step($input)
    };
    ($input:expr, $kind:ident) => { $crate::network::spec::Same::NEW.step($input) };
    ($input:expr, $kind:ident ($($key:ident = $value:expr),*)) => {{
        let input = $input;
        // So that the compiler can suggest a layer of this crate where a name is misspelt.
        #[allow(unused_imports)]
        use $crate::layer::kinds::*;
        $crate::network::Step::custom(
            input,
            ::core::stringify!($kind),
            &[$(::core::stringify!($key)),*],
            &$kind::<0, 0, 0, 0, 0, 0, $({ $value },)* f32>::HYPER_PARAMETERS,
            $kind::<0, 0, 0, 0, 0, 0, $({ $value },)* f32>::output([input.channels, input.height, input.width]),
        )
    }};
}

/// The type: the first layer's, chained to that of the rest.
#[doc(hidden)]
#[macro_export]
macro_rules! __chain {
    (
        $name:ident, $at:expr, $scalar:ty;
        $first:ident $(: $kind:ident)? $(($($key:ident = $value:expr),*))?
    ) => {
        $crate::__layer!($name.steps[$at], $scalar, $first $(: $kind)? $(($($value),*))?)
    };
    (
        $name:ident, $at:expr, $scalar:ty;
        $first:ident $(: $kind:ident)? $(($($key:ident = $value:expr),*))?, $($rest:tt)+
    ) => {
        $crate::network::Chain<
            $crate::__layer!($name.steps[$at], $scalar, $first $(: $kind)? $(($($value),*))?),
            $crate::__chain!($name, $at + 1, $scalar; $($rest)+)
        >
    };
}

/// The type of one layer, from its step `$s`. The one place that knows the order of their parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! __layer {
    ($s:expr, $t:ty, $label:ident : $($layer:tt)+) => {
        $crate::layer::Named<{ $s.name_number() }, $crate::__layer!($s, $t, $($layer)+)>
    };
    ($s:expr, $t:ty, Conv2D $($any:tt)*) => {
        $crate::layer::Conv2D<
            { $s.input.channels }, { $s.input.height }, { $s.input.width },
            { $s.output.channels }, { $s.output.height }, { $s.output.width },
            { $s.window.kernel[0] }, { $s.window.kernel[1] }, { $s.window.stride[0] }, { $s.window.stride[1] },
            { $s.window.padding[0] }, { $s.window.padding[1] }, $t
        >
    };
    ($s:expr, $t:ty, MaxPool2D $($any:tt)*) => {
        $crate::layer::MaxPool2D<
            { $s.input.channels }, { $s.input.height }, { $s.input.width }, { $s.output.height }, { $s.output.width },
            { $s.window.kernel[0] }, { $s.window.kernel[1] }, { $s.window.stride[0] }, { $s.window.stride[1] },
            { $s.window.padding[0] }, { $s.window.padding[1] }, $t
        >
    };
    ($s:expr, $t:ty, Flatten $($any:tt)*) => {
        $crate::layer::Flatten<
            { $s.input.channels }, { $s.input.height }, { $s.input.width }, { $s.output.channels }, $t
        >
    };
    ($s:expr, $t:ty, Dense $($any:tt)*) => {
        $crate::layer::Dense<{ $s.input.channels }, { $s.output.channels }, $t>
    };
    ($s:expr, $t:ty, ReLU $($any:tt)*) => { $crate::__same!([$crate::layer::ReLU] $s, $t,) };
    ($s:expr, $t:ty, Softmax $($any:tt)*) => { $crate::__same!([$crate::layer::Softmax] $s, $t,) };
    ($s:expr, $t:ty, LeakyReLU $($any:tt)*) => {
        $crate::__same!([$crate::layer::LeakyReLU] $s, $t, { $s.reals[0].to_bits() },)
    };
    ($s:expr, $t:ty, PReLU $($any:tt)*) => { $crate::__same!([$crate::layer::PReLU] $s, $t, { $s.count },) };
    ($s:expr, $t:ty, BatchNorm $($any:tt)*) => {
        $crate::__same!([$crate::layer::BatchNorm] $s, $t, { $s.reals[0].to_bits() }, { $s.reals[1].to_bits() },)
    };
    ($s:expr, $t:ty, Dropout $($any:tt)*) => { $crate::__same!([$crate::layer::Dropout] $s, $t, { $s.count },) };
    ($s:expr, $t:ty, $kind:ident) => { $crate::__same!([$kind] $s, $t,) };
    ($s:expr, $t:ty, $kind:ident ($($value:expr),*)) => {
        $crate::__same!(
            [$kind] $s, $t,
            { $s.output.channels }, { $s.output.height }, { $s.output.width }, $({ $value },)*
        )
    };
}

/// A type that begins with its input's shape and ends with the scalar.
#[doc(hidden)]
#[macro_export]
macro_rules! __same {
    ([$($kind:tt)+] $s:expr, $t:ty, $($argument:tt,)*) => {
        $($kind)+<{ $s.input.channels }, { $s.input.height }, { $s.input.width }, $($argument,)* $t>
    };
}
