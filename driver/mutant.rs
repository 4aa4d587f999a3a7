//! The mark of a mutant: a driver that is wrong on purpose, to see that it is caught.
//!
//! `--cfg mutant --cfg mutant="name"` builds one. Each defect stands where the driver would have it, as
//! `cfg!(mutant = "name")`, and `xtask/tests/mutants` says what it is and who catches it. The mark is in the image's
//! exports, and the inspection of the image refuses it: no mutant passes for the driver.

/// Its name is what is looked for.
#[used]
#[unsafe(no_mangle)]
pub(crate) static DIRQL_MUTANT_MARK: u8 = 1;
