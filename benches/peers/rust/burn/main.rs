//! burn, with its backend for processors, flex, and the AVX-512 kernels that the feature `x86-v4` adds. `RAYON_NUM_THREADS` tells it the
//! number of threads.

#[path = "../bench.rs"]
mod bench;

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig, PRelu, PReluConfig, PaddingConfig2d};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::prelude::*;
use safetensors::SafeTensors;

/// The reference network, with PReLUs or ReLUs.
#[derive(Module, Debug)]
struct Net {
    convolutions: [Conv2d; 2],
    pool: MaxPool2d,
    dense: [Linear; 2],
    dropout: Dropout,
    slopes: Option<[PRelu; 3]>,
}

impl Net {
    fn new(file: &[u8], has_slopes: bool, device: &Device) -> Net {
        let file = SafeTensors::deserialize(file).unwrap();
        let data = |name: &str| {
            let tensor = file.tensor(name).unwrap();
            let numbers =
                tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
            TensorData::new::<f32, _>(numbers, tensor.shape().to_vec())
        };
        let conv = |channels, stride, padding, name: &str| {
            let padding = PaddingConfig2d::Explicit(padding, padding, padding, padding);
            let mut conv =
                Conv2dConfig::new(channels, [3, 3]).with_stride([stride; 2]).with_padding(padding).init(device);
            conv.weight = Param::from_tensor(Tensor::from_data(data(&format!("{name}.weight")), device));
            conv.bias = Some(Param::from_tensor(Tensor::from_data(data(&format!("{name}.bias")), device)));
            conv
        };
        let dense = |inputs, outputs, name: &str| {
            let mut dense = LinearConfig::new(inputs, outputs).init(device);
            let weight = Tensor::<2>::from_data(data(&format!("{name}.weight")), device);
            dense.weight = Param::from_tensor(weight.transpose());
            dense.bias = Some(Param::from_tensor(Tensor::from_data(data(&format!("{name}.bias")), device)));
            dense
        };
        let slope = |name: &str| {
            let mut slope = PReluConfig::new().init(device);
            slope.alpha = Param::from_tensor(Tensor::from_data(data(&format!("{name}.weight")), device));
            slope
        };
        Net {
            convolutions: [conv([1, 32], 1, 1, "0"), conv([32, 64], 2, 2, "3")],
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense: [dense(1024, 128, "7"), dense(128, 10, "10")],
            dropout: DropoutConfig::new(0.5).init(),
            slopes: has_slopes.then(|| ["1", "4", "8"].map(slope)),
        }
    }

    fn activation<const D: usize>(&self, i: usize, x: Tensor<D>) -> Tensor<D> {
        match &self.slopes {
            Some(slopes) => slopes[i].forward(x),
            None => burn::tensor::activation::relu(x),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(self.activation(0, self.convolutions[0].forward(x)));
        let x = self.pool.forward(self.activation(1, self.convolutions[1].forward(x)));
        let x = self.activation(2, self.dense[0].forward(x.flatten::<2>(1, 3)));
        self.dense[1].forward(self.dropout.forward(x))
    }
}

fn main() {
    let job = bench::Job::from_arguments();
    let device = Device::flex();
    let file = std::fs::read(job.file("safetensors")).unwrap();
    let [c, h, w] = job.input;
    let batch = |from: usize, count: usize, device: &Device| {
        let size = c * h * w;
        let numbers = job.images[from * size..(from + count) * size].to_vec();
        Tensor::<4>::from_data(TensorData::new(numbers, [count, c, h, w]), device)
    };
    if job.work == "train" {
        let device = device.autodiff();
        let mut net = Some(Net::new(&file, job.network == "digits", &device));
        let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0).with_nesterov(true);
        let mut optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();
        let loss = CrossEntropyLossConfig::new().init(&device);
        let batches: Vec<_> = (0..15)
            .map(|i| {
                let labels: Vec<i32> = (0..64).map(|sample| job.label(64 * i + sample) as i32).collect();
                (batch(64 * i, 64, &device), Tensor::<1, Int>::from_data(TensorData::new(labels, [64]), &device))
            })
            .collect();
        let mut batches = batches.iter().cycle();
        job.train(|| {
            let (images, labels) = batches.next().unwrap();
            let now = net.take().unwrap();
            let loss = loss.forward(now.forward(images.clone()), labels.clone());
            let gradients = GradientsParams::from_grads(loss.backward(), &now);
            net = Some(optimizer.step(0.01, now, gradients));
        });
    } else {
        let net = &Net::new(&file, job.network == "digits", &device);
        job.predict(|count| {
            let images = batch(0, count, &device);
            Box::new(move || net.forward(images.clone()).into_data().try_to_vec().unwrap())
        });
    }
}
