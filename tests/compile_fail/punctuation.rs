//! Commas, colons and arrows.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod colon {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters: 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod nothing_between {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod double_equals {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters == 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod arrow_in_an_argument {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters => 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_comma_between_hyper_parameters {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8 kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod semicolon_between_hyper_parameters {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8; kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod two_commas_between_hyper_parameters {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8,, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod comma_first {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(, filters = 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_value {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = , kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_value_at_the_end {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel =),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_name {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(= 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_comma_between_layers {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3)
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_comma_after_a_word {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_comma_before_a_name {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU
            fc: Flatten, Dense(units = 10),
    }
    program!(Net);
}

mod semicolon {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU;
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod semicolon_at_the_end {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10);
    }
    program!(Net);
}

mod thin_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU ->
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod fat_arrow {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU =>
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pipe {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU |
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod plus {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU +
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod full_stop {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU.
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod two_commas {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU,,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod comma_before_the_first_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            , ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod generic {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D<8, 3>,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod turbofish {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D::<8, 3>,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod generic_and_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D<8>(kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod macro_call {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D!(filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod constructor {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D::new(filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod braces {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D { filters: 8, kernel: 3 },
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod brackets {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D[filters = 8, kernel = 3],
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod twice_in_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8)(kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod number_as_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            10,
    }
    program!(Net);
}

mod list {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            [Flatten, Dense(units = 10)],
    }
    program!(Net);
}

mod times {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU * 3,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod another_network_after_a_comma {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
            type Other = [1, 28, 28] => Flatten
    }
    program!(Net);
}

mod another_network_after_nothing {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10)
            type Other = [1, 28, 28] => Flatten
    }
    program!(Net);
}

mod bound_at_the_end {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10) where T: Copy
    }
    program!(Net);
}

mod name_without_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
            fc:
    }
    program!(Net);
}

mod doc_comment_on_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            /// A vector.
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod attribute_on_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            #[cfg(test)]
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod percent {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dropout(percent = 50%),
            Dense(units = 10),
    }
    program!(Net);
}

mod operator_at_the_end {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10 *),
    }
    program!(Net);
}

mod dot_before_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            nn.Dense(units = 10),
    }
    program!(Net);
}

mod dot_after_a_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense.new(units = 10),
    }
    program!(Net);
}

fn main() {}
