//! Layers that do not fit.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod dense_before_flatten {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3),
            Dense(units = 10),
    }
    program!(Net);
}

mod kernel {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 29),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod kernel_after_others {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPool2D(window = 2),
            ReLU,
            Conv2D(filters = 8, kernel = [3, 15]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod pool {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPool2D(window = 30),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod conv_after_flatten {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Conv2D(filters = 8, kernel = 3),
            Dense(units = 10),
    }
    program!(Net);
}

mod padding_of_a_pool {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPool2D(window = 2, padding = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod stride {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 3, stride = 0),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod dropout {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Dropout(percent = 100),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod eps {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            BatchNorm(eps = 0.0),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod momentum {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            BatchNorm(momentum = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod in_a_block {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(Conv2D(filters = 1, kernel = 30), ReLU),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod two_mistakes {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 8, kernel = 29),
            MaxPool2D(window = 40),
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
