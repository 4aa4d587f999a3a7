//! Work at a raised IRQL.

use wdk_sys::{
    KIRQL,
    ntddk::{KeLowerIrql, KfRaiseIrql},
};

pub(crate) const PASSIVE: KIRQL = 0;
pub(crate) const DISPATCH: KIRQL = 2;
pub(crate) const HIGH: KIRQL = 15;

/// Runs `body` at `level`, which is not below the caller's.
pub(crate) fn at<R>(level: KIRQL, body: impl FnOnce() -> R) -> R {
    // SAFETY: No caller is above `level` (nf-wdm-keraiseirql).
    let old = unsafe { KfRaiseIrql(level) };
    let result = body();
    // SAFETY: `old` is what the raise gave (nf-wdm-kelowerirql).
    unsafe { KeLowerIrql(old) };
    result
}
