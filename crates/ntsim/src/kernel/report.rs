//! What the report of a failure adds: the place, the driver's calls, the token.

use std::{iter, sync::Arc};

use image::symbols::{
    Frame, Location,
    path::{is_adapter, is_helper},
};
use nt_model::{Failure, Limit, Rule};

use crate::{
    guest::{
        A_ROUTINE, Guest,
        layout::{self, POOL_BASE},
    },
    kernel::{Kernel, calls::DEEPEST},
};

/// The first address behind pool.
const POOL_END: u64 = POOL_BASE + layout::POOL_SIZE;

/// Where pool is.
pub(crate) const IN_POOL: &str = "in pool";

/// How many calls a report shows, the innermost ones.
const MOST_SHOWN: usize = 12;

/// Where a stack has its guard.
const BEYOND_STACK: &str = "beyond a kernel stack";

impl<A> Kernel<A> {
    /// Adds place, calls and token to a failure.
    pub(crate) fn complete_report(&self, guest: &Guest, mut failure: Failure) -> Failure {
        if self.live.is_some() {
            let stack = self.live_calls(guest, DEEPEST);
            if failure.location.is_none() {
                let place = stack.iter().find_map(|address| self.locate(*address));
                failure.location = place.map(String::into_boxed_str);
            }
            if failure.backtrace.is_empty() {
                failure = self.with_calls(failure, &stack);
            }
        }
        if let Some(routine) = self.routine_at_work()
            && let Some(rest) = failure.message.strip_prefix(A_ROUTINE)
        {
            failure.message = format!("{routine}{rest}");
        }
        failure = self.due_to_chance(failure);
        let refused = self.refused.met.iter().cloned();
        for injected in self.injections.describe().into_iter().chain(refused) {
            failure.message.push_str("; before that, ");
            failure.message.push_str(&injected);
        }
        if !self.checks(failure.cause) {
            // Nothing sensible comes after it.
            failure = Failure {
                message: format!(
                    "what a driver does that has broken the rule {}, which is not checked: {}",
                    failure.cause, failure.message
                ),
                cause: Limit::NotModelled.into(),
                ..failure
            };
        }
        failure.token = Some(self.config.token().into());
        failure
    }

    /// `file:line` of an address in the driver.
    pub(crate) fn locate(&self, address: u64) -> Option<String> {
        self.resolve(address)?.file_line()
    }

    /// Where an address of the driver's code comes from.
    fn resolve(&self, address: u64) -> Option<Arc<Location>> {
        let rva = u32::try_from(address.checked_sub(layout::IMAGE_BASE)?).ok()?;
        Some(self.image.symbols().resolve(rva))
    }

    /// The failure with the innermost of the driver's calls, and with the line of the driver's own that led to its place.
    pub(crate) fn with_calls(&self, failure: Failure, stack: &[u64]) -> Failure {
        let shown = &stack[..stack.len().min(MOST_SHOWN)];
        let place = failure.location.as_deref();
        Failure {
            caller: place.and_then(|place| self.own_caller(place, shown)),
            backtrace: self.describe_stack(shown),
            ..failure
        }
    }

    /// The innermost of the driver's calls.
    pub(crate) fn describe_stack(&self, stack: &[u64]) -> Vec<String> {
        let innermost = stack.iter().take(MOST_SHOWN);
        innermost
            .flat_map(|address| self.describe_code(*address))
            .collect()
    }

    /// `file:line` of the first call behind the one at `place` that stands in another file, and in code of the driver's own.
    fn own_caller(&self, place: &str, stack: &[u64]) -> Option<Box<str>> {
        let (helper, _) = place.rsplit_once(':')?;
        let mut behind = false;
        for address in stack {
            let Some(code) = self.resolve(*address) else {
                continue;
            };
            for frame in code.frame().into_iter().chain(code.inlined_into()) {
                let (Some(file), Some(line)) = (&frame.file, frame.line) else {
                    continue;
                };
                let here = format!("{file}:{line}");
                behind |= here == place;
                if behind && file != helper && !is_helper(file) && !is_allocation(frame) {
                    return Some(here.into());
                }
            }
        }
        None
    }

