//! Concatenations, gates, and networks in the place of layers.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod heights_differ {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat(
                (Conv2D(filters = 4, kernel = 3, padding = 1), ReLU),
                (Conv2D(filters = 4, kernel = 3), ReLU),
            ),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod differs_from_the_input {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat(Identity, (Conv2D(filters = 4, kernel = 3), ReLU)),
            GlobalAvgPool2D,
            Dense(units = 10),
    }
    program!(Net);
}

mod differs_although_unchanged {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat((MaxPool2D(window = 2)), (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod inside_a_branch {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat(Identity, (ReLU, Conv2D(filters = 4, kernel = 30))),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod one_branch {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat((ReLU, Conv2D(filters = 4, kernel = 3))),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod branches_without_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat(ReLU, Conv2D(filters = 4, kernel = 3)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod an_empty_branch {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat((), (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod identity_in_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat((Identity), (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod bare_concat {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_named_branch {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Concat(left: (ReLU), right: (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod bare_gate {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Gate,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod too_few_factors {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3),
            Gate(GlobalAvgPool2D, Dense(units = 4), Sigmoid),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod inside_a_gate {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Gate(ReLU, Dense(units = 1)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod another_input {
    shapeproof::network! { type Block = [8, 28, 28] => Conv2D(filters = 8, kernel = 3), ReLU }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3),
            Block,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod another_input_in_a_block {
    shapeproof::network! { type Block = [8, 28, 28] => Conv2D(filters = 8, kernel = 3), ReLU }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 1, kernel = 1), stage: Block),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod another_input_of_one_layer {
    shapeproof::network! { type Block = [4, 1, 1] => Dense(units = 3) }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Block,
            Dense(units = 10),
    }
    program!(Net);
}

mod hyper_parameters_of_a_network {
    shapeproof::network! { type Block = [1, 28, 28] => ReLU, Flatten }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Block(units = 3),
            Dense(units = 10),
    }
    program!(Net);
}

mod another_scalar {
    shapeproof::network! { type Block = [1, 28, 28; f64] => ReLU, Flatten }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Block,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_network_of_one_scalar_in_a_generic_one {
    shapeproof::network! { type Block = [1, 28, 28] => ReLU, Flatten }
    shapeproof::network! {
        type Net<T> = [1, 28, 28; T] =>
            Block,
            Dense(units = 10),
    }
    program!(Net<f32>);
}

mod a_network_with_a_mistake_of_its_own {
    shapeproof::network! { type Block = [1, 28, 28] => Conv2D(filters = 8, kernel = 30), Flatten, Dense(units = 20) }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Block,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_network_with_an_unknown_output {
    shapeproof::network! { type Block = [1, 28, 28] => Conv2D(filters = 8, kernel = 30), Flatten }
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Block,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_layer_with_a_scalar {
    shapeproof::network! {
        type Net<T> = [1, 28, 28; T] =>
            Flatten<T>,
            Dense(units = 10),
    }
    program!(Net<f32>);
}

fn main() {}
