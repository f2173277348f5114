//! The shares of a layer's output, and how members hand them over.

use core::ops::Range;
use core::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytemuck::{Pod, cast_slice, cast_slice_mut};

use super::members::{GONE, MEMBER, Member, wait_until};

/// The part of the output of a layer that this thread computes.
pub(crate) struct Share {
    pub(crate) units: usize,
    /// Which of the units.
    pub(crate) mine: Range<usize>,
}

/// The share of this thread in these units of a layer's output for one sample, if it is a member of a team.
pub(crate) fn share(units: usize) -> Option<Share> {
    MEMBER.with_borrow_mut(|member| {
        let member = member.as_mut()?;
        let (number, of) = (member.number, member.count());
        (2..=units).contains(&of).then(|| Share { units, mine: part(units, number, of) })
    })
}

/// The units of a member.
fn part(units: usize, number: usize, of: usize) -> Range<usize> {
    units * number / of..units * (number + 1) / of
}

impl Share {
    /// Hands this share of the output over to the other members, and gets theirs.
    ///
    /// # Panics
    /// If another member does not compute the same layers, because it has panicked.
    pub(crate) fn exchange<T: Pod>(self, output: &mut [T]) {
        let (units, unit) = (self.units, output.len() / self.units);
        let range = |units: Range<usize>| units.start * unit..units.end * unit;
        MEMBER.with_borrow_mut(|member| {
            let Member { team, number, of, done } = member.as_mut().expect("only a member has a share");
            let (seats, at) = (&team.seats[..*of], *done % 2);
            *done += 1;
            let mut share = lock(&seats[*number].shares[at]);
            share.clear();
            share.extend_from_slice(cast_slice(&output[range(self.mine)]));
            drop(share);
            seats[*number].done.store(*done, Ordering::Release);
            for (other, seat) in seats.iter().enumerate().filter(|(other, _)| other != number) {
                wait_until(|| seat.done.load(Ordering::Acquire) >= *done);
                assert!(
                    seat.done.load(Ordering::Acquire) & !GONE >= *done,
                    "another thread does not compute this layer"
                );
                let output: &mut [u8] = cast_slice_mut(&mut output[range(part(units, other, *of))]);
                output.copy_from_slice(&lock(&seat.shares[at]));
            }
        });
    }
}

/// Locks the mutex. A poisoned one is fine: whoever reads it checks the length.
fn lock<D>(mutex: &Mutex<D>) -> MutexGuard<'_, D> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
