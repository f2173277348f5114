//! A step in several processes allocates nothing after the first ones.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use shapeproof::Error;
use shapeproof::prelude::*;
use shapeproof::train::{Clip, Processes};

use super::common::training;
use super::mpirun;

/// The system's allocator, which counts the allocations of this thread. Those to pack operands, which `matrixmultiply` makes, are
/// recognized by their alignment, and not counted.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + usize::from(layout.align() < 32)));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 4, kernel = 3, stride = 2), BatchNorm, ReLU, MaxPool2D(window = 2), Flatten, BatchNorm, Dense(units = 10),
}

#[test]
#[ignore = "a part of another test"]
fn take_steps() {
    if mpirun::is_child() {
        Processes::run(|processes| {
            let (inputs, labels) = training::digits(50);
            let data = Pairs::new(&inputs, &labels);
            let settings = Settings {
                batch_size: 50,
                shard_size: 4,
                threads: Some(1),
                clip: Some(Clip::Norm(1.0)),
                processes: Some(processes),
                ..Settings::default()
            };
            let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.01).nesterov(0.9), settings)?;
            let all: Vec<u32> = (0..50).collect();
            let mut counts = Vec::new();
            // Mini-batches of many sizes, so many numbers of shards.
            for size in [50, 50, 31, 13, 3, 2, 50, 17] {
                let before = COUNT.get();
                trainer.step(&data, &all[..size]);
                counts.push(COUNT.get() - before);
            }
            println!("COUNTS {:?}", &counts[1..]);
            Ok::<_, Error>(())
        });
    }
}

#[test]
fn a_step_allocates_nothing() {
    for count in [2, 3].into_iter().filter(|_| mpirun::is_there()) {
        let output = mpirun::output(&mut mpirun::of_test(count, "allocations::take_steps"));
        assert_eq!(mpirun::lines(&output, "COUNTS "), vec!["[0, 0, 0, 0, 0, 0, 0]"; count], "{output:?}");
    }
}
