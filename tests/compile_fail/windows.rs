//! Windows that cannot move over their image as they are written.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

const SAME: &str = "same";

mod another_word {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = "valid"),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_constant_word {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = super::SAME),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod same_for_a_stride {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, stride = "same"),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod three_sides {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = [1, 1, 1]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_list_in_a_list {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = [[1, 2], 1]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod lists_of_three {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = [[1, 2, 3], [1, 2, 3]]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_side_below_zero {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, padding = [[0, -1], [0, 0]]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod sides_of_a_kernel {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = [[1, 2], [1, 2]]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod groups_of_channels {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, groups = 2),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_groups {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 9, kernel = 3, groups = 0),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod groups_of_filters {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, groups = 3),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod dilated_too_far {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, dilation = [14, 2]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod no_dilation {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, dilation = 0),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod bias_as_a_number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 3, bias = 0),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod one_side_does_not_fit {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            Conv2D(filters = 8, kernel = 31, padding = [[0, 2], [1, 1]]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod dilation_of_an_average {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            AvgPool2D(window = 2, dilation = 2),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod padding_beyond_half {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            MaxPool2D(window = 2, padding = [[0, 2], [0, 0]]),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod padding_beyond_half_with_gaps {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            MaxPool2D(window = 2, padding = 3, dilation = 4),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod an_average_of_padding {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            AvgPool2D(window = 2, count_pad = false),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod ceil_as_a_number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            MaxPool2D(window = 2, ceil = 1),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod rounded_up_too_far {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 1),
            MaxPool2D(window = 31, stride = 3, ceil = true),
            ReLU,
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod only_padding {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            AvgPool2D(window = [28, 1]),
            MaxPool2D(window = [2, 1], stride = 1, padding = [2, 0], dilation = [4, 1]),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_kernel_longer_than_the_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            AvgPool2D(window = [28, 1]),
            Conv1D(filters = 8, kernel = 29),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod groups_of_a_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            AvgPool2D(window = [28, 1]),
            Conv1D(filters = 8, kernel = 3, groups = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_window_longer_than_the_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            AvgPool2D(window = [28, 1]),
            MaxPool1D(window = 15, dilation = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod padding_beyond_half_of_a_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            AvgPool2D(window = [28, 1]),
            AvgPool1D(window = 3, padding = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod an_image_is_no_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Conv1D(filters = 8, kernel = 3),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod a_pooling_of_a_series {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            MaxPool1D(window = 2),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
