//! The threads of a team: who is a member, and since when.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread::yield_now;

/// The threads that compute a sample.
pub(crate) struct Team {
    /// How many members there are, and whether nobody [may join](CLOSED).
    members: AtomicUsize,
    pub(super) seats: Box<[Seat]>,
}

/// Set in [`Team::members`] when the first share is computed.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// What a member hands over to the others. Each has cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Seat {
    /// How many shares it has handed over, and whether it [is gone](GONE).
    pub(super) done: AtomicUsize,
    /// The last share, and the one before it, which others may still read.
    pub(super) shares: [Mutex<Vec<u8>>; 2],
}

/// Set in [`Seat::done`] when the member has left.
pub(super) const GONE: usize = 1 << (usize::BITS - 1);

impl Team {
    /// Room for this many members.
    pub(crate) fn new(most: usize) -> Arc<Team> {
        Arc::new(Team { members: AtomicUsize::new(0), seats: (0..most).map(|_| Seat::default()).collect() })
    }

    /// Calls `first` on this thread, and `other` on those that are free, which help it. Returns whether there was a share to compute, or may
    /// have been.
    pub(crate) fn compute(self: &mut Arc<Self>, first: impl FnOnce() + Send, other: impl Fn() + Sync) -> bool {
        if is_member() {
            first();
            return true;
        }
        let most = self.seats.len();
        match Arc::get_mut(self) {
            Some(team) => {
                *team.members.get_mut() = 1;
                team.seats.iter_mut().for_each(|seat| *seat.done.get_mut() = 0);
            }
            // A panic has left a member behind.
            None => {
                *self = Team::new(most);
                self.members.store(1, Ordering::Relaxed);
            }
        }
        let (team, mut first, mut has_shares) = (&*self, Some(first), false);
        let mut lead = || {
            has_shares = team.seat(0, || first.take().into_iter().for_each(|first| first()));
        };
        join(&mut lead, &mut || team.invite(most - 1, &other));
        has_shares
    }

    /// Has up to `count` threads join the team.
    fn invite(self: &Arc<Self>, count: usize, other: &(impl Fn() + Sync)) {
        match count {
            0 => {}
            1 => self.join(other),
            _ => join(&mut || self.join(other), &mut || self.invite(count - 1, other)),
        }
    }

    /// Joins the team, unless it is closed. A member of another team, which has called rayon in a layer of the user's, does not: then two teams
    /// could wait for each other.
    fn join(self: &Arc<Self>, other: &(impl Fn() + Sync)) {
        if is_member() {
            return;
        }
        let next = |members| (members & CLOSED == 0).then_some(members + 1);
        if let Ok(number) = self.members.fetch_update(Ordering::AcqRel, Ordering::Relaxed, next) {
            self.seat(number, other);
        }
    }

    /// Calls `work` as this member. Returns whether it had a share.
    fn seat(self: &Arc<Self>, number: usize, work: impl FnOnce()) -> bool {
        /// Leaves the team, also in a panic: nobody waits for this member any more.
        struct Leave<'a>(&'a Team, usize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                let Leave(team, number) = *self;
                MEMBER.set(None);
                team.seats[number].done.fetch_or(GONE, Ordering::Release);
                if number == 0 {
                    team.members.fetch_or(CLOSED, Ordering::AcqRel);
                }
            }
        }
        let _leave = Leave(self, number);
        MEMBER.set(Some(Member { team: Arc::clone(self), number, of: 0, done: 0 }));
        work();
        MEMBER.with_borrow(|member| member.as_ref().is_some_and(|member| member.of > 0))
    }
}

std::thread_local! {
    /// Which member this thread is.
    pub(super) static MEMBER: RefCell<Option<Member>> = const { RefCell::new(None) };
}

fn is_member() -> bool {
    MEMBER.with_borrow(Option::is_some)
}

pub(super) struct Member {
    pub(super) team: Arc<Team>,
    pub(super) number: usize,
    /// How many there are, when that is known; until then 0.
    pub(super) of: usize,
    /// How many shares it has computed.
    pub(super) done: usize,
}

impl Member {
    /// How many members there are. From now on, nobody joins them.
    pub(super) fn count(&mut self) -> usize {
        if self.of == 0 {
            let members = &self.team.members;
            if self.number == 0 {
                members.fetch_or(CLOSED, Ordering::AcqRel);
            }
            wait_until(|| members.load(Ordering::Acquire) & CLOSED != 0);
            self.of = members.load(Ordering::Acquire) & !CLOSED;
        }
        self.of
    }
}

