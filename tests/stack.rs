//! No large tensor is moved through the stack, in debug builds either.

use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, Model};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Settings, Trainer};

shapeproof::network! {
    /// 9 MB of parameters, and a megabyte of activations for each sample.
    type Large = [3, 64, 64] =>
        Conv2D(filters = 16, kernel = 3, padding = 1),
        BatchNorm,
        PReLU(per_channel = true),
        MaxPool2D(window = 2),
        Dropout(percent = 10),
        Residual(Conv2D(filters = 16, kernel = 3, padding = 1), shortcut = (Conv2D(filters = 16, kernel = 1))),
        Flatten,
        Dense(units = 128),
        ReLU,
        Dense(units = 10),
        Softmax,
}

#[test]
fn a_network_of_megabytes_lives_on_a_stack_of_256_kib() {
    assert!(size_of::<Large>() > 8 << 20, "{}", size_of::<Large>());
    let work = || {
        let inputs = zeros::<Tensor<3, 64, 64>>(3);
        let data = Pairs::new(&inputs, &[1, 2, 3]);
        let settings = Settings { batch_size: 3, threads: Some(1), ..Settings::default() };
        let optimizer = SGD::new(0.1).nesterov(0.9);
        let mut trainer = Trainer::with_any_ending(Large::new(1), CrossEntropy::new(), optimizer, settings).unwrap();
        assert!(trainer.step(&data, &[0, 1, 2]).loss().is_finite());
        assert_eq!(trainer.evaluate(&data).samples, 3);

        let mut network = trainer.into_network();
        network.copy_from(&Large::zeros());
        let mut output = zeros::<<Large as Module>::Output>(1);
        network.predict::<1>(&inputs[..1], &mut output, &mut Large::workspace::<1>());
        assert!((output[0][[0, 0, 0]] - 0.1).abs() < 1e-6);
        println!("{network}");

        let bytes = io::to_bytes(&*network, &Card::default()).unwrap();
        assert!(Model::<Large>::from_bytes(&bytes).is_ok());
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}
