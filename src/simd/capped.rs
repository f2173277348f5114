//! The processor, or less of it.

use pulp::WithSimd;

/// The instruction set that is used: the best one of the processor, unless the environment variable `SHAPEPROOF_MAX_ISA` names
/// another.
#[derive(Clone, Copy)]
pub(crate) struct Arch(pulp::Arch);

impl Arch {
    #[inline(always)]
    pub(crate) fn new() -> Arch {
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        if let Some(arch) = environment::most() {
            return Arch(arch);
        }
        Arch(pulp::Arch::new())
    }

    #[inline(always)]
    pub(crate) fn dispatch<W: WithSimd>(self, work: W) -> W::Output {
        self.0.dispatch(work)
    }
}

/// The environment variable, which is read once.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod environment {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use pulp::Arch;
    use pulp::x86::V3;

    const NAME: &str = "SHAPEPROOF_MAX_ISA";
    const UNREAD: u8 = 0;
    const UNCAPPED: u8 = 1;
    const AVX2: u8 = 2;
    const SSE2: u8 = 3;

    static CAP: AtomicU8 = AtomicU8::new(UNREAD);

    /// The instruction set to use in place of the best one.
    #[inline(always)]
    pub(super) fn most() -> Option<Arch> {
        match CAP.load(Relaxed) {
            UNCAPPED => None,
            cap => capped(cap),
        }
    }

    #[cold]
    #[inline(never)]
    fn capped(cap: u8) -> Option<Arch> {
        match if cap == UNREAD { read() } else { cap } {
            AVX2 => Some(V3::try_new().map_or(Arch::Scalar, Arch::V3)),
            SSE2 => Some(Arch::Scalar),
            _ => None,
        }
    }

    fn read() -> u8 {
        let value = std::env::var_os(NAME).unwrap_or_default();
        let cap = match value.to_str() {
            Some("" | "avx512") => UNCAPPED,
            Some("avx2") => AVX2,
            Some("sse2") => SSE2,
            _ => panic!("{NAME}: expected avx512, avx2 or sse2, found {}", value.display()),
        };
        CAP.store(cap, Relaxed);
        cap
    }
}
