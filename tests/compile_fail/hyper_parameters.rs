//! Hyper-parameters that are misspelt, missing or too many.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod misspelt {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filter = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod misspelt_more {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, pading = 2),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod of_keras {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel_size = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod of_pytorch {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(out_channels = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unknown {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, color = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod missing {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod missing_all {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense,
    }
    program!(Net);
}

mod given_twice {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, filters = 8),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod where_there_are_none {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU(slope = 0.1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_a_name {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(8, 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_a_name_at_the_end {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_a_name_where_there_are_none {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            ReLU(0.1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_block {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 1, kernel = 3, paddng = 1), ReLU),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_shortcut {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1),
                shortcut = (norm: BatchNorm(epsilon = 1e-3), Conv2D(filters = 8, kernel = 1)),
            ),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod raw {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(r#type = 10),
    }
    program!(Net);
}

mod in_a_generic_network {
    shapeproof::network! {
        type Net<T> = [1, 28, 28; T] =>
            Conv2D(filters = 8, kernel = 3, pading = 1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net<f32>);
}

mod colon_in_a_generic_network {
    shapeproof::network! {
        type Net<T> = [1, 28, 28; T] =>
            Conv2D(filters: 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net<f32>);
}

mod with_let {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(let filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod with_quotes {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D("filters" = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod with_a_dash {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPool2D(window = 2, pad-ding = 1),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod with_an_attribute {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(#[cfg(test)] filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod colon_and_equals {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters := 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod plus_and_equals {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters += 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod without_a_name_where_none_is_needed {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            BatchNorm(32),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
