//! A user's own layers: the same words as for the crate's.

#[macro_use]
#[path = "shared/program.rs"]
mod program;
#[path = "shared/own.rs"]
mod own;

mod nearly {
    #[allow(unused_imports)]
    use super::own::Magnify;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnfiy(factor = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod not_in_scope {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod misspelt {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factr = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unknown {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 2, mode = 1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod missing {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(gain = 2.0),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_parentheses {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_a_name {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod string {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = "2"),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod three_numbers {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = [2, 2, 2]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod number_for_a_flag {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 2, smooth = 1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod flag_for_a_real {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 2, gain = true),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod refused {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = [2, 0]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod refused_real {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 2, gain = -0.5),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod refused_at_the_end {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
            Magnify(factor = 0),
    }
    program!(Net);
}

mod too_large {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Magnify(factor = 1 << 20),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_block {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, Magnify(factor = 1, smoth = true)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_shortcut {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = (up: Magnify(factor = 0))),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod changes_the_shape_of_a_block {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, Magnify(factor = 2)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Undeclared,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared_with_hyper_parameters {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Undeclared(size = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared_without_defaults {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Bare,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared_in_a_block {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, Undeclared),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_layer_of_these_shapes {
    use super::own::*;

    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Sort,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_trait {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Send,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_type_that_is_no_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            String,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
