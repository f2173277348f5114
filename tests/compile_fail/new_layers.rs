//! Upsampling, unflattening, normalization, maxout, and the axes of a softmax.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod groups {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 6, kernel = 3),
            GroupNorm(groups = 4),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod groups_of_one_number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            GlobalAvgPool2D,
            LayerNorm,
            Dense(units = 10),
    }
    program!(Net);
}

mod pieces {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 25),
            Maxout(pieces = 2),
            Dense(units = 10),
    }
    program!(Net);
}

mod unflatten {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Unflatten(channels = 4, height = 14, width = 13),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod unflatten_of_an_image {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Unflatten(channels = 4, height = 14, width = 14),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod upsample {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Upsample(scale = [2, 0]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod axis {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Softmax(axis = 0),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod axes {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            LogSoftmax(axis = [3, 2]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod axis_of_a_vector {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10),
            Softmax(axis = 2),
    }
    program!(Net);
}

fn main() {}
