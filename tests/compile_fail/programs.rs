//! Mistakes in what a program does with a network.

shapeproof::network! { pub type Net = [1, 28, 28] => Flatten, Dense(units = 10) }

mod wrong_number_of_classes {
    use shapeproof::loss::CrossEntropy;
    use shapeproof::network::Network;
    use shapeproof::optim::SGD;
    use shapeproof::train::{Settings, Trainer};

    pub fn main() {
        let _ = Trainer::new(super::Net::new(1), CrossEntropy::<12>::new(), SGD::new(0.1), Settings::default());
    }
}

mod network_not_in_scope {
    pub fn main() {
        let network = super::Net::new(1);
    }
}

mod summary_without_network_in_scope {
    pub fn main() {
        println!("{}", super::Net::summary());
    }
}

mod predict_without_network_in_scope {
    use shapeproof::tensor::{Tensor, Vector};

    pub fn predict(network: &super::Net, images: &[Tensor<1, 28, 28>], logits: &mut [Vector<10>]) {
        network.predict::<4>(images, logits, &mut shapeproof::tensor::boxed());
    }
}

mod dataset_not_in_scope {
    use shapeproof::data::Pairs;
    use shapeproof::tensor::Tensor;

    pub fn main() {
        let images = [Tensor([[[0.0f32; 28]; 28]])];
        println!("{} samples", Pairs::new(&images, &[3usize]).len());
    }
}

mod network_in_a_box {
    use shapeproof::io::{Card, save};
    use shapeproof::network::Network;

    pub fn main() {
        let network = super::Net::new(1);
        let _ = save("net.safetensors", &network, &Card::default());
    }
}

mod network_not_in_a_box {
    use shapeproof::loss::CrossEntropy;
    use shapeproof::network::Network;
    use shapeproof::optim::SGD;
    use shapeproof::train::{Settings, Trainer};

    pub fn main() {
        let _ = Trainer::new(*super::Net::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default());
    }
}

mod pixels_of_bytes {
    use shapeproof::network::Network;
    use shapeproof::tensor::{Tensor, Vector, zeros};

    pub fn main() {
        let images = zeros::<Tensor<1, 28, 28, u8>>(4);
        let mut logits = zeros::<Vector<10>>(4);
        super::Net::new(1).predict::<4>(&images, &mut logits, &mut super::Net::workspace::<4>());
    }
}

fn main() {}
