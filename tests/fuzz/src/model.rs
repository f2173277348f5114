//! Any bytes loaded as a model: refused, or a network of finite numbers that is unchanged after writing and reading.

use shapeproof::Error;
use shapeproof::io::{self, Card, Checks};
use shapeproof::layer::Module;
use shapeproof::network::Network;

use super::bytes::signed;

shapeproof::network! {
    pub type Net = [1, 4, 3] =>
        conv: Conv2D(filters = 2, kernel = 2),
        BatchNorm,
        PReLU,
        Residual(Conv2D(filters = 2, kernel = 3, padding = 1), ReLU),
        Flatten,
        Dense(units = 3),
}

/// The longest text an error may have, whatever the file.
pub const MESSAGE: usize = 16 * 1024;

pub fn fuzz(bytes: &[u8]) {
    load(bytes, Checks::default());
    if let Some(signed) = signed(bytes) {
        load(&signed, Checks::default());
    }
    load(bytes, Checks { checksum: false, golden: false, ..Checks::default() });
}

fn load(bytes: &[u8], checks: Checks) {
    let mut network = Net::zeros();
    match io::from_bytes_with(bytes, &mut *network, checks) {
        Ok(card) => {
            assert!(numbers(&*network).iter().all(|bits| f32::from_bits(*bits).is_finite()));
            comes_back(&*network, &card);
        }
        Err(error) => {
            assert!(error.to_string().len() <= MESSAGE, "an error of {} bytes", error.to_string().len());
            assert!(numbers(&*network).iter().all(|&bits| bits == 0), "the network was touched");
        }
    }
}

/// Checks that a network is unchanged after writing and reading, unless its outputs overflow.
pub fn comes_back<N: Module<Scalar = f32>>(network: &N, card: &Card) {
    let bytes = match io::to_bytes(network, card) {
        Ok(bytes) => bytes,
        Err(Error::Model { mismatches, .. }) if mismatches.iter().all(|one| one.expected == "finite outputs") => return,
        Err(error) => panic!("{error}"),
    };
    let mut again = N::zeros();
    let card_again = io::from_bytes(&bytes, &mut *again).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((numbers(network), card), (numbers(&*again), &card_again));
}

pub fn numbers<N: Module<Scalar = f32>>(network: &N) -> Vec<u32> {
    let mut all = Vec::new();
    N::visit([network], [], &mut |_, [numbers], []| all.extend(numbers.iter().map(|x| x.to_bits())));
    all
}
