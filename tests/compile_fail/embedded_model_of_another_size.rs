// A file of 12 bytes of numbers, for `Dense(units = 1)`.
use shapeproof::io::Embedded;

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 10) }

static MODEL: Embedded<Net> = Embedded::new(b"\x02\0\0\0\0\0\0\0{}123456789012");

fn main() {}
