//! What a loader puts into an image for `/GS` and for control-flow guard, and what the guard's routines do.

use nt_model::{Failure, Rule};
use unicorn_engine::RegisterX86;

use crate::{
    guest::{Guest, layout},
    kernel::{
        Kernel,
        state::{activation::Flow, traps::Guard},
    },
};

/// What the security cookie holds where no loader has written it.
const DEFAULT_COOKIES: [u64; 2] = [0, 0x2B99_2DDF_A232];

/// A security cookie of 48 bits, as NT's are on x64: another one for each seed, and the same one again for the same.
fn security_cookie(seed: u64) -> u64 {
    // SplitMix64. The generator of the run is left alone: a cookie changes no schedule.
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    let cookie = (mixed ^ mixed >> 31) & 0xFFFF_FFFF_FFFF;
    if DEFAULT_COOKIES.contains(&cookie) {
        cookie + 1
    } else {
        cookie
    }
}

impl<A> Kernel<A> {
    /// Writes into the image's memory what its load configuration asks a loader for.
    pub(crate) fn apply_load_config(&self, memory: &mut [u8]) {
        let config = self.image.load_config();
        let slot = |rva: u32| rva as usize..rva as usize + 8;
        if let Some(rva) = config.security_cookie {
            let mut stands = [0; 8];
            stands.copy_from_slice(&memory[slot(rva)]);
            // A cookie that is no default is the image's own affair.
            if DEFAULT_COOKIES.contains(&u64::from_le_bytes(stands)) {
                let cookie = security_cookie(self.config.seed);
                memory[slot(rva)].copy_from_slice(&cookie.to_le_bytes());
            }
        }
        for (rva, guard) in [
            (config.guard_check, Guard::Check),
            (config.guard_dispatch, Guard::Dispatch),
        ] {
            if let Some(rva) = rva {
                memory[slot(rva)].copy_from_slice(&guard.address().to_le_bytes());
            }
        }
    }

    /// A routine of control-flow guard: the image is about to call through a pointer.
    pub(crate) fn guard_call(
        &mut self,
        guest: &mut Guest,
        guard: Guard,
    ) -> Result<Flow<A>, Failure> {
        self.begin_call("the check of control-flow guard");
        let target = guest.reg(match guard {
            Guard::Check => RegisterX86::RCX,
            Guard::Dispatch => RegisterX86::RAX,
        });
        if !self.guard_allows(target) {
            self.unless_off(Failure::new(
                Rule::BadAccess,
                format!(
                    "the driver was about to call {target:#x}, where control-flow guard knows of no function: NT stops with fast-fail 10"
                ),
            ))?;
        }
        match guard {
            // The routine keeps every register.
            Guard::Check => guest.pop_return(guest.reg(RegisterX86::RAX))?,
            Guard::Dispatch => guest.set_reg(RegisterX86::RIP, target),
        }
        self.end_call();
        Ok(Flow::Continue)
    }

    /// Whether a call through a pointer may lead there. What is outside of the image is another module's affair.
    fn guard_allows(&self, target: u64) -> bool {
        if !self.image_range().contains(&target) {
            return true;
        }
        let rva = (target - layout::IMAGE_BASE) as u32;
        let functions = self.image.load_config().guard_functions.as_ref();
        functions.is_none_or(|functions| functions.binary_search(&rva).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_its_seeds_and_no_default() {
        let cookies: Vec<u64> = (0..1000).map(security_cookie).collect();
        for (seed, cookie) in (0..).zip(&cookies) {
            assert_eq!(security_cookie(seed), *cookie);
            assert!(!DEFAULT_COOKIES.contains(cookie) && cookie >> 48 == 0);
        }
        let different: std::collections::BTreeSet<_> = cookies.iter().collect();
        assert_eq!(different.len(), cookies.len());
    }
}
