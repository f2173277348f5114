//! The type that `network!` writes, from the plan and the layers' names. How the macro reads them is in `macros.rs`.

/// The type of a level: the first layer's, chained to that of the rest. `$at` is the first layer's place in the plan.
#[doc(hidden)]
#[macro_export]
macro_rules! __chain {
    ($name:ident, $at:expr, $scalar:ty; $first:ident $(: $kind:ident)? $(($($argument:tt)*))? $(,)?) => {
        $crate::__block!($name, $at, $scalar, $first $(: $kind)? $(($($argument)*))?)
    };
    ($name:ident, $at:expr, $scalar:ty; $first:ident $(: $kind:ident)? $(($($argument:tt)*))?, $($rest:tt)+) => {
        $crate::network::Chain<
            $crate::__block!($name, $at, $scalar, $first $(: $kind)? $(($($argument)*))?),
            $crate::__chain!($name, $at + 1, $scalar; $($rest)+)
        >
    };
}

/// The type of a block, or else of a layer, with its name.
#[doc(hidden)]
#[macro_export]
macro_rules! __block {
    ([$name:ident $at:expr, $scalar:ty]) => { () };
    ([$name:ident $at:expr, $scalar:ty] [$($body:tt)+] $([$($shortcut:tt)+])?) => {
        $crate::layer::Residual<
            $crate::__chain!($name, $name.steps[$at].body, $scalar; $($body)+)
            $(, $crate::__chain!($name, $name.steps[$at].shortcut, $scalar; $($shortcut)+))?
        >
    };
    ($name:ident, $at:expr, $scalar:ty, $label:ident : $($layer:tt)+) => {
        $crate::layer::Named<
            { $name.steps[$at].name_number() },
            $crate::__block!($name, $at, $scalar, $($layer)+)
        >
    };
    ($name:ident, $at:expr, $scalar:ty, Residual ($($inner:tt)+)) => {
        $crate::__branches!(__block [$name $at, $scalar] [] $($inner)+)
    };
    ($name:ident, $at:expr, $scalar:ty, $($layer:tt)+) => {
        $crate::__layer!($name.steps[$at], $scalar, $($layer)+)
    };
}

/// The type of one layer, from its step `$s`. The one place that knows the order of their parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! __layer {
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
    ($s:expr, $t:ty, AvgPool2D $($any:tt)*) => {
        $crate::layer::AvgPool2D<
            { $s.input.channels }, { $s.input.height }, { $s.input.width }, { $s.output.height }, { $s.output.width },
            { $s.window.kernel[0] }, { $s.window.kernel[1] }, { $s.window.stride[0] }, { $s.window.stride[1] },
            { $s.window.padding[0] }, { $s.window.padding[1] }, $t
        >
    };
    ($s:expr, $t:ty, Residual $($any:tt)*) => { () }; // which the plan has refused
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
    ($s:expr, $t:ty, $kind:ident ($($key:ident = $value:expr),* $(,)?)) => {
        $crate::__same!(
            [$kind] $s, $t,
            { $s.output.channels }, { $s.output.height }, { $s.output.width }, $({ $value },)*
        )
    };
    ($s:expr, $t:ty, $($unreadable:tt)*) => { () }; // which the plan has said
}

/// A type that begins with its input's shape and ends with the scalar.
#[doc(hidden)]
#[macro_export]
macro_rules! __same {
    ([$($kind:tt)+] $s:expr, $t:ty, $($argument:tt,)*) => {
        $($kind)+<{ $s.input.channels }, { $s.input.height }, { $s.input.width }, $($argument,)* $t>
    };
}
