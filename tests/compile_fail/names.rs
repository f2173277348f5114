//! Names of layers.

#[macro_use]
#[path = "shared/program.rs"]
mod program;

mod twice {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            fc: Flatten,
            fc: Dense(units = 10),
    }
    program!(Net);
}

mod twice_in_a_block {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Residual(a: ReLU, a: BatchNorm),
            Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod too_long {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            the_one_that_gives_the_logits: Dense(units = 10),
    }
    program!(Net);
}

mod equals {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc = Dense(units = 10),
    }
    program!(Net);
}

mod nothing_between {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc Dense(units = 10),
    }
    program!(Net);
}

mod quoted {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            "fc": Dense(units = 10),
    }
    program!(Net);
}

mod number {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            1: Dense(units = 10),
    }
    program!(Net);
}

mod two_names {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc: out: Dense(units = 10),
    }
    program!(Net);
}

mod behind {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10): fc,
    }
    program!(Net);
}

mod as_ {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            Dense(units = 10) as fc,
    }
    program!(Net);
}

mod no_layer {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc: ,
            Dense(units = 10),
    }
    program!(Net);
}

mod let_ {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            let fc = Dense(units = 10),
    }
    program!(Net);
}

mod dashed {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            fc-1: Dense(units = 10),
    }
    program!(Net);
}

mod capital {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            FC Dense(units = 10),
    }
    program!(Net);
}

mod raw {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            Flatten,
            r#type: Dense(units = 10),
    }
    program!(Net);
}

mod reserved {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            fn: Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod underscore {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            _: Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

mod itself {
    shapeproof::network! {
        type Net = [1, 28, 28] =>
            self: Flatten,
            Dense(units = 10),
    }
    program!(Net);
}

fn main() {}
