//! candle, with the kernels it has without MKL. `RAYON_NUM_THREADS` and `CANDLE_NUM_THREADS` tell it the number of threads.

#[path = "../bench.rs"]
mod bench;

use std::collections::HashMap;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Conv2d, Conv2dConfig, Linear, Module, PReLU, VarBuilder, conv2d, linear, loss, ops};

/// The reference network, with PReLUs or ReLUs.
struct Net {
    convolutions: [Conv2d; 2],
    dense: [Linear; 2],
    slopes: Option<[PReLU; 3]>,
}

impl Net {
    fn new(weights: VarBuilder, has_slopes: bool) -> Result<Net> {
        let conv = |inputs, outputs, stride, padding, name: &str| {
            let settings = Conv2dConfig { stride, padding, ..Default::default() };
            conv2d(inputs, outputs, 3, settings, weights.pp(name))
        };
        let slope = |name: &str| -> Result<PReLU> { Ok(PReLU::new(weights.get(1, &format!("{name}.weight"))?, true)) };
        Ok(Net {
            convolutions: [conv(1, 32, 1, 1, "0")?, conv(32, 64, 2, 2, "3")?],
            dense: [linear(1024, 128, weights.pp("7"))?, linear(128, 10, weights.pp("10"))?],
            slopes: if has_slopes { Some([slope("1")?, slope("4")?, slope("8")?]) } else { None },
        })
    }

    fn activation(&self, i: usize, x: &Tensor) -> Result<Tensor> {
        self.slopes.as_ref().map_or_else(|| x.relu(), |slopes| slopes[i].forward(x))
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = self.activation(0, &self.convolutions[0].forward(x)?)?.max_pool2d(2)?;
        let x = self.activation(1, &self.convolutions[1].forward(&x)?)?.max_pool2d(2)?;
        let x = self.activation(2, &self.dense[0].forward(&x.flatten_from(1)?)?)?;
        self.dense[1].forward(&if train { ops::dropout(&x, 0.5)? } else { x })
    }
}

/// SGD with Nesterov momentum, which candle does not have.
fn update(variables: &[Var], velocities: &mut [Tensor], gradients: &GradStore) -> Result<()> {
    for (variable, velocity) in variables.iter().zip(velocities) {
        let Some(gradient) = gradients.get(variable) else { continue };
        *velocity = ((&*velocity * 0.9)? + gradient)?.detach();
        let step = ((gradient + (&*velocity * 0.9)?)? * 0.01)?;
        variable.set(&(variable.as_tensor().detach() - step)?)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let job = bench::Job::from_arguments();
    let (device, has_slopes) = (Device::Cpu, job.network == "digits");
    let weights = candle_core::safetensors::load(job.file("safetensors"), &device)?;
    let [c, h, w] = job.input;
    let batch = |from: usize, count: usize| {
        let size = c * h * w;
        Tensor::from_slice(&job.images[from * size..(from + count) * size], (count, c, h, w), &device)
    };
    if job.work == "train" {
        let variables: HashMap<String, Var> =
            weights.iter().map(|(name, value)| Ok((name.clone(), Var::from_tensor(value)?))).collect::<Result<_>>()?;
        let shared = variables.iter().map(|(name, value)| (name.clone(), value.as_tensor().clone())).collect();
        let net = Net::new(VarBuilder::from_tensors(shared, DType::F32, &device), has_slopes)?;
        let variables: Vec<Var> = variables.into_values().collect();
        let mut velocities = variables.iter().map(|variable| variable.zeros_like()).collect::<Result<Vec<_>>>()?;
        let batches = (0..15)
            .map(|i| {
                let labels = (0..64).map(|sample| job.label(64 * i + sample)).collect();
                Ok((batch(64 * i, 64)?, Tensor::from_vec(labels, 64, &device)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let mut batches = batches.iter().cycle();
        job.train(|| {
            let (images, labels) = batches.next().unwrap();
            let loss = loss::cross_entropy(&net.forward(images, true).unwrap(), labels).unwrap();
            update(&variables, &mut velocities, &loss.backward().unwrap()).unwrap();
        });
    } else {
        let net = &Net::new(VarBuilder::from_tensors(weights, DType::F32, &device), has_slopes)?;
        job.predict(|count| {
            let images = batch(0, count).unwrap();
            Box::new(move || net.forward(&images, false).unwrap().flatten_all().unwrap().to_vec1().unwrap())
        });
    }
    Ok(())
}