    /// Whether an address lies in an adapter, whose caller is the driver.
    pub(crate) fn is_adapter(&self, address: u64) -> bool {
        let Some(place) = self.resolve(address) else {
            return false;
        };
        let file = place.frame().and_then(|frame| frame.file.as_deref());
        file.is_some_and(is_adapter)
    }

    /// `file:line` of a function's first code.
    pub(crate) fn locate_function(&self, address: u64) -> Option<String> {
        let place = self.resolve(address)?;
        // The code may begin with that of a function which was compiled into it.
        let function = place.frames().last()?;
        Some(format!("{}:{}", function.file.as_ref()?, function.line?))
    }

    /// A place in the code, and each function that its code was inlined into.
    fn describe_code(&self, address: u64) -> Vec<String> {
        let rva = u32::try_from(address - layout::IMAGE_BASE).unwrap_or(u32::MAX);
        let place = self.image.symbols().resolve(rva);
        let into = place.inlined_into().filter_map(|frame| {
            let (function, file) = (frame.function.as_ref()?, frame.file.as_ref()?);
            Some(format!("{function} ({file}:{}), inlined", frame.line?))
        });
        iter::once(place.to_string()).chain(into).collect()
    }

    /// The driver accessed so many bytes where nothing answers.
    pub(crate) fn bad_access(&self, verb: &str, size: usize, address: u64) -> Failure {
        if layout::is_programs(address) {
            return programs_memory(address);
        }
        let place = self.describe_address(address);
        let broken = if place == BEYOND_STACK {
            Rule::StackOverflow
        } else {
            Rule::BadAccess
        };
        Failure::new(
            broken,
            format!("the driver {verb} {size} bytes at {address:#x}, {place}"),
        )
    }

    pub(crate) fn describe_address(&self, address: u64) -> &'static str {
        match address {
            0..0x1_0000 => "next to a null pointer",
            0x1_0000..0x8000_0000_0000 => "in user space",
            layout::OBJECT_BASE..0xFFFF_8100_0000_0000 => "inside an opaque object of the kernel",
            layout::MMIO_BASE..0xFFFF_B100_0000_0000 => {
                "where device registers are not, or no longer, mapped"
            }
            // Below the first stack is a guard, too.
            0xFFFF_CFFF_FFFF_0000..0xFFFF_D100_0000_0000 => BEYOND_STACK,
            layout::IMAGE_BASE..0xFFFF_F801_5000_0000 => {
                "in the image, where that is not permitted"
            }
            layout::SHARED_DATA..0xFFFF_F780_0000_1000 => {
                "in the shared user data, which is read-only"
            }
            POOL_BASE..POOL_END => IN_POOL,
            _ => "where nothing is mapped",
        }
    }
}

impl<A> Kernel<A> {
    /// Whether an address lies in a section that NT may page out.
    pub(crate) fn is_pageable(&self, address: u64) -> bool {
        address
            .checked_sub(layout::IMAGE_BASE)
            .and_then(|rva| u32::try_from(rva).ok())
            .and_then(|rva| self.image.section_at(rva))
            .is_some_and(|section| section.pageable)
    }
}

/// Whether a frame is of what the compiler makes of `#[global_allocator]`, with the line of that attribute.
fn is_allocation(frame: &Frame) -> bool {
    let function = frame.function.as_deref().unwrap_or_default();
    ["__rust_", "__rg_", "__rdl_"]
        .iter()
        .any(|made| function.contains(made))
}

/// The driver touches a program's memory by the program's address, which it may in the program's context.
pub(super) fn programs_memory(address: u64) -> Failure {
    Failure::not_modelled(format!(
        "the driver's access to a program's memory at {address:#x}, by the program's address"
    ))
}
