//! What stands before the layers.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

const SIDE: i32 = 28;

mod struct_ {
    shapeproof::network! {
        struct Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pub_struct {
    shapeproof::network! {
        pub struct Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_type {
    shapeproof::network! {
        Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_name {
    shapeproof::network! {
        type = [1, 28, 28] => Flatten, Dense(units = 10)
    }
    program!(Net);
}

mod no_equals {
    shapeproof::network! {
        type Net [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod colon {
    shapeproof::network! {
        type Net: [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod thin_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28] ->
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod comma_for_an_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28],
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod equals_for_an_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28] =
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod nothing_for_an_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28]
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod two_axes {
    shapeproof::network! {
        type Net = [28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod one_axis {
    shapeproof::network! {
        type Net = [784] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod four_axes {
    shapeproof::network! {
        type Net = [64, 1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_axes {
    shapeproof::network! {
        type Net = [] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod parentheses {
    shapeproof::network! {
        type Net = (1, 28, 28) =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_brackets {
    shapeproof::network! {
        type Net = 1, 28, 28 =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod crosses {
    shapeproof::network! {
        type Net = 1 x 28 x 28 =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod scalar_after_a_comma {
    shapeproof::network! {
        type Net = [1, 28, 28, f64] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_scalar {
    shapeproof::network! {
        type Net = [1, 28, 28;] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unknown_scalar {
    shapeproof::network! {
        type Net = [1, 28, 28; f16] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod scalar_of_whole_numbers {
    shapeproof::network! {
        type Net = [1, 28, 28; u8] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod string_axis {
    shapeproof::network! {
        type Net = [1, "28", 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod real_axis {
    shapeproof::network! {
        type Net = [1, 28.0, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod negative_axis {
    shapeproof::network! {
        type Net = [1, -28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod zero_axis {
    shapeproof::network! {
        type Net = [1, 0, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod axis_of_i32 {
    shapeproof::network! {
        type Net = [1, 28, super::SIDE] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod undeclared_axis {
    shapeproof::network! {
        type Net = [1, 28, SIZE] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod missing_axis {
    shapeproof::network! {
        type Net = [1, , 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod named_axes {
    shapeproof::network! {
        type Net = [c = 1, h = 28, w = 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod axis_left_open {
    shapeproof::network! {
        type Net = [_, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod const_parameter {
    shapeproof::network! {
        type Net<const F: usize> = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod two_parameters {
    shapeproof::network! {
        type Net<T, U> = [1, 28, 28; T] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod lifetime {
    shapeproof::network! {
        type Net<'a> = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod bound {
    shapeproof::network! {
        type Net<T: Scalar> = [1, 28, 28; T] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unused_parameter {
    shapeproof::network! {
        type Net<T> = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net<f32>);
}

mod no_layers {
    shapeproof::network! { type Net = [1, 28, 28] => }
    program!(Net);
}

mod no_arrow_and_no_layers {
    shapeproof::network! { type Net = [1, 28, 28] }
    program!(Net);
}

mod no_input {
    shapeproof::network! { type Net => Flatten, Dense(units = 10) }
    program!(Net);
}

mod no_input_but_equals {
    shapeproof::network! { type Net = Flatten, Dense(units = 10) }
    program!(Net);
}

mod nothing {
    shapeproof::network! {}
    program!(Net);
}

mod two_networks {
    shapeproof::network! {
        type Net = [1, 28, 28] => Flatten, Dense(units = 10);
        type Other = [1, 28, 28] => Flatten, Dense(units = 10);
    }
    program!(Net);
}

mod quoted {
    shapeproof::network! { type "Net" = [1, 28, 28] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod one_name_for_two {
    shapeproof::network! { type Net = [1, 28, 28] => Flatten, Dense(units = 10) }
    program!(Net);

    shapeproof::network! { type Net = [1, 28, 28] => Flatten, ReLU, Dense(units = 10) }
}

mod reserved_name {
    shapeproof::network! { type fn = [1, 28, 28] => Flatten, Dense(units = 10) }
}

mod itself_for_a_name {
    shapeproof::network! { type Self = [1, 28, 28] => Flatten, Dense(units = 10) }
}

mod underscore_for_a_name {
    shapeproof::network! { type _ = [1, 28, 28] => Flatten, Dense(units = 10) }
}

mod dash_in_the_name {
    shapeproof::network! { type My-Net = [1, 28, 28] => Flatten, Dense(units = 10) }
}

mod bound_on_the_name {
    shapeproof::network! { type Net where T: Copy = [1, 28, 28] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod two_scalars {
    shapeproof::network! { type Net = [1, 28, 28; f32, f64] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod two_scalars_without_a_comma {
    shapeproof::network! { type Net = [1, 28, 28; f32 f64] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod scalar_of_another_language {
    shapeproof::network! { type Net = [1, 28, 28; float32] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod scalar_in_capitals {
    shapeproof::network! { type Net = [1, 28, 28; F32] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod scalar_in_quotes {
    shapeproof::network! { type Net = [1, 28, 28; "f32"] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod scalar_by_reference {
    shapeproof::network! { type Net = [1, 28, 28; &f32] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod flag_for_a_scalar {
    shapeproof::network! { type Net = [1, 28, 28; bool] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod axes_without_commas {
    shapeproof::network! { type Net = [1 28 28] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod axes_with_semicolons {
    shapeproof::network! { type Net = [1; 28; 28] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod axes_in_parentheses_in_brackets {
    shapeproof::network! { type Net = [(1, 28, 28)] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod axes_with_a_comma_too_many {
    shapeproof::network! { type Net = [1,, 28, 28] => Flatten, Dense(units = 10) }
    program!(Net);
}

mod called_like_a_function {
    shapeproof::network! { type Net = [1, 28, 28] => Flatten, Dense(units = 10) }

    pub fn main() {
        let _net = Net();
    }
}

fn main() {}
