//! Code that uses a network, to show whether a mistake in the network causes further errors here.

macro_rules! program {
    ($Net:ty) => {
        pub fn main() {
            use shapeproof::data::Pairs;
            use shapeproof::loss::CrossEntropy;
            use shapeproof::network::Network;
            use shapeproof::optim::SGD;
            use shapeproof::tensor::{Tensor, Vector, zeros};
            use shapeproof::train::{Settings, Trainer};

            let images = zeros::<Tensor<1, 28, 28>>(4);
            let mut logits = zeros::<Vector<10>>(4);
            let mut trainer =
                Trainer::new(<$Net>::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default()).unwrap();
            trainer.step(&Pairs::new(&images, &[0; 4]), &[0, 1]);
            let network: &$Net = trainer.network();
            network.predict::<4>(&images, &mut logits, &mut <$Net>::workspace::<4>());
            println!("{}", <$Net>::summary());
        }
    };
}