/// Waits for another thread, which is at work.
pub(super) fn wait_until(condition: impl Fn() -> bool) {
    // The system may have stopped it, and needs this core for it.
    for spins in 0_u32.. {
        if condition() {
            break;
        }
        if spins < 10_000 { spin_loop() } else { yield_now() }
    }
}

/// Calls `left`, and `right` on another thread if one is free meanwhile. Rayon's function is compiled here alone, for work of any kind: it is
/// long, and would be compiled for each closure again.
pub(crate) fn join(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    rayon::join(left, right);
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::Ordering::Relaxed;
    use core::time::Duration;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Instant;

    use super::super::share::{Share, share};
    use super::*;

    /// Calls `work` on one of this many threads.
    fn on_threads<R: Send>(count: usize, work: impl FnOnce() -> R + Send) -> R {
        rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(work)
    }

    /// Two layers: the squares of 7·3 numbers, and their sums with the next one's. Counts the units that are computed.
    fn squares(computed: &AtomicUsize) -> Vec<f32> {
        let mut squares = [0.0f32; 21];
        let mut sums = squares;
        let count = |share: &Option<Share>, units| match share {
            Some(share) => share.mine.clone(),
            None => 0..units,
        };
        let first = share(7);
        for unit in count(&first, 7) {
            computed.fetch_add(1, Relaxed);
            (unit * 3..unit * 3 + 3).for_each(|at| squares[at] = (at * at) as f32);
        }
        first.into_iter().for_each(|share| share.exchange(&mut squares));
        let second = share(21);
        for at in count(&second, 21) {
            computed.fetch_add(1, Relaxed);
            sums[at] = squares[at] + squares[(at + 1) % 21];
        }
        second.into_iter().for_each(|share| share.exchange(&mut sums));
        sums.to_vec()
    }

    /// Has a team of up to `most` compute, whose first member waits until another has come, for a while.
    fn compute(team: &mut Arc<Team>, first: impl Fn() + Sync, other: impl Fn() + Sync) -> bool {
        let (come, start) = (AtomicUsize::new(0), Instant::now());
        let first = || {
            while come.load(Relaxed) == 0 && start.elapsed() < Duration::from_millis(20) {
                yield_now();
            }
            first();
        };
        let other = || {
            come.fetch_add(1, Relaxed);
            other();
        };
        team.compute(first, other)
    }

    #[test]
    fn everybody_has_the_whole_output() {
        let alone = squares(&AtomicUsize::new(0));
        for most in [1, 2, 3, 5] {
            on_threads(most, || {
                let (mut team, mut helped) = (Team::new(most), 0);
                for _ in 0..100 {
                    let (computed, members) = (AtomicUsize::new(0), AtomicUsize::new(0));
                    let member = || {
                        assert_eq!(squares(&computed), alone);
                        members.fetch_add(1, Relaxed);
                    };
                    assert!(compute(&mut team, member, member));
                    assert_eq!(computed.load(Relaxed), 28, "nothing is computed twice");
                    helped += usize::from(members.load(Relaxed) > 1);
                }
                assert_eq!(helped > 0, most > 1, "{most} threads: helped {helped} times");
            });
        }
    }

    #[test]
    fn nobody_waits_for_a_member_that_has_panicked() {
        let computed = AtomicUsize::new(0);
        let good = || drop(squares(&computed));
        let bad = || {
            let _ = share(7);
            panic!("on purpose");
        };
        on_threads(2, || {
            let mut team = Team::new(2);
            for round in 0..10 {
                let caught = |work: &mut dyn FnMut() -> bool| catch_unwind(AssertUnwindSafe(work)).is_err();
                assert!(caught(&mut || compute(&mut team, bad, good)), "round {round}");
                // If the other thread came in time.
                caught(&mut || compute(&mut team, good, bad));
                assert!(compute(&mut team, good, good));
            }
        });
    }

    #[test]
    fn a_member_joins_no_other_team() {
        on_threads(1, || {
            let (mut outer, mut inner, helped) = (Team::new(1), Team::new(2), AtomicUsize::new(0));
            let help = || {
                helped.fetch_add(1, Relaxed);
            };
            let alone = squares(&AtomicUsize::new(0));
            let nested = || {
                inner.join(&help);
                assert!(inner.compute(|| assert_eq!(squares(&AtomicUsize::new(0)), alone), help));
            };
            assert!(outer.compute(nested, || ()), "it stays a member");
            assert_eq!(helped.load(Relaxed), 0);
        });
    }

    #[test]
    fn without_shares_it_says_so() {
        on_threads(2, || assert!(!compute(&mut Team::new(2), || (), || ())));
        assert!(share(7).is_none(), "outside a team");
    }
}
