//! Blocks of layers.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod bare {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod empty {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod hyper_parameters {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod braces {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual { ReLU },
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_first {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(shortcut = (ReLU), Conv2D(filters = 1, kernel = 3, padding = 1)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_alone {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(shortcut = (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_twice {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = (ReLU), shortcut = (ReLU)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_in_the_middle {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = (ReLU), BatchNorm),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_without_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = BatchNorm),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_in_brackets {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = [BatchNorm]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_with_a_colon {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut: (BatchNorm)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_empty {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, shortcut = ()),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_misspelt {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, short_cut = (BatchNorm)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unknown_keyword {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU, skip = (BatchNorm)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod body_in_parentheses {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual((ReLU, BatchNorm)),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod changes_the_shape {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod branches_of_two_shapes {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(
                Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), ReLU,
                shortcut = (Conv2D(filters = 8, kernel = 1), BatchNorm),
            ),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_comma_inside {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU BatchNorm),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod arrow_inside {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU -> BatchNorm),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod shortcut_outside {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(ReLU),
            shortcut = (ReLU),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
