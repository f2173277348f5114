//! The check that `network!` writes: an error on the layer that does not fit. How the macro reads layers is in `macros.rs`.

/// Stops the compiler at the layer that does not fit. `$at` is the place in the plan of the first layer that is left.
///
/// The layers come twice: once taken apart, once as the user wrote them. The check calls those, each a call of a
/// `#[track_caller]` function of the layer's name with assignments as arguments, so that the error stands on exactly what
/// the user wrote: no other expression would be made of the user's tokens alone. A block cannot be called so, with all the
/// calls inside it; the plan points at a layer inside.
#[doc(hidden)]
#[macro_export]
macro_rules! __check {
    // The branches of a block.
    ([$name:ident $at:expr, $inner:tt]) => { $crate::__check!(@ $name, $at); };
    ([$name:ident $at:expr, $inner:tt] [$($body:tt)+] $([$($shortcut:tt)+])?) => {
        $crate::__check!($name, $name.steps[$at].body; [$($body)+] $inner);
        $($crate::__check!($name, $name.steps[$at].shortcut; [$($shortcut)+] [$($shortcut)+]);)?
        $crate::__check!(@ $name, $at);
    };
    (@ $name:ident, $at:expr) => {
        if $name.is_flawed_at($at) {
            $name.refuse(); // for a block in which there is no layer to point at
        }
    };
    // A layer.
    (@ $name:ident, $at:expr, $layer:expr; $kind:ident $(($($key:ident = $value:expr),* $(,)?))?) => {
        $crate::__caller!($name $kind $(($($key)*))?);
        $($(let $key;)*)?
        if $name.is_flawed_at($at) {
            $layer;
            $name.refuse(); // for a layer without parentheses, whose name alone is no call
        }
    };
    (@ $($unreadable:tt)*) => {}; // which the plan has said
    // A level. Behind the layers of a body the user may have written `shortcut = (…)`.
    ($name:ident, $at:expr; [] [$($left:tt)*]) => {};
    ($name:ident, $at:expr; [$label:ident : $($layers:tt)+] [$again:ident : $($written:tt)+]) => {
        $crate::__check!($name, $at; [$($layers)+] [$($written)+]);
    };
    (
        $name:ident, $at:expr;
        [Residual ($($inner:tt)+) $(, $($layers:tt)*)?]
        [Residual $again:tt $(, $($written:tt)*)?]
    ) => {
        $crate::__branches! { __check [$name $at, [$($inner)+]] [] $($inner)+ }
        $crate::__check!($name, $at + 1; [$($($layers)*)?] [$($($written)*)?]);
    };
    (
        $name:ident, $at:expr;
        [$kind:ident $(($($argument:tt)*))? $(, $($layers:tt)*)?]
        [$layer:expr $(, $($written:tt)*)?]
    ) => {
        { $crate::__check!(@ $name, $at, $layer; $kind $(($($argument)*))?); }
        $crate::__check!($name, $at + 1; [$($($layers)*)?] [$($($written)*)?]);
    };
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
