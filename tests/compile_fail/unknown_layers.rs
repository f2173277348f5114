//! Layers that there are not.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod nearly {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3),
            RelU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod lower_case {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3),
            relu,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pytorch_convolution {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2d(filters = 8, kernel = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pytorch_dense {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Linear(units = 10),
    }
    program!(Net);
}

mod keras_pooling {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPooling2D(window = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod far {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Transformer(heads = 8),
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_block {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 1, kernel = 3, padding = 1), BatchNorm2d),
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
                shortcut = (Convolution(filters = 8, kernel = 1)),
            ),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_module {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            layers::Dense(units = 10),
    }
    program!(Net);
}

mod named {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc: Linear(units = 10),
    }
    program!(Net);
}

mod itself {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Self,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod condition {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            if true { ReLU },
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod repetition {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            for _ in 0..3 { ReLU },
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
